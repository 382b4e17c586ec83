import { afterEach, describe, expect, it } from 'vitest';
import { Generator, prepareGenerator } from '../../bench/lib/generator.mjs';
import { faultOf } from '../../bench/lib/trial.mjs';
import { type LyingServer, marker, numbers, openLyingServer, type Story } from './lying-server.ts';

const said: string[] = [];
const native = prepareGenerator((text: string) => said.push(text));
const inJavaScript = prepareGenerator(() => undefined, 'js');
const generators = native.kind === 'C' ? [native, inJavaScript] : [inJavaScript];
const client = { steps: [{ text: 'GET /stream/<<s>> HTTP/1.1\r\nHost: localhost\r\n\r\n' }] };

const open: { server: LyingServer; load: Generator }[] = [];

afterEach(async () => {
  for (const { server, load } of open.splice(0)) {
    load.stop();
    await server.close();
  }
});

describe.each(generators.map((generator) => [generator.kind, generator] as const))(
  'the load generator in %s',
  (_kind, generator) => {
    async function listeners(settings: Record<string, number>) {
      const server = await openLyingServer();
      const load = new Generator(generator, { port: server.port, client, grace: 200, ...settings });
      open.push({ server, load });
      await load.ready();
      return { server, load };
    }

    async function account(
      story: Story,
      last: number,
      settings: Record<string, number> = {},
      pieceBytes?: number,
    ) {
      const { server, load } = await listeners({ connections: 3, ...settings });
      await server.tell(story, pieceBytes);
      return load.report(last);
    }

    it('finds nothing wrong with an honest server', async () => {
      const report = await account(numbers(1, 2, 3, 4, 5), 5);
      expect(report).toMatchObject({ connections: 3, received: 15, windowEvents: 15 });
      expect(faultOf(report)).toBeUndefined();
    });

    it('reads events that are cut at every byte', async () => {
      const report = await account(numbers(1, 2, 3), 3, {}, 1);
      expect(report).toMatchObject({ received: 9 });
      expect(faultOf(report)).toBeUndefined();
    });

    it('catches an event that is lost in the middle', async () => {
      const report = await account(numbers(1, 2, 4, 5), 5);
      expect(report).toMatchObject({ received: 12, lost: 3, duplicates: 0, reordered: 0 });
      expect(report.firstFault).toMatch(/connection \d: a number was left out before: 4, highest so far 2/);
    });

    it('catches an event that is lost at the end', async () => {
      expect(await account(numbers(1, 2, 3), 4)).toMatchObject({ received: 9, lost: 3 });
    });

    it('catches an event that comes twice', async () => {
      const report = await account(numbers(1, 2, 2, 3, 1), 3);
      expect(report).toMatchObject({ received: 9, lost: 0, duplicates: 6, reordered: 0 });
    });

    it('catches an event that comes twice after the last one', async () => {
      expect(await account(numbers(1, 2, 3, 3), 3)).toMatchObject({ lost: 0, duplicates: 3 });
    });

    it('catches events out of order and does not call them lost', async () => {
      const report = await account(numbers(1, 3, 2, 4), 4);
      expect(report).toMatchObject({ received: 12, lost: 0, duplicates: 0, reordered: 3 });
    });

    it('catches an event of somebody else’s subject', async () => {
      const report = await account((subject) => [marker((subject + 1) % 3, 1)], 1, { subjects: 3 });
      expect(report).toMatchObject({ misrouted: 3, lost: 3 });
    });

    it('catches a stream that ends', async () => {
      const { server, load } = await listeners({ connections: 2 });
      await server.tell(numbers(1));
      server.hangUp();
      expect(await load.report(2)).toMatchObject({ ended: 2, lost: 2 });
    });

    it('does not expect anything of readers that are told to be dead', async () => {
      const report = await account(numbers(1, 2), 2, { dead: 1 });
      expect(report).toMatchObject({ connections: 3, listening: 2, received: 4, lost: 0 });
    });
  },
);

describe('the harness', () => {
  it('says when it has to do without a compiler', () => {
    if (native.kind === 'C') expect(said).toEqual([]);
    else expect(said.join(' ')).toContain('the generator in JavaScript is used');
  });
});
