import { type ChildProcess, spawn } from 'node:child_process';
import dgram from 'node:dgram';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { findJdk } from '../classic/kit/java.ts';
import { type Example, startExample } from '../examples/example-process.ts';
import { launchChromium, skipsChromium } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { silentConnection } from '../support/silent-connection.ts';
import { TcpCaller } from './kit.ts';

// Compilers, browsers and servers are started here, on a machine that others may be using.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const folder = fileURLToPath(new URL('../../examples/sockets', import.meta.url));
const jdk = findJdk();
if (jdk === undefined) process.stdout.write('No JDK: the Java programs over sockets are not tested.\n');

let example: Example;
let group: number;
const portOf = (shape: RegExp) => Number(shape.exec(example.program.output)?.[1]);
const tcpPort = () => portOf(/nc localhost (\d+)/);
const udpPort = () => portOf(/DatagramReader\.java localhost (\d+)/);

beforeAll(async () => {
  group = await freePort();
  example = await startExample('sockets', { TCP_PORT: '0', UDP_PORT: '0', GROUP_PORT: String(group) });
});
afterAll(() => example?.program.kill());

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const socket = dgram.createSocket('udp4').bind(0, '0.0.0.0', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

/** Runs one of the Java programs. @returns what it has printed so far. */
function run(program: string, ...args: string[]): { readonly printed: () => string; child: ChildProcess } {
  const child = spawn(jdk?.java ?? 'java', [`java/${program}.java`, ...args], { cwd: folder });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  onTestFinished(() => void child.kill('SIGKILL'));
  return { printed: () => output, child };
}

const counted = (text: string, shape: RegExp) => [...text.matchAll(shape)].length;

describe('the example of sockets', () => {
  it('answers the lines for nc that it shows, in JSON and in XML', async () => {
    const line = /echo '(\{.*?\})'/.exec(example.program.output)?.[1] ?? '';
    const lines = await TcpCaller.call(tcpPort());
    lines.write(`${line}\n`);
    const elements = await TcpCaller.call(tcpPort());
    elements.write('<event p_event="join-listen" p_subject="/machine"/>\0');
    await lines.hears('data');
    await elements.until('p_subject="/machine/memory"');
    expect(lines.lines[0]).toMatchObject({ type: 'join-listen-ack' });
  });

  it.skipIf(skipsChromium('the page over WebSocket'))(
    'shows every subject in a page, over WebSocket',
    async () => {
      const browser = await launchChromium();
      try {
        const page = await browser.newPage();
        const troubles: string[] = [];
        page.on('pageerror', (error) => troubles.push(error.message));
        await page.goto(example.origin);
        await page.waitForFunction(() => document.querySelectorAll('dd').length === 4);
        await page.waitForFunction(
          () => Number.parseInt(document.querySelector('#counts')?.textContent ?? '', 10) > 8,
        );
        expect(await page.textContent('#state')).toBe('listening, connection 1');
        expect(await page.textContent('#counts')).toMatch(/ 0 gaps$/);
        expect(troubles).toEqual([]);
      } finally {
        await browser.close();
      }
    },
  );

  it.skipIf(jdk === undefined)(
    'is read by a Java program over java.net.Socket, and again after it was away',
    async () => {
      const ports = { TCP_PORT: '0', UDP_PORT: '0', GROUP_PORT: String(await freePort()) };
      const own = await startExample('sockets', ports);
      const port = /nc localhost (\d+)/.exec(own.program.output)?.[1] ?? '';
      const reader = run('SocketReader', '127.0.0.1', port, '/machine');
      await eventually('events', () => counted(reader.printed(), /^\/machine\/\w+ \{.*\}$/gm) > 8, 30_000);
      await own.program.stop();
      await eventually('the end', () => /session has ended|closed the connection/.test(reader.printed()));
      const again = await startExample('sockets', { ...ports, TCP_PORT: port });
      onTestFinished(() => again.program.kill());
      await eventually('another session', () => counted(reader.printed(), /^joined$/gm) === 2, 15_000);
      const mark = reader.printed().length;
      await eventually('its events', () => reader.printed().slice(mark).includes('/machine/load {'), 15_000);
    },
  );

  it.skipIf(jdk === undefined)('is read by a Java program over java.net.DatagramSocket', async () => {
    const reader = run('DatagramReader', '127.0.0.1', String(udpPort()), '/machine/clock');
    await eventually(
      'events',
      () => counted(reader.printed(), /^\/machine\/clock \{"time":.*\}$/gm) > 2,
      30_000,
    );
    expect(reader.printed().startsWith('joined\n')).toBe(true);
    expect(reader.printed()).not.toContain('missed');
  });

  it.skipIf(jdk === undefined)('is read by a Java program over java.net.MulticastSocket', async () => {
    const reader = run('MulticastReader', '239.255.78.43', String(group));
    await eventually('events', () => counted(reader.printed(), /"type":"data"/g) > 4, 30_000);
    expect(reader.printed()).not.toContain('missed');
  });

  it('ends at SIGTERM with everybody connected', async () => {
    const own = await startExample('sockets', { TCP_PORT: '0', UDP_PORT: '0', GROUP_PORT: '47000' });
    const port = Number(/nc localhost (\d+)/.exec(own.program.output)?.[1]);
    const caller = await TcpCaller.call(port);
    await caller.says('join-listen');
    await silentConnection(own.origin);
    const ms = await own.program.stop();
    expect(caller.text).toContain('"reason":"shutdown"');
    expect(ms).toBeLessThan(5000);
    expect(await own.program.ended).toBe(0);
  });
});
