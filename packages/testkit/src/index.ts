/**
 * What tests of CometKit, and of adapters for it, are made with: a runtime that stands still, requests and outlets in
 * memory, a client for real sockets, several nodes in one process, and the contracts of adapters and of engines.
 *
 * @packageDocumentation
 */
export { eachAdapter, type RegisterCase, type StartedServer, type StartServer } from './adapter-contract.ts';
export type { Fields } from './command-request.ts';
export { eachEngine, type StartEngine } from './engine-contract.ts';
export { EngineModel, type EngineModelOptions } from './engine-model.ts';
export { eventOf } from './engine-stage.ts';
export type { Accident, EngineUnderTest } from './engine-under-test.ts';
export { openStream, type Received, ReceivedStream, type SendOptions, send } from './http-client.ts';
export { type LocalCluster, type LocalClusterOptions, localCluster } from './local-cluster.ts';
export type { LocalApp, LocalNode, LocalNodeParts, StartLocalApp } from './local-node.ts';
export { ManualRuntime, manualRuntime } from './manual-runtime.ts';
export { MemoryOutlet } from './memory-outlet.ts';
export { MemoryRequest, type MemoryRequestOptions } from './memory-request.ts';
export { RecordingSink, type Told } from './recording-sink.ts';
export { eventually, type Joined, join, type Stage, urlOf } from './stage.ts';
