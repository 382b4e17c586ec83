import { classicFieldNames } from '@cometkit/codec';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { build } from '../../scripts/workspace.mjs';
import { type Fields, readDocument, readElements, types } from '../classic/kit/readers.ts';
import { eventually } from '../support/eventually.ts';
import { block, blockAfter, textOf } from './blocks.ts';
import { type Shape, shapesOfElements, shapesOfLines } from './shapes.ts';
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

/** The types of messages, those in a row of one type counted once. */
function messageTypes(shapes: readonly Shape[]): string[] {
  return shapes.map(([type]) => type).filter((type, index, all) => type !== all[index - 1]);
}

/** The names of the fields of each whole frame of server-sent events, and the name of the event. */
function namesOfFrames(text: string): string[] {
  const frames = text.split('\n\n').slice(0, -1);
  return frames.map((frame) => frame.replace(/^(id|data|retry): .*$/gm, '$1').replaceAll('\n', ' '));
}

/** The types of the events of one answer, with the events in a row of one type counted once. */
function course(events: readonly Fields[]): string[] {
  return types(events).filter((type, index, all) => type !== all[index - 1]);
}

describe.skipIf(skipsCurl())('the protocol, followed by hand with curl alone', () => {
  it('shows events in lines of JSON, as docs/protocol.md does', async () => {
    const curl = block(guide, "curl -N 'http://localhost:3000/push?subject=/system'");
    const shown = shapesOfLines(blockAfter(curl).text);
    const line = curl.text.trim().replace('http://localhost:3000', address);
    const output = await type(`${line} -sS`, (text) => shapesOfLines(text).length >= shown.length);
    expect(shapesOfLines(output).slice(0, shown.length)).toEqual(shown);
  });

  it('shows the data alone to an EventSource, and names everything else', async () => {
    const curl = block(guide, "curl -N -H 'Accept: text/event-stream'");
    const shown = namesOfFrames(blockAfter(curl).text);
    const line = curl.text.trim().replace('http://localhost:3000', address);
    const output = await type(`${line} -sS`, (text) => namesOfFrames(text).length >= shown.length);
    expect(namesOfFrames(output).slice(0, shown.length)).toEqual(shown);
    expect(output).toMatch(/^data: \{"time":"[^"]+"\}$/m);
  });

  it('is given first what came behind the cursor that it gives back', async () => {
    const line = block(guide, 'subject=/system&since').text.trim().replace('http://localhost:3000', address);
    const events = (output: string) =>
      [...output.matchAll(/"cursor":"([^"]+)","time":\d+,"data"/g)].map(([, cursor]) => cursor);
    const three = (output: string) => events(output).length >= 3;
    const [first = '', ...others] = events(await type(`${line.split('&since')[0]}' -sS`, three));
    const given = events(await type(`${line.replace('CURSOR', first)} -sS`, three));
    expect(given.slice(0, 2)).toEqual(others.slice(0, 2));
  });

  it('prints events in a program that has nothing but fetch', async () => {
    const program = stage.start(block(guide, 'watch.mjs'), address);
    await eventually('an event', () => /^\/system\/clock \{ time: '/m.test(program.output));
  });

  it('asks in three steps for answers that are held until there is an event', async () => {
    const steps = block(guide, "curl 'http://localhost:3000/push' -d 'type=join'");
    const answers = await typeAll(steps, address);
    expect(answers.map((text) => messageTypes(shapesOfLines(text)))).toEqual([
      ['join-ack'],
      ['listen-ack', 'refresh'],
      ['refresh-ack', 'data', 'refresh'],
    ]);
  });

  it('asks in three steps for answers that come at once, each one array', async () => {
    const steps = block(guide, "curl 'http://localhost:3000/push' -H 'Accept: application/json'");
    const answers = await typeAll(steps, address);
    const types = answers.map((text) => JSON.parse(text).map((message: { type: string }) => message.type));
    expect(types.slice(0, 2)).toEqual([['join-ack'], ['listen-ack', 'refresh']]);
    expect([types[2][0], types[2].at(-1)]).toEqual(['refresh-ack', 'refresh']);
  });

  it('publishes JSON where the server allows it, and gets a problem report where it does not', async () => {
    const publish = block(guide, 'curl \'http://localhost:3000/push\' -d \'{"type":"publish"');
    const open = await stage.serve(block('docs/guides/express.md', 'classic.mjs'));
    for (const [server, said] of [
      [address, { code: 'not-authorized', status: 403 }],
      [open, { type: 'publish-ack' }],
    ] as const) {
      const { session, key } = JSON.parse(await type(`curl -sS '${server}/push' -d type=join`));
      const [output = ''] = await typeAll(publish, server, { id: session, key });
      expect(JSON.parse(output)).toMatchObject(said);
    }
  });

  it('reports a problem as the documents show it', async () => {
    const { session, key } = JSON.parse(await type(`curl -sS '${address}/push' -d type=join`));
    const fields = new URLSearchParams({ type: 'publish', session, key, subject: '/chat' });
    const output = await type(`curl -sS '${address}/push' -d '${fields}'`);
    for (const document of [guide, 'docs/errors.md'])
      expect(output).toBe(block(document, '{"type":"https://').text);
  });
});

describe.skipIf(skipsCurl())('the original protocol, followed by hand with curl alone', () => {
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

  it.each([
    ['subject=/system&format=sse', 'data: {"time":'],
    ['subject=/system', '/system/clock'],
    ['p_event=join-listen&p_subject=/system&p_format=xml', '/system/clock'],
    ['p_event=join-listen&p_subject=/system&p_format=js', '/system/clock'],
  ])('shows live events to %s within a second', async (query, sign) => {
    const url = `${address}/push?${query}`;
    let begun = 0;
    await type(`curl -sSN '${url}'`, (text) => {
      begun ||= performance.now();
      return text.includes(sign);
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

describe('the table of names in docs/protocol.md', () => {
  it('has every name of the original protocol beside the modern one', () => {
    const rows = Object.entries(classicFieldNames).map(
      ([modern, classic]) => `| \`${classic}\` | \`${modern}\` |`,
    );
    expect(rows.filter((row) => !textOf(guide).includes(row))).toEqual([]);
  });
});
