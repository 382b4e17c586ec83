// The subpath `@cometkit/core/cluster`: what engine packages implement, and what a hub with an engine offers to handlers.
export type {
  Appended,
  Batch,
  Cluster,
  EngineState,
  Frame,
  FrameEntry,
  Inbox,
  LogEnd,
  LogSink,
  LogSource,
  SessionStore,
  StoredSession,
} from './engine-port.ts';
export type {
  Changed,
  HubCluster,
  LogWatcher,
  SessionChange,
  SessionParts,
  SubscriptionParts,
} from './hub-cluster.ts';
export type { ClusterHub } from './hub-types.ts';
