export type { Publisher } from '@cometkit/core/engine-kit';
export { natsCluster } from './cluster.ts';
export type { NatsClusterOptions } from './options.ts';
export { createPublisher } from './publisher.ts';
export type { NatsPublisherOptions } from './publisher-options.ts';
