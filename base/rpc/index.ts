/**
 * The public face of `base/rpc`: the messages of the protocols, one namespace per protobuf package, and gRPC. Apart from
 * `base/index.ts`, so that a process that speaks to nobody does not load them.
 */
export * as coprocessor from './generated/coprocessor.ts';
export * as deadlock from './generated/deadlock.ts';
export * as eraftpb from './generated/eraftpb.ts';
export * as errorpb from './generated/errorpb.ts';
export * as etcdserverpb from './generated/etcdserverpb.ts';
export * as health from './generated/health.ts';
export * as keyspacepb from './generated/keyspacepb.ts';
export * as kvrpcpb from './generated/kvrpcpb.ts';
export * as metapb from './generated/metapb.ts';
export * as mvccpb from './generated/mvccpb.ts';
export * as pdpb from './generated/pdpb.ts';
export * as raft_serverpb from './generated/raft_serverpb.ts';
export * as tikvpb from './generated/tikvpb.ts';
export * as tipb from './generated/tipb.ts';
export { GrpcChannel, type GrpcChannelOptions } from './grpc-client.ts';
export { GrpcServer } from './grpc-server.ts';
export { addHealthService } from './health-service.ts';
export { MAX_MESSAGE_BYTES } from './limits.ts';
export { encodeMessage } from './message-writer.ts';
export { messagesOf } from './messages-of.ts';
export { RpcError, type RpcErrorCode, rpcErrorOf } from './rpc-error.ts';
export type { RpcSecurity } from './security.ts';
export type {
  CallOptions,
  Handler,
  Handlers,
  MessageStream,
  MessageType,
  MethodDefinition,
  RequestOf,
  ResponseOf,
  ServiceClient,
  ServiceDefinition,
  UnaryCall,
} from './service.ts';
