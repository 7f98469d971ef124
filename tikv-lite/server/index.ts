/** The second public face of `tikv-lite`: what speaks over the network. */
export { regionMessageFromProto, regionMessageToProto } from './convert/raft-message.ts';
export { GrpcStoreClient, type GrpcStoreClientOptions } from './grpc-store-client.ts';
export { GrpcStoreTransport, type GrpcStoreTransportOptions } from './grpc-transport.ts';
export { type RaftReceiver, raftHandlers } from './raft-handlers.ts';
export { addTikvService, type NetworkedStore, type TikvServiceOptions } from './tikv-service.ts';
