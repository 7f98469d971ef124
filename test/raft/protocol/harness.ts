/** A few nodes over MemoryStorage and a network that delivers at once, unless told to drop. */
import {
  type Config,
  EMPTY_SNAPSHOT,
  type Entry,
  MemoryStorage,
  type Message,
  RawNode,
  type ReadState,
} from '../../../raft/index.ts';

export type Settings = Partial<Omit<Config, 'id' | 'storage'>>;

export const START_INDEX = 5;

export interface Peer {
  readonly id: number;
  readonly node: RawNode;
  readonly storage: MemoryStorage;
  readonly applied: Entry[];
  readonly reads: ReadState[];
}

export function bytes(text: string): Uint8Array {
  return Buffer.from(text);
}

export function textOf(data: Uint8Array): string {
  return Buffer.from(data).toString();
}

export function makePeer(id: number, voters: readonly number[], settings: Settings = {}): Peer {
  const storage = new MemoryStorage();
  const confState = { ...EMPTY_SNAPSHOT.confState, voters };
  storage.applySnapshot({ index: START_INDEX, term: 1, confState, data: bytes('') });
  storage.setHardState({ term: 1, vote: 0, commit: START_INDEX });
  const node = new RawNode({
    electionTick: 10,
    heartbeatTick: 1,
    randomBelow: () => 0,
    ...settings,
    id,
    storage,
    applied: START_INDEX,
  });
  return { id, node, storage, applied: [], reads: [] };
}

/** Does what one Ready asks for and returns the messages to send. */
export function handleReady(peer: Peer): readonly Message[] {
  const ready = peer.node.ready();
  if (ready.hardState !== undefined) peer.storage.setHardState(ready.hardState);
  if (ready.snapshot !== undefined) peer.storage.applySnapshot(ready.snapshot);
  peer.storage.append(ready.entries);
  peer.applied.push(...ready.committedEntries);
  peer.reads.push(...ready.readStates);
  peer.node.advance();
  return [...ready.messages, ...ready.messagesAfterAppend];
}

export class Net {
  readonly peers: readonly Peer[];
  /** Messages for which this is true are lost. */
  drops: (message: Message) => boolean = () => false;
  readonly sent: Message[] = [];

  constructor(size: number, settings: Settings = {}) {
    const ids = Array.from({ length: size }, (_, i) => i + 1);
    this.peers = ids.map((id) => makePeer(id, ids, settings));
  }

  peer(id: number): Peer {
    return this.peers[id - 1]!;
  }

  node(id: number): RawNode {
    return this.peer(id).node;
  }

  /** Handles readies and delivers until nothing moves. */
  settle(): void {
    let moved = true;
    while (moved) {
      moved = false;
      for (const peer of this.peers) {
        while (peer.node.hasReady()) {
          moved = true;
          for (const message of handleReady(peer)) this.#deliver(message);
        }
      }
    }
  }

  #deliver(message: Message): void {
    this.sent.push(message);
    if (!this.drops(message)) this.node(message.to).step(message);
  }

  elect(id: number): void {
    this.node(id).campaign();
    this.settle();
  }

  appliedBy(id: number): readonly string[] {
    return this.peer(id)
      .applied.filter((entry) => entry.data.length > 0)
      .map((entry) => textOf(entry.data));
  }
}
