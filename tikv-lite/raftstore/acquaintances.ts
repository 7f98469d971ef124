/** Senders that a replica's region does not name as members, or not yet: answers to them need an address. */

import type { PeerId } from '../../base/index.ts';
import type { PeerDescriptor } from '../../pd/index.ts';

/** More are forgotten, the oldest first. */
const MAX_ACQUAINTANCES = 16;

export class Acquaintances {
  readonly #strangers = new Map<PeerId, PeerDescriptor>();

  find(peerId: PeerId): PeerDescriptor | undefined {
    return this.#strangers.get(peerId);
  }

  get all(): readonly PeerDescriptor[] {
    return [...this.#strangers.values()];
  }

  meet(sender: PeerDescriptor, members: readonly PeerDescriptor[]): void {
    if (this.#strangers.has(sender.peerId) || members.some(({ peerId }) => peerId === sender.peerId)) return;
    const [oldest] = this.#strangers.keys();
    if (this.#strangers.size >= MAX_ACQUAINTANCES && oldest !== undefined) this.#strangers.delete(oldest);
    this.#strangers.set(sender.peerId, sender);
  }

  /** They are members now. */
  forget(members: readonly PeerDescriptor[]): void {
    for (const { peerId } of members) this.#strangers.delete(peerId);
  }
}
