import { describe, expect, it, vi } from 'vitest';
import { resolveOptions as resolveClientOptions } from '../../packages/client/src/options.ts';
import { resolveHubOptions } from '../../packages/core/src/options.ts';
import { resolveHandlerOptions } from '../../packages/handler/src/settings.ts';
import { resolveOptions as resolveSocketOptions } from '../../packages/websocket/src/options.ts';
import { allLimits, limitsPage } from '../../scripts/limits.mjs';
import { textOf } from '../docs/blocks.ts';

vi.setConfig({ testTimeout: 30_000 });

const factors: Readonly<Record<string, number>> = { MiB: 1024 * 1024 };
const running: Readonly<Record<string, object>> = {
  HubLimits: resolveHubOptions(),
  LogLimits: resolveHubOptions().log,
  LastValuesLimits: resolveHubOptions().lastValues,
  HandlerOptions: resolveHandlerOptions(),
  ClassicOptions: resolveHandlerOptions(),
  WebSocketOptions: resolveSocketOptions({}),
  ClientOptions: resolveClientOptions({}),
};

function numberOf(figure: string, unit: string): number | { min: number; max: number } {
  const [min = Number.NaN, max] = figure.split(' to ').map((part) => Number(part.replaceAll(' ', '')));
  return max === undefined ? min * (factors[unit] ?? 1) : { min, max };
}

describe('docs/guides/limits.md', () => {
  it('is what scripts/limits.mjs writes', () => {
    expect(textOf('docs/guides/limits.md').replaceAll('\r\n', '\n')).toBe(limitsPage());
  });

  it('gives the defaults that the program really has, each with a unit', () => {
    for (const { type, option, figure, unit } of allLimits()) {
      const settings = running[type ?? ''] as Record<string, unknown> | undefined;
      if (settings !== undefined)
        expect([option, numberOf(figure, unit)]).toEqual([option, settings[option]]);
      expect([option, figure, unit]).not.toContain('');
    }
  });
});
