import { checkOptions, having, type RulesOf, suchAs } from '@cometkit/core/check-options';
import type { Labels } from './family.ts';
import type { PromRegistry } from './registry.ts';

/** Options of the metrics of a hub. */
export interface MetricsOptions {
  /** The registry of `prom-client` that the application has: the figures are given there, and the page shows all of it. */
  readonly registry?: PromRegistry;
  /** Labels for every figure, such as `{ hub: 'orders' }` where a process has several hubs. @defaultValue none */
  readonly labels?: Labels;
}

const taken = new Set([
  'transport',
  'state',
  'reason',
  'code',
  'hook',
  'channel',
  'outcome',
  'le',
  'quantile',
]);
const labelName = /^(?!__)[a-zA-Z_][a-zA-Z\d_]*$/;

const rules: RulesOf<MetricsOptions> = {
  registry: having('registerMetric', 'metrics'),
  labels: suchAs(
    `an object of texts by names that have only letters, digits and _, begin with no digit and no __, and are none of ${[...taken].join(', ')}`,
    areLabels,
  ),
};

/** @throws TypeError — an option is unknown or of the wrong type, or a label has a name that is taken or no name. */
export function checkMetricsOptions(options: MetricsOptions): void {
  checkOptions(options, rules);
}

function areLabels(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(
    ([name, text]) => labelName.test(name) && !taken.has(name) && typeof text === 'string',
  );
}
