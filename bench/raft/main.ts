/**
 * What consensus itself costs: CPU per proposal without disk or network.
 * `npm run bench -- raft`
 */
import { EMPTY_SNAPSHOT, MemoryStorage, RawNode, type Ready } from '../../raft/index.ts';

const PAYLOAD = new Uint8Array(100);
const ROUNDS = 5;
const COMPACT_EVERY = 1024;

interface Peer {
  readonly node: RawNode;
  readonly storage: MemoryStorage;
}

function makePeer(id: number, voters: readonly number[]): Peer {
  const storage = new MemoryStorage();
  storage.applySnapshot({ ...EMPTY_SNAPSHOT, index: 1, term: 1, confState: { ...EMPTY_SNAPSHOT.confState, voters } });
  const node = new RawNode({
    id,
    electionTick: 10,
    heartbeatTick: 2,
    storage,
    applied: 1,
    randomBelow: () => id,
    maxSizePerMsg: 1 << 20,
  });
  return { node, storage };
}

function handle({ node, storage }: Peer): Ready {
  const ready = node.ready();
  if (ready.hardState !== undefined) storage.setHardState(ready.hardState);
  storage.append(ready.entries);
  node.advance();
  return ready;
}

function settle(peers: readonly Peer[]): void {
  for (let moved = true; moved; ) {
    moved = false;
    for (const peer of peers) {
      while (peer.node.hasReady()) {
        moved = true;
        const { messages, messagesAfterAppend } = handle(peer);
        for (const message of messages) peers[message.to - 1]!.node.step(message);
        for (const message of messagesAfterAppend) peers[message.to - 1]!.node.step(message);
      }
    }
  }
}

/** The fastest of several rounds, in microseconds per proposal. */
function measure(size: number, batch: number, proposals: number): number {
  const ids = Array.from({ length: size }, (_, i) => i + 1);
  const peers = ids.map((id) => makePeer(id, ids));
  peers[0]!.node.campaign();
  settle(peers);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < proposals; i += batch) {
      for (let j = 0; j < batch; j++) peers[0]!.node.propose(PAYLOAD);
      settle(peers);
      if (i % COMPACT_EVERY === 0) for (const { node, storage } of peers) storage.compact(node.applied);
    }
    best = Math.min(best, Number(process.hrtime.bigint() - start) / 1000 / proposals);
  }
  return best;
}

export async function runRaft(): Promise<number> {
  console.log(`single voter, one proposal per round:   ${measure(1, 1, 100_000).toFixed(2)} µs`);
  console.log(`single voter, 16 proposals per round:   ${measure(1, 16, 102_400).toFixed(2)} µs`);
  console.log(`three voters, one proposal at a time:   ${measure(3, 1, 20_000).toFixed(2)} µs (all three nodes)`);
  return 0;
}
