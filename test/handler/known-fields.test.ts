import { describe, expect, it } from 'vitest';
import { stage } from './kit.ts';

describe('a field of the protocol that is misspelt', () => {
  it.each([
    ['subjct', 'did you mean p_subject?'],
    ['fromat', 'did you mean p_format?'],
    ['lasst', 'did you mean p_last?'],
    ['p_Subject', 'did you mean p_subject?'],
  ])('is refused in a modern format, with the one that was meant: %s', async (name, hint) => {
    for (const format of ['ndjson', 'sse']) {
      const { get, hub } = stage();
      const { body } = await get({ type: 'join-listen', subject: '/a', format, [name]: '/x' });
      expect(body).toContain(`${name} is not known; ${hint}`);
      expect(hub.stats().sessions).toBe(0);
    }
  });

  it('is refused in later commands of such a session, which name no format', async () => {
    const { get, hub } = stage();
    await get({ type: 'join', format: 'ndjson' });
    const [{ id, secret } = { id: '', secret: '' }] = [...hub.sessions()];
    const { body } = await get({
      type: 'listen',
      session: id,
      key: secret,
      subject: '/a',
      mod: 'poll',
    });
    expect(body).toContain('p_mod is not known; did you mean p_mode?');
  });

  it('says nothing in a classic format, as in the original', async () => {
    for (const format of ['xml', 'js']) {
      const { get } = stage();
      const { body } = await get({ type: 'join', format, subjct: '/x', rnd: '7' });
      expect(body).toContain('join-ack');
    }
  });

  it('is not repeated when its name is hostile', async () => {
    const { get } = stage();
    const { body } = await get({ type: 'join', format: 'ndjson', 'p_<script>': '1' });
    expect(body).toContain('a field is not known');
    expect(body).not.toContain('script');
  });

  it('is none when its name does not begin with p_', async () => {
    const { get } = stage();
    const { body } = await get({ type: 'join', format: 'ndjson', _: '123', token: 't' });
    expect(body).toContain('join-ack');
  });
});
