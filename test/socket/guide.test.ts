import { spawn } from 'node:child_process';
import dgram from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { build } from '../../scripts/workspace.mjs';
import { findJdk } from '../classic/kit/java.ts';
import { type Block, block, blockAfter } from '../docs/blocks.ts';
import { shapesOfElements, shapesOfLines } from '../docs/shapes.ts';
import { Stage } from '../docs/stage.ts';
import { eventually } from '../support/eventually.ts';
import { TcpCaller, UdpCaller } from './kit.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const guide = 'docs/guides/sockets.md';
const jdk = findJdk();
let stage: Stage;

beforeAll(() => {
  if (!build()) throw new Error('the packages do not build');
}, 60_000);
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.close());

/** A program of the guide, with its UDP port replaced, since only those of TCP are replaced by themselves. */
function withUdpPort(given: Block, port: number): Block {
  return { ...given, text: given.text.replaceAll('7844', String(port)) };
}

function freeUdpPort(): Promise<number> {
  return new Promise((resolve) => {
    const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

async function served(): Promise<{ tcp: number; udp: number }> {
  const udp = await freeUdpPort();
  const address = await stage.serve(withUdpPort(block(guide, 'server.mjs'), udp));
  return { tcp: Number(new URL(address).port), udp };
}

/** Waits until the UDP server, which starts behind that of TCP, answers somebody. */
async function answers(udp: number): Promise<void> {
  const probe = await UdpCaller.call(udp);
  await eventually('the UDP server', () => {
    probe.send({ type: 'join', padding: 'x'.repeat(100) });
    return probe.of('challenge').length > 0;
  });
}

describe(guide, () => {
  it('shows a line for nc in JSON, and what comes back', async () => {
    const { tcp } = await served();
    const line = block(guide, "(echo '{");
    const shown = shapesOfLines(blockAfter(line).text);
    const caller = await TcpCaller.call(tcp);
    caller.write(`${/echo '(.*?)'/.exec(line.text)?.[1]}\n`);
    await caller.wait('as many lines', () => caller.lines.length >= shown.length);
    expect(shapesOfLines(caller.text).slice(0, shown.length)).toEqual(shown);
    expect(await caller.says('publish', { subject: '/chat', data: 'hello' })).toMatchObject({
      type: 'publish-ack',
    });
  });

  it('shows a line for nc in XML, and what comes back', async () => {
    const { tcp } = await served();
    const line = block(guide, "(printf '<event");
    const shown = shapesOfElements(blockAfter(line).text);
    const caller = await TcpCaller.call(tcp);
    caller.write(/printf '(.*?)'/.exec(line.text)?.[1]?.replace('\\0', '\0') ?? '');
    await caller.wait('as many documents', () => caller.documents.length >= shown.length);
    const text = caller.documents.slice(0, shown.length).join('\n');
    expect(shapesOfElements(text)).toEqual(shown);
  });

  it('shows an exchange of datagrams', async () => {
    const { udp } = await served();
    const shown = block(guide, 'client → ').text.split('\n');
    const [first = '', second = ''] = shown
      .filter((line) => line.startsWith('client'))
      .map((line) => line.slice(line.indexOf('{')));
    const caller = await UdpCaller.call(udp);
    await answers(udp);
    caller.send(first);
    const { token } = await caller.hears('challenge');
    caller.send(second.replace('b6Yw…', String(token)));
    await caller.hears('data');
    const names = shown
      .filter((line) => line.startsWith('server'))
      .map((line) => /"type":"([a-z-]+)"/.exec(line)?.[1]);
    expect(caller.datagrams.slice(0, names.length).map(({ type }) => type)).toEqual(names);
    expect(caller.datagrams[1]).toMatchObject({ seq: 0, requestId: 1 });
    expect(caller.of('data')[0]).toMatchObject({ seq: 1 });
  });

  it.skipIf(jdk === undefined)('shows a Java program that prints events', async () => {
    const { tcp } = await served();
    const { text } = block(guide, 'Read.java');
    const file = join(stage.folder, 'Read.java');
    writeFileSync(file, text.replace('7843', String(tcp)));
    const child = spawn(jdk?.java ?? 'java', [file]);
    onTestFinished(() => void child.kill('SIGKILL'));
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    await eventually('an event', () => output.includes('"subject":"/system/clock"'), 20_000);
  });

  it('shows a server with a policy', async () => {
    const program = stage.start(block(guide, 'policy.mjs'));
    await program.address();
    const ports = await eventually('both servers', () => {
      const found = [...program.output.matchAll(/^listening on (\d+)$/gm)];
      return found.length === 2 ? found.map(([, port]) => Number(port)) : undefined;
    });
    for (const port of ports) {
      const movie = await TcpCaller.call(port);
      movie.write('<policy-file-request/>\0');
      await movie.end();
      expect(movie.text).toContain('<allow-access-from domain="www.example.com" to-ports="7843"/>');
    }
  });

  it('shows a server with a multicast group', async () => {
    const [udp, group] = [await freeUdpPort(), await freeUdpPort()];
    const heard: Record<string, unknown>[] = [];
    const socket = dgram.createSocket({ type: 'udp4', reuseAddr: true });
    socket.on('message', (bytes) => heard.push(JSON.parse(bytes.toString())));
    await new Promise<void>((resolve) => {
      socket.bind(group, '0.0.0.0', resolve);
    });
    socket.addMembership('239.255.78.43', '127.0.0.1');
    onTestFinished(() => void socket.close());
    const shown = withUdpPort(block(guide, 'multicast.mjs'), udp);
    stage.start({ ...shown, text: shown.text.replace('7845', String(group)) });
    await eventually('events', () => heard.length > 2, 15_000);
    expect(heard.map(({ seq }) => seq)).toEqual(heard.map((_, index) => Number(heard[0]?.['seq']) + index));
    expect(heard[0]).toMatchObject({ type: 'data', subject: '/system/clock' });
  });
});
