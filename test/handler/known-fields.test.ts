import { describe, expect, it } from 'vitest';
import { stage } from './kit.ts';

describe('a field of the protocol that is misspelt', () => {
  it.each([
    ['p_subjct', 'did you mean p_subject?'],
    ['p_fromat', 'did you mean p_format?'],
    ['p_lasst', 'did you mean p_last?'],
    ['p_Subject', 'did you mean p_subject?'],
  ])('is refused in a modern format, with the one that was meant: %s', async (name, hint) => {
    for (const p_format of ['ndjson', 'sse']) {
      const { get, hub } = stage();
      const { body } = await get({ p_event: 'join-listen', p_subject: '/a', p_format, [name]: '/x' });
      expect(body).toContain(`${name} is not known; ${hint}`);
      expect(hub.stats().sessions).toBe(0);
    }
  });

  it('is refused in later commands of such a session, which name no format', async () => {
    const { get, hub } = stage();
    await get({ p_event: 'join', p_format: 'ndjson' });
    const [{ id, secret } = { id: '', secret: '' }] = [...hub.sessions()];
    const { body } = await get({
      p_event: 'listen',
      p_id: id,
      p_key: secret,
      p_subject: '/a',
      p_mod: 'poll',
    });
    expect(body).toContain('p_mod is not known; did you mean p_mode?');
  });

  it('says nothing in a classic format, as in the original', async () => {
    for (const p_format of ['xml', 'js']) {
      const { get } = stage();
      const { body } = await get({ p_event: 'join', p_format, p_subjct: '/x', p_rnd: '7' });
      expect(body).toContain('join-ack');
    }
  });

  it('is not repeated when its name is hostile', async () => {
    const { get } = stage();
    const { body } = await get({ p_event: 'join', p_format: 'ndjson', 'p_<script>': '1' });
    expect(body).toContain('a field is not known');
    expect(body).not.toContain('script');
  });

  it('is none when its name does not begin with p_', async () => {
    const { get } = stage();
    const { body } = await get({ p_event: 'join', p_format: 'ndjson', _: '123', token: 't' });
    expect(body).toContain('join-ack');
  });
});
