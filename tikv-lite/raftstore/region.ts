/** What a region is, and the records about regions and the store that lie beside the data, under a prefix of their own. */

import { defined, type Key, type KeyRange, type PeerId, type RegionId } from '../../base/index.ts';
import type { PeerDescriptor, Region, RegionEpoch } from '../../pd/index.ts';
import type { WriteOperation } from '../kv/kv-engine.ts';
import { StoreError } from './store-error.ts';

/** TiKV's states of a replica; only 'normal' ones work, 'merging' ones take no writes. */
export type RegionState = 'normal' | 'applying' | 'tombstone' | 'merging';

/** TiKV's: the log of a new region begins behind this point, as if every replica had started from a snapshot of it. */
export const INITIAL_INDEX = 5;
export const INITIAL_TERM = 5;

/** An entry of a region's log: the last one whose effect is in the engine. */
export interface ApplyState {
  readonly index: number;
  readonly term: number;
}

/** Everything of the store itself sorts below the data families. */
const LOCAL_PREFIX = '\x01';
export const LOCAL_RANGE: KeyRange = { start: LOCAL_PREFIX as Key, end: '\x02' as Key };
export const REGION_STATE_RANGE: KeyRange = { start: `${LOCAL_PREFIX}r` as Key, end: `${LOCAL_PREFIX}s` as Key };

function idBytes(id: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(id));
  return bytes.toString('latin1');
}

export function applyStateKey(regionId: RegionId): Key {
  return `${LOCAL_PREFIX}a${idBytes(regionId)}` as Key;
}

export function encodeApplyState(state: ApplyState): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  bytes.writeDoubleBE(state.index, 0);
  bytes.writeDoubleBE(state.term, 8);
  return bytes;
}

/** Says in the engine how far a region is applied. */
export function applyStateWrite(regionId: RegionId, state: ApplyState): WriteOperation {
  return { kind: 'put', key: applyStateKey(regionId), value: encodeApplyState(state) };
}

export function decodeApplyState(bytes: Uint8Array): ApplyState {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { index: buffer.readDoubleBE(0), term: buffer.readDoubleBE(8) };
}

/** A region's record in stores of format 1: JSON with keys in base64. Such a store had one replica, alone in its region. */
export function decodeRegionState(bytes: Uint8Array): { readonly region: Region; readonly peerId: PeerId } {
  const { version, regionId, epoch, peers, range } = JSON.parse(Buffer.from(bytes).toString()) as {
    version: number;
    regionId: RegionId;
    epoch: RegionEpoch;
    peers: PeerDescriptor[];
    range: { start: string; end?: string };
  };
  if (version !== 1) throw new StoreError('format-too-new', `region ${regionId} has a record of version ${version}`);
  const start = fromBase64(range.start);
  const end = range.end === undefined ? undefined : fromBase64(range.end);
  const peerId = defined(peers[0], 'a region has a member').peerId;
  return { peerId, region: { regionId, epoch, peers, range: { start, end } } };
}

function fromBase64(text: string): Key {
  return Buffer.from(text, 'base64').toString('latin1') as Key;
}
