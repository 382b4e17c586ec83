// The campaign of three nodes over a real Redis or NATS: `npm run prove:cluster -- --engine nats`. See test/campaign/main.ts for its options.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findTools } from './provision.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const env = { ...process.env, ...findTools(), TSX_TSCONFIG_PATH: `${root}test/tsconfig.json` };
const child = spawn(
  process.execPath,
  ['--import', import.meta.resolve('tsx'), `${root}test/campaign/main.ts`, ...process.argv.slice(2)],
  { stdio: 'inherit', env },
);
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
  process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
