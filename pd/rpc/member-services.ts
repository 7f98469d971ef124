/**
 * Who answers at this address: the members of PD in pdpb's words, and what clients of TiKV ask of the etcd inside PD (its
 * members, and the transaction safe point under its old key).
 */

import { keyFromBytes } from '../../base/index.ts';
import { etcdserverpb, type GrpcServer, type Handlers, mvccpb, pdpb, RpcError } from '../../base/rpc/index.ts';
import type { PlacementDriver } from '../server/placement-driver.ts';

export interface PdServiceOptions {
  /** host:port under which others reach this server. */
  readonly advertiseAddress: string;
  /** Whether it speaks TLS. */
  readonly isSecure?: boolean;
}

const NAME = 'pd';
const MEMBER_ID = 1n;
const SAVED_SAFE_POINT = '/tidb/store/gcworker/saved_safe_point';

function urlOf({ advertiseAddress, isSecure = false }: PdServiceOptions): string {
  return `${isSecure ? 'https' : 'http'}://${advertiseAddress}`;
}

export function memberHandlers(
  { clusterId }: PlacementDriver,
  options: PdServiceOptions,
): Handlers<typeof pdpb.PDDefinition> {
  const header = { clusterId };
  const url = urlOf(options);
  const member = pdpb.Member.create({ name: NAME, memberId: MEMBER_ID, peerUrls: [url], clientUrls: [url] });
  return {
    getMembers: () => pdpb.GetMembersResponse.create({ header, members: [member], leader: member, etcdLeader: member }),
    getClusterInfo: () =>
      pdpb.GetClusterInfoResponse.create({ header, serviceModes: [pdpb.ServiceMode.PD_SVC_MODE], tsoUrls: [] }),
  };
}

export function addEtcdServices(server: GrpcServer, driver: PlacementDriver, options: PdServiceOptions): void {
  const header = { clusterId: driver.clusterId, memberId: MEMBER_ID, revision: 1n, raftTerm: 1n };
  const url = urlOf(options);
  server.add(etcdserverpb.ClusterDefinition, {
    memberList: () =>
      etcdserverpb.MemberListResponse.create({
        header,
        members: [{ ID: MEMBER_ID, name: NAME, peerURLs: [url], clientURLs: [url], isLearner: false }],
      }),
  });
  server.add(etcdserverpb.KVDefinition, {
    range: ({ key, rangeEnd }) => {
      if (rangeEnd.length > 0) throw new RpcError('unimplemented', 'only single keys can be read here');
      const { txnSafePoint } = driver.gcState;
      const isKnown = keyFromBytes(key) === SAVED_SAFE_POINT && txnSafePoint > 0n;
      const value = Buffer.from(String(txnSafePoint));
      const pair = mvccpb.KeyValue.create({ key, value, createRevision: 1n, modRevision: 1n, version: 1n });
      return etcdserverpb.RangeResponse.create({ header, kvs: isKnown ? [pair] : [], count: isKnown ? 1n : 0n });
    },
  });
}
