import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { build } from '../../scripts/workspace.mjs';
import { type Fields, readDocument, readElements, types } from '../classic/kit/readers.ts';
import { block, blockAfter } from './blocks.ts';
import { shapesOfElements } from './shapes.ts';
import { Stage, skipsCurl, type, typeAll } from './stage.ts';

// Browsers, compilers and servers are started here, on a machine that others may be using.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const guide = 'docs/protocol.md';
let stage: Stage;
let address: string;

beforeAll(async () => {
  if (!build()) throw new Error('the packages do not build');
  stage = new Stage();
  address = await stage.serve(block('README.md', 'server.mjs'));
}, 60_000);

afterAll(() => stage?.close());

/** The types of the events of one answer, with the events in a row of one type counted once. */
function course(events: readonly Fields[]): string[] {
  return types(events).filter((type, index, all) => type !== all[index - 1]);
}

describe.skipIf(skipsCurl())('the protocol, followed by hand with curl alone', () => {
  it('streams as docs/protocol.md shows', async () => {
    const curl = block(guide, 'p_event=join-listen&p_subject=/system&p_format=xml');
    const shown = shapesOfElements(blockAfter(curl).text);
    const line = curl.text.trim().replace('http://localhost:3000', address);
    const output = await type(`${line} -sS`, (text) => shapesOfElements(text).length >= shown.length);
    expect(shapesOfElements(output).slice(0, shown.length)).toEqual(shown);
  });

  it('pulls in three steps, the last of which is held until there is an event', async () => {
    const steps = block(guide, 'p_event=join&p_format=xml-strict');
    const begin = performance.now();
    const answers = await typeAll(steps, address);
    expect(answers.map((text) => course(readDocument(text)))).toEqual([
      ['join-ack'],
      ['listen-ack', 'refresh'],
      ['refresh-ack', 'data', 'refresh'],
    ]);
    expect(performance.now() - begin).toBeLessThan(15_000);
  });

  it('polls in three steps, each of which is answered at once', async () => {
    const steps = block(guide, 'p_event=join&p_format=json');
    const answers = await typeAll(steps, address);
    const [join = [], listen = [], refresh = []] = answers.map((text) => course(JSON.parse(text)));
    expect([join, listen]).toEqual([['join-ack'], ['listen-ack', 'refresh']]);
    expect([refresh[0], refresh.at(-1)]).toEqual(['refresh-ack', 'refresh']);
  });

  it.each(['sse', 'ndjson', 'xml', 'js'])('shows live events in %s within a second', async (format) => {
    const url = `${address}/push?p_event=join-listen&p_subject=/system&p_format=${format}`;
    let begun = 0;
    await type(`curl -sSN '${url}'`, (text) => {
      begun ||= performance.now();
      return text.includes('/system/clock');
    });
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  it('publishes where the server allows it, and hears a refusal where it does not', async () => {
    const publish = block(guide, 'curl -X POST');
    const open = await stage.serve(block('docs/guides/express.md', 'classic.mjs'));
    for (const [server, answer] of [
      [address, 'nack'],
      [open, 'publish-ack'],
    ] as const) {
      const [joined] = readElements(await type(`curl -sS '${server}/push?p_event=join&p_format=xml'`));
      const [output = ''] = await typeAll(publish, server, { id: joined?.['p_id'] ?? '' });
      expect(types(readElements(output))).toEqual([answer]);
    }
  });
});
