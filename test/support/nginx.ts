import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { unusedPort } from './unused-port.ts';

const given = process.env['SKIP_NGINX'] === undefined ? process.env['NGINX_PATH'] : undefined;

/** Says whether there is no nginx, in one line on the output then: it is optional, in CI too. */
export function skipsNginx(): boolean {
  if (given === undefined)
    process.stdout.write('No nginx: what goes through it is not tested. Name one with NGINX_PATH.\n');
  return given === undefined;
}

/** A running nginx. */
export interface Nginx {
  /** Where it listens, without a path. */
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(() => resolve(true)));
    socket.on('error', () => resolve(false));
  });
}

/**
 * Starts an nginx in front of a server.
 *
 * @param upstream - port of the server.
 * @param lines - what stands in its `server`, with `UPSTREAM` for the server's address.
 */
export async function startNginx(upstream: number, lines: string, http = ''): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'cometkit-nginx-'));
  const port = await unusedPort();
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr warn;
events { worker_connections 256; }
http { access_log off; ${places.join(' ')} ${http}
server { listen 127.0.0.1:${port};
${lines.replaceAll('UPSTREAM', `127.0.0.1:${upstream}`)}
} }`,
  );
  const child = spawn(given ?? 'nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  await eventually('nginx listens', () => {
    if (child.exitCode !== null) throw new Error(`nginx has ended: ${errors}`);
    return answers(port);
  });
  return { address: `http://127.0.0.1:${port}`, port, close: () => stop(child, folder) };
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
  rmSync(folder, { recursive: true, force: true });
}
