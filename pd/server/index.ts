/** The second public face of `pd`: what speaks over the network. */
export { GrpcPdClient, type GrpcPdClientOptions } from '../rpc/grpc-pd-client.ts';
export {
  endToProto,
  epochFromProto,
  epochToProto,
  peerFromProto,
  peerOrNone,
  peerToProto,
  rangeFromProto,
  regionFromProto,
  regionToProto,
  storeFromProto,
  storeToProto,
} from '../rpc/metapb.ts';
export { addPdService, type PdServiceOptions } from '../rpc/pd-service.ts';
