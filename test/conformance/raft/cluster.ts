/**
 * A cluster of nodes in one process whose disks and network are moved by hand: nothing is written, sent or applied
 * unless a directive says so. The state machine appends the data of what it applies; each applied entry leaves a
 * snapshot behind, and the newest one is what followers are given.
 */
import {
  type ConfChange,
  type ConfChangeV2,
  type Config,
  decodeConfChange,
  describeEntries,
  describeMessage,
  describeProgressMap,
  describeReady,
  EMPTY_HARD_STATE,
  type Entry,
  type HardState,
  isLocalTarget,
  isVoter,
  MemoryStorage,
  type Message,
  newMessage,
  RawNode,
  type Snapshot,
  type StepOutcome,
} from '../../../raft/index.ts';
import { Output } from './output.ts';

export type NodeSettings = Partial<Omit<Config, 'id' | 'storage' | 'logger'>>;

const ELECTION_TICK = 3;
const HEARTBEAT_TICK = 1;

const OUTCOMES: Readonly<Record<StepOutcome, string>> = {
  ok: '',
  proposalDropped: 'raft proposal dropped',
  readDropped: 'raft read index dropped',
  localMessage: 'raft: cannot step raft local message',
  unknownPeer: 'raft: cannot step as peer not found',
};

/** A storage whose snapshot is always the newest state applied. */
class HistoryStorage extends MemoryStorage {
  readonly #history: readonly Snapshot[];

  constructor(history: readonly Snapshot[]) {
    super();
    this.#history = history;
  }

  override snapshot(): Snapshot {
    return this.#history.at(-1)!;
  }
}

interface Member {
  readonly id: number;
  readonly node: RawNode;
  readonly storage: MemoryStorage;
  readonly history: Snapshot[];
  readonly asyncStorageWrites: boolean;
  readonly appendWork: Message[];
  readonly applyWork: Message[];
}

function isLocal({ from, to }: Message): boolean {
  return from === to || isLocalTarget(from) || isLocalTarget(to);
}

export class Cluster {
  readonly output = new Output();
  readonly #members: Member[] = [];
  #messages: Message[] = [];
  readonly #randomBelow: (bound: number) => number;

  constructor(randomBelow: (bound: number) => number) {
    this.#randomBelow = randomBelow;
  }

  /** With a snapshot index > 0 the nodes start from that snapshot, else from nothing. */
  addNodes(count: number, snapshot: Snapshot, settings: NodeSettings): void {
    for (let i = 0; i < count; i++) this.#addNode(snapshot, settings);
  }

  #addNode(snapshot: Snapshot, settings: NodeSettings): void {
    const id = this.#members.length + 1;
    const history = [snapshot];
    const storage = new HistoryStorage(history);
    if (snapshot.index > 0) storage.applySnapshot(snapshot);
    const node = new RawNode({
      electionTick: ELECTION_TICK,
      heartbeatTick: HEARTBEAT_TICK,
      maxInflightMsgs: 2 ** 31 - 1,
      ...settings,
      randomBelow: this.#randomBelow,
      applied: snapshot.index,
      id,
      storage,
      logger: this.output,
    });
    const asyncStorageWrites = settings.asyncStorageWrites ?? false;
    this.#members.push({ id, node, storage, history, asyncStorageWrites, appendWork: [], applyWork: [] });
  }

  get ids(): readonly number[] {
    return this.#members.map(({ id }) => id);
  }

  node(id: number): RawNode {
    return this.#member(id).node;
  }

  #member(id: number): Member {
    const member = this.#members[id - 1];
    if (member === undefined) throw new Error(`there is no node ${id}`);
    return member;
  }

  /** Writes why a step or proposal was refused. */
  report(outcome: StepOutcome): void {
    if (outcome !== 'ok') this.output.write(`${OUTCOMES[outcome]}\n`);
  }

  tick(id: number, kind: 'election' | 'heartbeat'): void {
    const ticks = kind === 'election' ? ELECTION_TICK : HEARTBEAT_TICK;
    for (let i = 0; i < ticks; i++) this.node(id).tick();
  }

  compact(id: number, index: number): void {
    if (!this.#member(id).storage.compact(index)) {
      throw new Error('requested index is unavailable due to compaction');
    }
    this.showLog(id);
  }

  showLog(id: number): void {
    const { storage } = this.#member(id);
    const first = storage.firstIndex();
    const last = storage.lastIndex();
    if (last < first) {
      this.output.write(`log is empty: first index=${first}, last index=${last}\n`);
      return;
    }
    const entries = storage.entries(first, last + 1, Number.POSITIVE_INFINITY);
    if (typeof entries !== 'string') this.output.write(describeEntries(entries));
  }

  showRaftState(): void {
    for (const { id, node } of this.#members) {
      const { config, softState, hardState } = node.status();
      const role = isVoter(config.voters, id) ? '(Voter)' : '(Non-Voter)';
      this.output.write(`${id}: ${softState.raftState} ${role} Term:${hardState.term} Lead:${softState.lead}\n`);
    }
  }

  showStatus(id: number): void {
    this.output.write(describeProgressMap(this.node(id).status().progress));
  }

  sendSnapshot(from: number, to: number): void {
    const sender = this.#member(from);
    const message = newMessage('MsgSnap', to, { from, term: sender.node.term, snapshot: sender.storage.snapshot() });
    this.#messages.push(message);
    this.output.write(`${describeMessage(message)}\n`);
  }

  /** Delivers (or drops) what is on its way to `to`, all of it or one type; returns how many messages that were. */
  deliver(to: number, drop: boolean, type: string | undefined): number {
    const chosen = this.#messages.filter((message) => this.#isFor(message, to, drop, type));
    this.#messages = this.#messages.filter((message) => !chosen.includes(message));
    for (const message of chosen) {
      this.output.write(`${drop ? 'dropped: ' : ''}${describeMessage(message)}\n`);
      if (!drop) this.report(this.node(to).step(message));
    }
    return chosen.length;
  }

  #isFor(message: Message, to: number, drop: boolean, type: string | undefined): boolean {
    return message.to === to && (type === undefined || message.type === type) && !(drop && isLocal(message));
  }

  processReady(id: number): void {
    const member = this.#member(id);
    const ready = member.node.ready();
    const text = describeReady(ready);
    this.output.write(text.endsWith('\n') ? text : `${text}\n`);
    if (!member.asyncStorageWrites) {
      this.#append(member, ready.hardState ?? EMPTY_HARD_STATE, ready.entries, ready.snapshot);
      this.#apply(member, ready.committedEntries);
    }
    for (const message of [...ready.messages, ...ready.messagesAfterAppend]) {
      if (message.type === 'MsgStorageAppend') member.appendWork.push(message);
      else if (message.type === 'MsgStorageApply') member.applyWork.push(message);
      else this.#messages.push(message);
    }
    if (!member.asyncStorageWrites) member.node.advance();
  }

  processAppendThread(id: number): void {
    const member = this.#member(id);
    const work = member.appendWork.shift();
    if (work === undefined) {
      this.output.write('no append work to perform\n');
      return;
    }
    this.#showWork(work);
    const { term, vote, commit } = work;
    this.#append(member, { term, vote, commit }, work.entries, work.snapshot);
    this.#answerWork(work);
  }

  processApplyThread(id: number): void {
    const member = this.#member(id);
    const work = member.applyWork.shift();
    if (work === undefined) {
      this.output.write('no apply work to perform\n');
      return;
    }
    this.#showWork(work);
    this.#apply(member, work.entries);
    this.#answerWork(work);
  }

  #showWork(work: Message): void {
    this.output.write(`Processing:\n${describeMessage({ ...work, responses: [] })}\n`);
  }

  #answerWork({ responses }: Message): void {
    this.output.write(`Responses:\n${responses.map((response) => `${describeMessage(response)}\n`).join('')}`);
    this.#messages.push(...responses);
  }

  #append(member: Member, hardState: HardState, entries: readonly Entry[], snapshot: Snapshot | undefined): void {
    const { storage } = member;
    if (hardState.term !== 0 || hardState.vote !== 0 || hardState.commit !== 0) storage.setHardState(hardState);
    if (snapshot !== undefined && entries.length > 0) {
      throw new Error("can't apply snapshot and entries at the same time");
    }
    if (snapshot === undefined) storage.append(entries);
    else if (!storage.applySnapshot(snapshot)) throw new Error('requested index is older than the existing snapshot');
  }

  #apply(member: Member, entries: readonly Entry[]): void {
    for (const entry of entries) {
      const change = decodeConfChange(entry);
      const newest = member.history.at(-1)!;
      const confState = change === undefined ? newest.confState : member.node.applyConfChange(change);
      const update = change === undefined ? entry.data : change.context;
      const data = Buffer.concat([newest.data, update]);
      member.history.push({ index: entry.index, term: entry.term, confState, data });
    }
  }

  /** Runs `ids` (readies, then deliveries, then append and apply threads) until nothing moves. */
  stabilize(ids: readonly number[]): void {
    let moved = true;
    while (moved) {
      moved = false;
      for (const id of ids) moved = this.#stabilizeReady(id) || moved;
      for (const id of ids) moved = this.#stabilizeDelivery(id) || moved;
      for (const id of ids) moved = this.#stabilizeThread(id, 'append') || moved;
      for (const id of ids) moved = this.#stabilizeThread(id, 'apply') || moved;
    }
  }

  #stabilizeReady(id: number): boolean {
    if (!this.node(id).hasReady()) return false;
    this.output.write(`> ${id} handling Ready\n`);
    this.output.indented(() => this.processReady(id));
    return true;
  }

  #stabilizeDelivery(id: number): boolean {
    if (!this.#messages.some((message) => message.to === id)) return false;
    this.output.write(`> ${id} receiving messages\n`);
    this.output.indented(() => this.deliver(id, false, undefined));
    return true;
  }

  #stabilizeThread(id: number, thread: 'append' | 'apply'): boolean {
    const member = this.#member(id);
    const work = thread === 'append' ? member.appendWork : member.applyWork;
    if (work.length === 0) return false;
    this.output.write(`> ${id} processing ${thread} thread\n`);
    while (work.length > 0) {
      this.output.indented(() => (thread === 'append' ? this.processAppendThread(id) : this.processApplyThread(id)));
    }
    return true;
  }

  proposeConfChange(id: number, change: ConfChange | ConfChangeV2): void {
    this.report(this.node(id).proposeConfChange(change));
  }
}
