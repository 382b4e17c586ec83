export { natsCluster } from './cluster.ts';
export type { NatsClusterOptions } from './options.ts';
