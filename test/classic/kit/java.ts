import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '../../support/eventually.ts';
import type { Fields } from './readers.ts';

const source = fileURLToPath(new URL('../java/ClassicClient.java', import.meta.url));

/** The programs of a JDK, beside the `java` that was found or on PATH. @returns undefined where there is no compiler. */
export function findJdk(): { readonly java: string; readonly javac: string } | undefined {
  const given = process.env['JAVA_PATH'];
  const beside = given === undefined ? '' : join(dirname(given), 'javac');
  const pairs = [
    { java: given ?? 'java', javac: beside },
    { java: 'java', javac: 'javac' },
  ];
  return pairs.find(({ javac }) => (existsSync(javac) || javac === 'javac') && runs(javac));
}

function runs(javac: string): boolean {
  return spawnSync(javac, ['-version'], { stdio: 'ignore' }).status === 0;
}

/** The compiled client. */
export interface JavaClients {
  start(url: string): JavaClient;
  remove(): void;
}

/** Compiles the Java client into a folder of its own. */
export function compileJavaClient(jdk: { java: string; javac: string }): JavaClients {
  const folder = mkdtempSync(join(tmpdir(), 'cometkit-java-'));
  const { status, stderr } = spawnSync(jdk.javac, ['-d', folder, '-encoding', 'UTF-8', source], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`javac failed:\n${stderr}`);
  return {
    start: (url) => new JavaClient(jdk.java, folder, url),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What the Java client has reported: a word, and the fields of an event or a reason. */
export interface Report {
  readonly what: string;
  readonly fields: Fields;
}

/** A Java client in its own process, which is told commands and reports what happens. */
export class JavaClient {
  readonly #child: ChildProcess;
  #output = '';

  constructor(java: string, folder: string, url: string) {
    const flags = ['-Dfile.encoding=UTF-8', '-XX:TieredStopAtLevel=1', '-cp', folder];
    this.#child = spawn(java, [...flags, 'ClassicClient', url], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#output += chunk.toString('utf8');
    });
  }

  get reports(): Report[] {
    const lines = this.#output.split('\n').filter((line) => line.trim() !== '');
    return lines.map((line) => {
      const blank = line.indexOf(' ');
      const fields = Object.fromEntries(new URLSearchParams(line.slice(blank + 1).trim()));
      return { what: line.slice(0, blank), fields };
    });
  }

  /** Gives a command, its parts in their order. */
  tell(...parts: readonly string[]): void {
    this.#child.stdin?.write(`${parts.join('\t')}\n`);
  }

  /** Waits for so many reports of a kind. @returns their fields. */
  async hears(what: string, count = 1): Promise<Fields[]> {
    const found = () => this.reports.filter((report) => report.what === what);
    try {
      return await eventually(`${count} × ${what} in Java`, () => {
        const reports = found();
        return reports.length >= count ? reports.map(({ fields }) => fields) : undefined;
      });
    } catch (error) {
      throw new Error(`${(error as Error).message}; heard: ${this.#output}`);
    }
  }

  /** Gives a command and waits for the report on it. */
  async does(parts: readonly string[], what: string): Promise<Fields> {
    const before = this.reports.filter((report) => report.what === what).length;
    this.tell(...parts);
    const reports = await this.hears(what, before + 1);
    return reports[before] as Fields;
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }
}
