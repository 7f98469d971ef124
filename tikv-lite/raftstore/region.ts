/** What a region is, and the records about regions and the store that lie beside the data, under a prefix of their own. */

import type { Key, KeyRange, PeerId, RegionId } from '../../base/index.ts';
import type { PeerDescriptor, Region, RegionEpoch } from '../../pd/index.ts';
import { StoreError } from './store-error.ts';

/** TiKV's states of a replica; only 'normal' ones work. */
export type RegionState = 'normal' | 'applying' | 'tombstone';

export interface RegionLocalState {
  readonly state: RegionState;
  readonly region: Region;
  /** Which replica a tombstone stands for. */
  readonly peerId?: PeerId | undefined;
}

/** TiKV's: the log of a new region begins behind this point, as if every replica had started from a snapshot of it. */
export const INITIAL_INDEX = 5;
export const INITIAL_TERM = 5;

/** The last entry whose effect is in the engine. */
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

export function regionStateKey(regionId: RegionId): Key {
  return `${LOCAL_PREFIX}r${idBytes(regionId)}` as Key;
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

export function decodeApplyState(bytes: Uint8Array): ApplyState {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { index: buffer.readDoubleBE(0), term: buffer.readDoubleBE(8) };
}

/** JSON: rarely written, and readable in a dump. Keys are base64. */
export function encodeRegionState({ state, region, peerId }: RegionLocalState): Buffer {
  const { start, end } = region.range;
  return Buffer.from(
    JSON.stringify({
      version: 1,
      state,
      peerId,
      ...region,
      range: { start: toBase64(start), end: end && toBase64(end) },
    }),
  );
}

export function decodeRegionState(bytes: Uint8Array): RegionLocalState {
  const { version, state, peerId, regionId, epoch, peers, range } = JSON.parse(Buffer.from(bytes).toString()) as {
    version: number;
    state: RegionState;
    peerId?: PeerId;
    regionId: RegionId;
    epoch: RegionEpoch;
    peers: PeerDescriptor[];
    range: { start: string; end?: string };
  };
  if (version !== 1) throw new StoreError('format-too-new', `region ${regionId} has a record of version ${version}`);
  const { start, end } = range;
  return {
    state,
    peerId,
    region: {
      regionId,
      epoch,
      peers,
      range: { start: fromBase64(start), end: end === undefined ? end : fromBase64(end) },
    },
  };
}

function toBase64(key: Key): string {
  return Buffer.from(key, 'latin1').toString('base64');
}

function fromBase64(text: string): Key {
  return Buffer.from(text, 'base64').toString('latin1') as Key;
}
