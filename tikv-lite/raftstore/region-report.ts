/** What a replica counts for the placement driver's heartbeats: the flow of the region, and who has fallen silent. */

import type { PeerId } from '../../base/index.ts';
import type { PeerDescriptor } from '../../pd/index.ts';
import type { Status } from '../../raft/index.ts';
import type { WriteOperation } from '../kv/kv-engine.ts';
import { DOWN_AFTER_MS } from './limits.ts';
import type { RegionReport } from './region-kv.ts';

type Flow = Omit<RegionReport, 'downPeers' | 'pendingPeers'>;

export class FlowMeter {
  #approximateBytes = 0;
  #approximateKeys = 0;
  #isMeasured = false;
  #uncheckedBytes = 0;
  #bytesWritten = 0;
  #keysWritten = 0;
  #bytesRead = 0;
  #keysRead = 0;

  /** As last measured by the split checker. */
  get approximateBytes(): number {
    return this.#approximateBytes;
  }

  /** False until the split checker has seen the region once. */
  get isMeasured(): boolean {
    return this.#isMeasured;
  }

  /** Written since it was last measured. */
  get uncheckedBytes(): number {
    return this.#uncheckedBytes;
  }

  measured(bytes: number, keys: number): void {
    this.#approximateBytes = bytes;
    this.#approximateKeys = keys;
    this.#isMeasured = true;
    this.#uncheckedBytes = 0;
  }

  /** The range changed: what was measured is worth nothing any more. */
  forgetSize(): void {
    this.#isMeasured = false;
    this.#uncheckedBytes = 0;
  }

  noteWritten(operations: readonly WriteOperation[]): void {
    let bytes = 0;
    for (const operation of operations) {
      bytes += operation.key.length + (operation.kind === 'put' ? operation.value.byteLength : 0);
    }
    this.#keysWritten += operations.length;
    this.#bytesWritten += bytes;
    this.#uncheckedBytes += bytes;
  }

  noteRead(keys: number, bytes: number): void {
    this.#keysRead += keys;
    this.#bytesRead += bytes;
  }

  /** The flow since the last call; a region that was never measured has 0 bytes, and no other. */
  take(): Flow {
    const flow: Flow = {
      approximateBytes: this.#isMeasured ? Math.max(1, this.#approximateBytes) : this.#approximateBytes,
      approximateKeys: this.#approximateKeys,
      bytesWritten: this.#bytesWritten,
      keysWritten: this.#keysWritten,
      bytesRead: this.#bytesRead,
      keysRead: this.#keysRead,
    };
    this.#bytesWritten = 0;
    this.#keysWritten = 0;
    this.#bytesRead = 0;
    this.#keysRead = 0;
    return flow;
  }
}

/** What a leader knows of its followers at an instant. */
export interface FollowerView extends Pick<Status, 'id' | 'progress'> {
  /** Of the leader's log: whoever lacks what is before it needs a snapshot. */
  readonly firstIndex: number;
  readonly nowMs: number;
}

/** Which followers are silent, which lack so much that only a snapshot helps, and who has recovered since that was told. */
export class FollowerMeter {
  readonly #heardAtMs = new Map<PeerId, number>();
  /** Told of as down or pending. */
  #ailing = new Set<PeerId>();

  heard(peerId: PeerId, nowMs: number): void {
    this.#heardAtMs.set(peerId, nowMs);
  }

  report(peers: readonly PeerDescriptor[], view: FollowerView): Pick<RegionReport, 'downPeers' | 'pendingPeers'> {
    const downPeers: { readonly peer: PeerDescriptor; readonly downMs: number }[] = [];
    const pendingPeers: PeerDescriptor[] = [];
    for (const peer of peers) {
      if (peer.peerId === view.id || !view.progress.has(peer.peerId)) continue;
      if (isPending(peer.peerId, view)) pendingPeers.push(peer);
      const downMs = this.#silenceOf(peer.peerId, view.nowMs);
      if (downMs >= DOWN_AFTER_MS) downPeers.push({ peer, downMs });
    }
    this.#ailing = new Set([...pendingPeers, ...downPeers.map(({ peer }) => peer)].map(({ peerId }) => peerId));
    return { downPeers, pendingPeers };
  }

  get isAnybodyAiling(): boolean {
    return this.#ailing.size > 0;
  }

  /** Whether a follower that was just heard of is well, although the last report says otherwise. */
  hasRecovered(peerId: PeerId, view: FollowerView): boolean {
    return this.#ailing.has(peerId) && !isPending(peerId, view) && this.#ailing.delete(peerId);
  }

  clear(): void {
    this.#heardAtMs.clear();
    this.#ailing.clear();
  }

  /** It begins to count with the first question about a peer never heard of. */
  #silenceOf(peerId: PeerId, nowMs: number): number {
    const heardAtMs = this.#heardAtMs.get(peerId);
    if (heardAtMs === undefined) this.#heardAtMs.set(peerId, nowMs);
    return heardAtMs === undefined ? 0 : nowMs - heardAtMs;
  }
}

function isPending(peerId: PeerId, { progress, firstIndex }: FollowerView): boolean {
  const follower = progress.get(peerId);
  return follower !== undefined && follower.match < firstIndex - 1;
}
