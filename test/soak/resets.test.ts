import { classicFormats, type FormatName } from '@cometkit/codec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Child } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { requestText, Wire } from '../support/wire.ts';
import { type Cut, cutAll } from './cuts.ts';
import type { Figures } from './reset-server.ts';

const formats = ['js', 'xml', 'xml-strict', 'json', 'ndjson', 'sse'] as const;

const get = (query: string) => requestText('GET', `/push?${query}`);
const joinListen = (format: FormatName, mode: string) =>
  classicFormats.has(format)
    ? get(
        `p_event=join-listen&p_subject=/t&p_mode=${mode === 'long-poll' ? 'pull' : mode}&p_format=${format}`,
      )
    : get(`type=join-listen&subject=/t&mode=${mode}&format=${format}`);

const requests: readonly (readonly [string, string])[] = [
  ...formats.map((format) => [`a stream in ${format}`, joinListen(format, 'stream')] as const),
  ['a pull', joinListen('xml-strict', 'long-poll')],
  ['a posted element', requestText('POST', '/push', {}, '<event p_event="join" p_format="xml" />')],
  ['a posted object', requestText('POST', '/push', {}, '{"type":"join","format":"ndjson"}')],
  ['a chunked body', chunked('p_event=join&', 'p_format=json')],
  ['a pipelined pair', get('p_event=join&p_format=xml') + joinListen('xml', 'stream')],
];

function chunked(...parts: readonly string[]): string {
  const chunks = [...parts, ''].map((part) => `${part.length.toString(16)}\r\n${part}\r\n`);
  return `POST /push HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${chunks.join('')}`;
}

describe('a process whose clients are reset', { timeout: 120_000 }, () => {
  let server: Child;
  let port: number;
  let baseline: Figures;

  beforeAll(async () => {
    server = new Child(new URL('./reset-server.ts', import.meta.url));
    ({ port } = await server.message<{ port: number }>());
    baseline = await server.ask<Figures>('figures');
  }, 60_000);

  afterAll(() => server?.end());

  /** Waits until everything that clients held is let go; what is left is compared, so that a failure names it. */
  async function settled(): Promise<void> {
    let figures: Figures | undefined;
    const same = async () => {
      figures = await server.ask<Figures>('figures');
      return JSON.stringify(figures) === JSON.stringify(baseline);
    };
    await eventually('back to the beginning', same, 10_000).catch(() => undefined);
    expect(figures).toEqual(baseline);
    expect([server.alive, server.errors]).toEqual([true, '']);
  }

  it.each(requests)('survives a reset at every byte of the request of %s', async (_what, text) => {
    const cuts: Cut[] = [];
    for (let bytes = 0; bytes <= text.length; bytes += 1) {
      const request = () => text.slice(0, bytes);
      for (const patient of [false, true]) cuts.push({ request, after: 0, patient });
    }
    await cutAll(port, cuts);
    await settled();
  });

  it.each(formats)('survives a reset at every byte of a stream in %s', async (format) => {
    const request = joinListen(format, 'stream');
    const wire = await Wire.open(port);
    await wire.send(request).until(({ body }) => (body.match(/"?data"|^data: \{"n"/gm) ?? []).length >= 3);
    const length = wire.bytes.length;
    wire.reset();
    const cuts = Array.from({ length }, (_, k): Cut => {
      return { request: () => request, after: k + 1, patient: false };
    });
    const received = await cutAll(port, cuts);
    expect(received.every((bytes, index) => bytes > index)).toBe(true);
    await settled();
  });

  it.each(formats)('survives a reset at every byte of a held answer in %s', async (format) => {
    const first = joinListen(format, 'long-poll');
    const wire = await Wire.open(port);
    const { body } = await wire.ask(first);
    expect((await wire.ask(refreshAfter(format)(body))).body).toMatch(/refresh-ack.*data/s);
    const { length } = wire.bytes;
    wire.reset();
    const cuts = Array.from({ length: length + 1 }, (_, after): Cut => {
      return { first, request: refreshAfter(format), after, patient: after % 2 === 0 };
    });
    const received = await cutAll(port, cuts);
    expect(received.filter((bytes, index) => bytes < index - 60)).toEqual([]);
    await settled();
  });

  /** The refresh that a client sends after an answer, proved as its format has it. */
  function refreshAfter(format: FormatName): (text: string) => string {
    const [id, key] = classicFormats.has(format) ? ['p_id', 'p_key'] : ['session', 'key'];
    const command = id === 'p_id' ? 'p_event=refresh' : `type=refresh&format=${format}`;
    return (text) => {
      const textOf = (name: string) => new RegExp(`${name}'?"?[=:,] *"([\\w-]+)"`).exec(text)?.[1];
      const secret = textOf(key);
      return get(`${command}&${id}=${textOf(id) ?? ''}${secret === undefined ? '' : `&${key}=${secret}`}`);
    };
  }

  it('still serves everybody', async () => {
    const wire = await Wire.open(port);
    await wire.send(joinListen('ndjson', 'stream')).until(({ body }) => body.includes('"data":{"n":'));
    wire.reset();
    await settled();
  });
});
