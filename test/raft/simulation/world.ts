/**
 * Five nodes, three of them members at first, on a network that loses, repeats, reorders and partitions, with crashes
 * at every point of a round. Every choice comes from one seed.
 */
import {
  type ConfChangeSingle,
  type ConfChangeTransition,
  decodeConfChange,
  EMPTY_CONF_STATE,
  type Entry,
  isLocalTarget,
  type Message,
  RawNode,
  type Snapshot,
} from '../../../raft/index.ts';
import { Checker } from './checker.ts';
import { SimulatedDisk } from './disk.ts';
import { SeededRandom } from './random.ts';

const NODES = 5;
const FIRST_VOTERS = [1, 2, 3];
const START: Snapshot = {
  index: 3,
  term: 1,
  confState: { ...EMPTY_CONF_STATE, voters: FIRST_VOTERS },
  data: Buffer.from('start'),
};
const MAX_IN_FLIGHT = 200;

interface Member {
  readonly id: number;
  readonly disk: SimulatedDisk;
  node: RawNode;
  appendWork: Message[];
  applyWork: Message[];
}

/** What differs from seed to seed besides the schedule. */
export interface WorldOptions {
  readonly preVote: boolean;
  readonly checkQuorum: boolean;
  readonly asyncStorageWrites: boolean;
  readonly maxSizePerMsg: number;
  readonly maxInflightMsgs: number;
  readonly maxCommittedSizePerReady: number;
  readonly batchAppends: boolean;
  readonly lazyCommits: boolean;
}

export class World {
  /**
   * Some schedules are safe but may end in a group that elects nobody, for reasons that lie in the protocol: without
   * pre-vote and check-quorum a learner whose term ran ahead never gets to hear its leader; and when a group shrinks
   * fast, the ones removed may have the longest logs while the last voter does not know that they are gone. The other
   * half of the seeds avoids both and must make progress.
   */
  readonly expectsProgress: boolean;
  readonly checker = new Checker(START.index, START.confState);
  readonly #random: SeededRandom;
  readonly #options: WorldOptions;
  readonly #members: Member[] = [];
  #inFlight: Message[] = [];
  #isolated = new Set<number>();
  #faulty = true;
  #counter = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.expectsProgress = this.#random.chance(0.5);
    const preVote = this.#random.chance(0.5);
    const batchAppends = this.#random.chance(0.5);
    this.#options = {
      preVote,
      checkQuorum: this.expectsProgress && !preVote ? true : this.#random.chance(0.5),
      asyncStorageWrites: this.#random.chance(0.5),
      maxSizePerMsg: this.#random.pick([0, 40, 1_000_000]),
      maxInflightMsgs: this.#random.pick([1, 3, 256]),
      maxCommittedSizePerReady: this.#random.pick([1, 60, 1_000_000]),
      batchAppends,
      lazyCommits: batchAppends && this.#random.chance(0.5),
    };
    for (let id = 1; id <= NODES; id++) {
      const isFirst = FIRST_VOTERS.includes(id);
      const disk = new SimulatedDisk(isFirst ? START.confState : EMPTY_CONF_STATE);
      if (isFirst) disk.write({ term: 1, vote: 0, commit: START.index }, [], START, true);
      this.#members.push({ id, disk, node: this.#start(id, disk), appendWork: [], applyWork: [] });
    }
  }

  #start(id: number, disk: SimulatedDisk): RawNode {
    return new RawNode({
      ...this.#options,
      id,
      electionTick: 10,
      heartbeatTick: 2,
      storage: disk,
      applied: disk.applied,
      randomBelow: (bound) => this.#random.below(bound),
    });
  }

  /** One random event. */
  step(): void {
    const random = this.#random;
    const member = random.pick(this.#members);
    const dice = random.below(1000);
    if (dice < 90) member.node.tick();
    else if (dice < 420) this.#handleReady(member);
    else if (dice < 560) this.#work(member);
    else if (dice < 910) this.#deliverRandom();
    else if (dice < 930) member.node.announceCommit();
    else if (dice < 950) this.#propose(member);
    else if (dice < 965) this.#read(member);
    else if (dice < 977) this.#changeMembership();
    else if (dice < 983) this.#compact(member);
    else if (dice < 987) member.node.transferLeader(random.below(NODES) + 1);
    else if (dice < 991) this.#partition();
    else if (dice < 995) this.#crash(member);
    else member.node.reportUnreachable(random.below(NODES) + 1);
    for (const { id, node } of this.#members) if (node.isLeader) this.checker.leads(id, node.term, node.lastIndex);
  }

  checkLogs(): void {
    this.checker.logsMatch(this.#members.map(({ disk }) => disk));
  }

  /** Without faults all members must come to agree, and take another proposal. False when they do not in time. */
  heal(): boolean {
    this.#faulty = false;
    this.#isolated = new Set();
    const goal = { text: '', index: 0 };
    for (let round = 0; round < 400; round++) {
      for (const member of this.#currentMembers()) member.node.tick();
      for (let i = 0; i < 6; i++) this.#runAll();
      const leader = this.#currentMembers().find(({ node }) => node.isLeader);
      if (round < 60 || leader === undefined) continue;
      if (goal.text === '' && leader.node.propose(Buffer.from('last words')) === 'ok') {
        goal.text = 'last words';
        goal.index = leader.node.lastIndex;
      }
      if (goal.text !== '' && this.#currentMembers().every(({ disk }) => disk.applied >= goal.index)) return true;
    }
    return false;
  }

  #currentMembers(): readonly Member[] {
    const { voters, votersOutgoing, learners, learnersNext } = this.checker.confState;
    const ids = new Set([...voters, ...votersOutgoing, ...learners, ...learnersNext]);
    return this.#members.filter(({ id }) => ids.has(id));
  }

  #runAll(): void {
    for (const member of this.#members) {
      this.#handleReady(member);
      while (member.appendWork.length + member.applyWork.length > 0) this.#work(member);
    }
    const messages = this.#inFlight;
    this.#inFlight = [];
    for (const message of messages) this.#deliver(message);
  }

  #send(messages: readonly Message[]): void {
    for (const message of messages) {
      if (this.#inFlight.length < MAX_IN_FLIGHT) this.#inFlight.push(message);
      else this.#reportSnapshot(message, 'failed');
    }
  }

  #deliverRandom(): void {
    if (this.#inFlight.length === 0) return;
    const isOrdered = this.#random.chance(0.8);
    const at = isOrdered ? 0 : this.#random.below(this.#inFlight.length);
    const message = this.#inFlight[at]!;
    if (!this.#random.chance(0.05)) this.#inFlight.splice(at, 1);
    if (this.#random.chance(0.08)) this.#reportSnapshot(message, 'failed');
    else this.#deliver(message);
  }

  #deliver(message: Message): void {
    if (this.#isolated.has(message.from) !== this.#isolated.has(message.to)) {
      this.#reportSnapshot(message, 'failed');
      return;
    }
    const member = this.#members[message.to - 1]!;
    member.node.step(message);
    if (message.type === 'MsgSnap') {
      this.#handleReady(member);
      this.#reportSnapshot(message, 'finished');
    }
  }

  /** A host owes its node the fate of every snapshot, for until then it sends that follower nothing else. */
  #reportSnapshot({ type, from, to }: Message, outcome: 'finished' | 'failed'): void {
    if (type === 'MsgSnap') this.#members[from - 1]!.node.reportSnapshot(to, outcome);
  }

  #maybeCrash(member: Member, probability: number): boolean {
    const crashes = this.#faulty && this.#random.chance(probability);
    if (crashes) this.#crash(member);
    return crashes;
  }

  #crash(member: Member): void {
    if (this.#random.chance(0.5)) member.disk.loseUnsynced();
    member.appendWork = [];
    member.applyWork = [];
    member.node = this.#start(member.id, member.disk);
  }

  #handleReady(member: Member): void {
    if (!member.node.hasReady()) return;
    const ready = member.node.ready();
    for (const { index, requestContext } of ready.readStates) {
      this.checker.mayRead(member.id, Buffer.from(requestContext).toString(), index);
    }
    if (ready.snapshot !== undefined) {
      // The configuration is the snapshot's from here on, and what is queued to be applied is part of its state.
      for (const work of member.applyWork) this.#answer(member, work);
      member.applyWork = [];
    }
    member.appendWork.push(...ready.messages.filter(({ type }) => type === 'MsgStorageAppend'));
    member.applyWork.push(...ready.messages.filter(({ type }) => type === 'MsgStorageApply'));
    this.#send(ready.messages.filter(({ to }) => !isLocalTarget(to)));
    if (this.#options.asyncStorageWrites || this.#maybeCrash(member, 0.01)) return;
    member.disk.write(ready.hardState, ready.entries, ready.snapshot, ready.mustSync);
    if (ready.snapshot !== undefined) this.checker.restored(member.id, ready.snapshot.index, member.disk.digest);
    if (this.#maybeCrash(member, 0.01)) return;
    this.#send(ready.messagesAfterAppend);
    if (this.#apply(member, ready.committedEntries)) member.node.advance();
  }

  /** False when the node crashed on the way. */
  #apply(member: Member, entries: readonly Entry[]): boolean {
    for (const entry of entries) {
      if (this.#maybeCrash(member, 0.001)) return false;
      const change = decodeConfChange(entry);
      const confState = change === undefined ? undefined : member.node.applyConfChange(change);
      member.disk.apply(entry, confState);
      this.checker.applied(member.id, member.node.term, entry, member.disk.digest, member.disk.confState);
    }
    return true;
  }

  #work(member: Member): void {
    if (member.appendWork.length > 0 && (member.applyWork.length === 0 || this.#random.chance(0.5))) {
      const work = member.appendWork.shift()!;
      const { term, vote, commit, snapshot } = work;
      const hardState = term === 0 ? undefined : { term, vote, commit };
      member.disk.write(hardState, work.entries, snapshot, work.entries.length > 0 || work.responses.length > 0);
      if (snapshot !== undefined) this.checker.restored(member.id, snapshot.index, member.disk.digest);
      if (!this.#maybeCrash(member, 0.01)) this.#answer(member, work);
      return;
    }
    const work = member.applyWork.shift();
    if (work !== undefined && this.#apply(member, work.entries)) this.#answer(member, work);
  }

  #answer(member: Member, work: Message): void {
    for (const response of work.responses) {
      if (response.to === member.id) member.node.step(response);
      else this.#send([response]);
    }
  }

  #propose(member: Member): void {
    this.#counter += 1;
    member.node.propose(Buffer.from(`value ${this.#counter}`));
  }

  #read(member: Member): void {
    this.#counter += 1;
    const context = `read ${this.#counter}`;
    this.checker.asksToRead(context);
    member.node.readIndex(Buffer.from(context));
  }

  /** Only a leader knows the newest configuration, so only it is asked. */
  #changeMembership(): void {
    const node = this.#members.find((member) => member.node.isLeader)?.node;
    if (node === undefined || node.hasPendingConfChange) return;
    const { config } = node.status();
    const context = new Uint8Array(0);
    if (config.voters.outgoing.size > 0) {
      node.proposeConfChange({ kind: 'ConfChangeV2', transition: 'Auto', changes: [], context });
      return;
    }
    const transition = this.#random.pick<ConfChangeTransition>(['Auto', 'JointImplicit', 'JointExplicit']);
    const count = transition === 'Auto' ? 1 : 1 + this.#random.below(3);
    const voters = new Set(config.voters.incoming);
    const changes: ConfChangeSingle[] = [];
    for (let i = 0; i < count; i++) {
      const nodeId = this.#random.below(NODES) + 1;
      const type = this.#random.pick(['AddNode', 'AddNode', 'RemoveNode', 'AddLearnerNode'] as const);
      if (type === 'AddNode') voters.add(nodeId);
      else voters.delete(nodeId);
      changes.push({ type, nodeId });
    }
    if (this.#isAcceptable(config.voters.incoming, voters, node.id))
      node.proposeConfChange({ kind: 'ConfChangeV2', transition, changes, context });
  }

  #isAcceptable(before: ReadonlySet<number>, after: ReadonlySet<number>, leader: number): boolean {
    if (!this.expectsProgress) return after.size > 0;
    const removed = [...before].filter((id) => !after.has(id));
    return after.size >= 2 && after.has(leader) && removed.length <= 1;
  }

  #compact({ disk }: Member): void {
    disk.compact(Math.max(disk.applied - this.#random.below(5), 0));
  }

  #partition(): void {
    this.#isolated = new Set(this.#members.map(({ id }) => id).filter(() => this.#random.chance(0.3)));
  }
}
