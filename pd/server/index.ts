/** The second public face of `pd`: what speaks over the network. */
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
