/**
 * Snapshots that go out. Raft asks for one in the middle of a round, when the engine may not hold yet what counts as applied;
 * so the view of the engine is taken at the beginning of a turn, where both agree, and raft gets it when it asks again.
 */

import { defined, type Logger, type PeerId, type RegionId, type Timers } from '../../../base/index.ts';
import type { Region } from '../../../pd/index.ts';
import type { Snapshot } from '../../../raft/index.ts';
import type { KvEngine, KvSnapshot } from '../../kv/kv-engine.ts';
import { MAX_OUTGOING_SNAPSHOTS, SNAPSHOT_EXPIRY_MS, SNAPSHOT_STALL_MS } from '../limits.ts';
import { confStateOf } from '../membership.ts';
import type { Peer } from '../peer.ts';
import type { RegionMessage, StoreTransport } from '../transport.ts';
import { contentsOf } from './contents.ts';
import { decodeDescription, encodeDescription } from './format.ts';
import type { Pacer } from './pacer.ts';

export interface SendingHost {
  readonly engine: KvEngine;
  readonly timers: Timers;
  readonly transport: StoreTransport;
  readonly pacer: Pacer;
  readonly logger: Logger | undefined;
  /** Nothing that counts as applied is still on its way into the engine. */
  isSettled(): boolean;
  wake(peer: Peer): void;
}

/** A view of the engine at one index of a region. */
interface Prepared {
  readonly snapshot: Snapshot;
  readonly view: KvSnapshot;
}

export class SnapshotSender {
  readonly #host: SendingHost;
  readonly #wanted = new Set<Peer>();
  readonly #prepared = new Map<RegionId, Prepared>();
  /** Handed to raft, not yet in a message. */
  readonly #handedOut = new Map<Snapshot, { readonly peer: Peer; readonly view: KvSnapshot }>();
  #sending = 0;

  constructor(host: SendingHost) {
    this.#host = host;
  }

  /** Views of the engine that are held. */
  get count(): number {
    return this.#prepared.size + this.#handedOut.size + this.#sending;
  }

  /** The region's snapshot for raft; undefined when there is none yet: then one will be prepared. */
  take(peer: Peer): Snapshot | undefined {
    const prepared = this.#prepared.get(peer.regionId);
    if (prepared === undefined) {
      this.#wanted.add(peer);
      this.#host.wake(peer);
      return undefined;
    }
    this.#prepared.delete(peer.regionId);
    this.#handedOut.set(prepared.snapshot, { peer, view: prepared.view });
    return prepared.snapshot;
  }

  /** Waits for a turn in which it can prepare. */
  get wantsTurn(): boolean {
    return this.#wanted.size > 0;
  }

  /** Called at the beginning of a turn. */
  prepare(): void {
    if (this.#wanted.size === 0 || !this.#host.isSettled()) return;
    for (const peer of this.#wanted) {
      if (this.count >= MAX_OUTGOING_SNAPSHOTS) return;
      this.#wanted.delete(peer);
      // A leader that cannot commit in its term yet may need this very follower for it.
      if (!peer.isLeader || peer.isRemoved || peer.isMerging || this.#prepared.has(peer.regionId)) continue;
      const { region, index, term } = peer.checkpoint;
      const snapshot = { index, term, confState: confStateOf(region), data: encodeDescription(region) };
      const prepared = { snapshot, view: this.#host.engine.snapshot() };
      this.#prepared.set(peer.regionId, prepared);
      this.#expire(peer.regionId, prepared);
      peer.ping();
      this.#host.wake(peer);
    }
  }

  /** Sends a MsgSnap and the contents; raft hears how it went. */
  dispatch(peer: Peer, header: RegionMessage): void {
    const snapshot = defined(header.message?.snapshot, 'a MsgSnap carries a snapshot');
    const view = this.#handedOut.get(snapshot)?.view;
    this.#handedOut.delete(snapshot);
    this.#sending++;
    const described = defined(decodeDescription(snapshot.data), 'a snapshot of our own describes its region');
    const sent = view === undefined ? Promise.reject(new Error('it has expired')) : this.#send(header, described, view);
    const { peerId } = header.to;
    sent.then(
      () => this.#report(peer, peerId, 'finished'),
      (error: unknown) => {
        this.#host.logger?.warn(
          { regionId: peer.regionId, peerId, error: String(error) },
          'a snapshot was not delivered',
        );
        this.#report(peer, peerId, 'failed');
      },
    );
  }

  /** The replica is gone: lets go of what is held for it and not on its way. */
  forget(peer: Peer): void {
    this.#wanted.delete(peer);
    this.#prepared.get(peer.regionId)?.view.release();
    this.#prepared.delete(peer.regionId);
    for (const [snapshot, held] of this.#handedOut) {
      if (held.peer !== peer) continue;
      this.#handedOut.delete(snapshot);
      held.view.release();
    }
  }

  /** Lets go of everything that is held. */
  close(): void {
    this.#wanted.clear();
    for (const { view } of this.#prepared.values()) view.release();
    for (const { view } of this.#handedOut.values()) view.release();
    this.#prepared.clear();
    this.#handedOut.clear();
  }

  #report(peer: Peer, peerId: PeerId, outcome: 'finished' | 'failed'): void {
    this.#sending--;
    if (peer.isRemoved) return;
    peer.reportSnapshot(peerId, outcome);
    this.#host.wake(peer);
  }

  /** The contents are those of the region as it was described, whatever has become of it since. */
  async #send(header: RegionMessage, described: Region, view: KvSnapshot): Promise<void> {
    const progress = { chunks: 0, isOver: false };
    try {
      const chunks = this.#paced(contentsOf(view, described.range), progress);
      await Promise.race([this.#host.transport.sendSnapshot({ header, chunks }), this.#stalled(progress)]);
    } finally {
      progress.isOver = true;
      view.release();
    }
  }

  async *#paced(
    contents: AsyncIterable<Uint8Array>,
    progress: { chunks: number; isOver: boolean },
  ): AsyncGenerator<Uint8Array> {
    for await (const chunk of contents) {
      await this.#host.pacer.take(chunk.byteLength);
      if (progress.isOver) throw new Error('nobody waits for the snapshot any more');
      progress.chunks++;
      yield chunk;
    }
  }

  /** Rejects when nothing was asked for during `SNAPSHOT_STALL_MS`. */
  #stalled(progress: { readonly chunks: number; readonly isOver: boolean }): Promise<never> {
    return new Promise((_, reject) => {
      const watch = (seen: number): void => {
        this.#host.timers.after(SNAPSHOT_STALL_MS, () => {
          if (progress.isOver) return;
          if (progress.chunks === seen) reject(new Error('the receiver is silent'));
          else watch(progress.chunks);
        });
      };
      watch(-1);
    });
  }

  #expire(regionId: RegionId, prepared: Prepared): void {
    this.#host.timers.after(SNAPSHOT_EXPIRY_MS, () => {
      if (this.#prepared.get(regionId) !== prepared) return;
      this.#prepared.delete(regionId);
      prepared.view.release();
    });
  }
}
