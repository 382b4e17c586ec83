import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onFreePort, Program } from '../support/program.ts';
import type { Block } from './blocks.ts';

const local = 'http://localhost:3000';
const cache = fileURLToPath(new URL('../../.cache/', import.meta.url));

/** A folder inside the repository, so that programs in it find the workspace's packages, as a reader's would. */
export class Stage {
  readonly folder: string;
  readonly #programs: Program[] = [];

  constructor() {
    mkdirSync(cache, { recursive: true });
    this.folder = mkdtempSync(join(cache, 'docs-'));
  }

  /** Writes a block to the file that it names. */
  write({ file, first, text }: Block): string {
    if (file === undefined) throw new Error(`no file is named in "${first}"`);
    this.writeFile(file, text);
    return file;
  }

  writeFile(file: string, text: string): void {
    const path = join(this.folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  /** Writes a program and starts it, on a free port whichever it asks for; the server it calls is that at `address`. */
  start(block: Block, address = local): Program {
    const file = this.write({ ...block, text: block.text.replaceAll(local, address) });
    return this.run(file);
  }

  /** Starts a file of the folder, with arguments for Node before it, on a free port whichever it asks for. */
  run(file: string, args: readonly string[] = []): Program {
    const program = Program.start(this.folder, [...args, ...onFreePort, file]);
    this.#programs.push(program);
    return program;
  }

  /** Starts a server. @returns its address, without a path. */
  serve(block: Block): Promise<string> {
    return this.start(block).address();
  }

  async close(): Promise<void> {
    for (const program of this.#programs) await program.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Says whether the lines that readers are to type cannot be tried, in one line on the output when they cannot. */
export function skipsCurl(): boolean {
  const there = spawnSync('curl', ['--version'], { stdio: 'ignore' }).status === 0;
  if (!there && process.env['CI'] !== 'true')
    process.stdout.write('No curl: the lines to type are not tested.\n');
  return !there && process.env['CI'] !== 'true';
}

/**
 * Runs one line of a shell, as a reader would type it.
 *
 * @returns what it printed, up to the end of the command, or until `enough` says so: then it is interrupted.
 */
export function type(line: string, enough: (output: string) => boolean = () => false): Promise<string> {
  return new Promise((resolve, reject) => {
    const shell = spawn('sh', ['-c', `exec ${line}`], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const timer = setTimeout(() => {
      shell.kill('SIGKILL');
      reject(new Error(`not enough in 15 s of: ${line}\n${output}`));
    }, 15_000);
    shell.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
      if (enough(output)) shell.kill('SIGINT');
    });
    shell.on('close', () => {
      clearTimeout(timer);
      resolve(output);
    });
    shell.on('error', reject);
  });
}

/** Runs the lines of a shell block, for the server at an address, with the session and key of the last answer in the places of ID and KEY. */
export async function typeAll(
  block: Block,
  address: string,
  given: { id?: string; key?: string } = {},
): Promise<string[]> {
  const outputs: string[] = [];
  let { id, key } = given;
  for (const line of block.text.trim().split('\n')) {
    const asked = line
      .replace(local, address)
      .replaceAll(/\bID\b/g, id ?? 'ID')
      .replaceAll(/\bKEY\b/g, key ?? 'KEY');
    const output = await type(`${asked} -sS`);
    id = /(?:p_id|"session)"?'?[=:,] ?"([\w-]+)"/.exec(output)?.[1] ?? id;
    key = /"key":"([\w-]+)"/.exec(output)?.[1] ?? key;
    outputs.push(output);
  }
  return outputs;
}
