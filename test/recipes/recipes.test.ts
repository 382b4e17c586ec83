import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStream, send } from '@cometkit/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { lockFaults } from '../../scripts/check-lock.mjs';
import { filesOfGuide, watchAsShown } from '../support/guide.ts';
import { install } from '../support/install.ts';
import { onFreePort, Program } from '../support/program.ts';
import { silentConnection } from '../support/silent-connection.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const folder = await install(here, 'recipes');
let program: Program | undefined;

/** Writes the files of a guide into a folder that sees the installed frameworks and the built packages. */
function start(guide: string): Promise<string> {
  const place = join(folder!, guide);
  mkdirSync(place, { recursive: true });
  for (const [file, text] of filesOfGuide(guide)) writeFileSync(join(place, file), text);
  program = Program.start(place, [...onFreePort, 'server.mjs']);
  return program.address();
}

afterEach(async () => {
  await program?.kill();
  program = undefined;
});

describe.skipIf(folder === undefined).each(['hono', 'fastify', 'koa', 'polka'])(
  'the guide for %s',
  (guide) => {
    it('shows a server, and the curl lines that watch it and make it publish', async () => {
      const address = await start(guide);
      const output = await watchAsShown(guide, address, (text) => text.includes('"data":{"id":7}'));
      expect(output).toContain('"subject":"/orders"');
    });

    it('shows a server that ends its streams on SIGTERM', async () => {
      const address = await start(guide);
      const stream = await openStream(`${address}/push?type=join-listen&subject=/orders&format=ndjson`);
      await stream.until('"heartbeat"');
      await silentConnection(address);
      const [took, text] = await Promise.all([program!.stop(), stream.rest()]);
      expect(text).toContain('"reason":"shutdown"');
      expect(took).toBeLessThan(5000);
    });

    it('shows a server that reads the bodies of control requests itself, and leaves other paths alone', async () => {
      const address = await start(guide);
      for (const body of ['{"type":"join","format":"ndjson"}', 'type=join&format=ndjson']) {
        const type = body.startsWith('{') ? 'application/json' : 'application/x-www-form-urlencoded';
        const answer = await send(`${address}/push`, { headers: { 'content-type': type }, body });
        expect([answer.status, JSON.parse(answer.body).type]).toEqual([200, 'join-ack']);
      }
      expect((await send(`${address}/elsewhere`)).status).toBe(404);
    });
  },
);

describe('the lock of the recipes', () => {
  it('installs everywhere', () => {
    expect(lockFaults(JSON.parse(readFileSync(join(here, 'package-lock.json'), 'utf8')))).toEqual([]);
  });
});
