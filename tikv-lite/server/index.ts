/** The second public face of `tikv-lite`: what speaks over the network. */
export { regionMessageFromProto, regionMessageToProto } from './convert/raft-message.ts';
export { addDeadlockService, type DeadlockHandler, GrpcDeadlockClient } from './grpc-deadlock-client.ts';
export { GrpcLeaderCheckClient } from './grpc-leader-checks.ts';
export { GrpcStoreClient } from './grpc-store-client.ts';
export { GrpcStoreTransport } from './grpc-transport.ts';
export { type RaftReceiver, raftHandlers } from './raft-handlers.ts';
export type { StoreConnections } from './store-addresses.ts';
export { addTikvService, type NetworkedStore, type TikvServiceOptions } from './tikv-service.ts';
