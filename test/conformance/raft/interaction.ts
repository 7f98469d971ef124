/** The interaction/ cases: one cluster per file, moved by directives. */
import {
  type ConfChange,
  type ConfChangeTransition,
  type ConfChangeV2,
  EMPTY_SNAPSHOT,
  parseConfChanges,
  type Snapshot,
} from '../../../raft/index.ts';
import { Cluster, type NodeSettings } from './cluster.ts';
import { type Level, levelOf } from './output.ts';
import { type Argument, type Case, positional, valuesOf } from './script.ts';

const TRANSITIONS: Readonly<Record<string, ConfChangeTransition>> = {
  auto: 'Auto',
  implicit: 'JointImplicit',
  explicit: 'JointExplicit',
};

/** Deterministic and different from call to call, so that two nodes do not time out together for ever. */
function steppingRandom(): (bound: number) => number {
  let calls = 0;
  return (bound) => {
    calls += 1;
    return (calls * 7 + Math.floor(calls / 3)) % bound;
  };
}

/** As Go's strconv.ParseBool. */
function flag(args: readonly Argument[], key: string): boolean {
  const value = valuesOf(args, key)[0];
  if (value === undefined || /^(0|f|F|false|FALSE|False)$/.test(value)) return false;
  if (/^(1|t|T|true|TRUE|True)$/.test(value)) return true;
  throw new Error(`strconv.ParseBool: parsing "${value}": invalid syntax`);
}

function numberOf(args: readonly Argument[], key: string): number | undefined {
  const value = valuesOf(args, key)[0];
  return value === undefined ? undefined : Number(value);
}

function idsOf(args: readonly Argument[]): readonly number[] {
  return positional(args).map(Number);
}

function firstId(args: readonly Argument[]): number {
  const id = idsOf(args)[0];
  if (id === undefined || !Number.isInteger(id)) throw new Error('the directive needs a node id');
  return id;
}

/** Numbers among a node's settings. Beside upstream's, all bounds that a Config has. */
const NUMBER_SETTINGS = {
  inflight: 'maxInflightMsgs',
  'max-inflight-bytes': 'maxInflightBytes',
  'max-size-per-msg': 'maxSizePerMsg',
  'max-committed-size-per-ready': 'maxCommittedSizePerReady',
  'max-uncommitted-entries-size': 'maxUncommittedEntriesSize',
} as const satisfies Readonly<Record<string, keyof NodeSettings>>;

function readOnlyOption(args: readonly Argument[]): 'safe' | 'leaseBased' {
  const value = valuesOf(args, 'read-only')[0] ?? 'safe';
  if (value === 'safe') return 'safe';
  if (value === 'lease-based') return 'leaseBased';
  throw new Error(`invalid read-only option "${value}"`);
}

function settingsOf(args: readonly Argument[]): NodeSettings {
  const numbers: Record<string, number> = {};
  for (const [key, setting] of Object.entries(NUMBER_SETTINGS)) {
    const value = numberOf(args, key);
    if (value !== undefined) numbers[setting] = value;
  }
  return {
    ...numbers,
    asyncStorageWrites: flag(args, 'async-storage-writes'),
    preVote: flag(args, 'prevote'),
    checkQuorum: flag(args, 'checkquorum'),
    disableConfChangeValidation: flag(args, 'disable-conf-change-validation'),
    stepDownOnRemoval: flag(args, 'step-down-on-removal'),
    readOnlyOption: readOnlyOption(args),
  };
}

function addNodes(cluster: Cluster, args: readonly Argument[]): void {
  const index = numberOf(args, 'index') ?? 0;
  const voters = valuesOf(args, 'voters').map(Number);
  const learners = valuesOf(args, 'learners').map(Number);
  const content = valuesOf(args, 'content')[0] ?? '';
  const isBootstrap = index > 0 || voters.length > 0 || learners.length > 0 || content !== '';
  if (isBootstrap && index <= 1) throw new Error('index must be specified as > 1 due to bootstrap');
  const snapshot: Snapshot = {
    ...EMPTY_SNAPSHOT,
    index,
    term: isBootstrap ? 1 : 0,
    confState: { ...EMPTY_SNAPSHOT.confState, voters, learners },
    data: Buffer.from(content),
  };
  cluster.addNodes(firstId(args), snapshot, settingsOf(args));
}

function deliver(cluster: Cluster, args: readonly Argument[]): void {
  const type = valuesOf(args, 'type')[0];
  let count = 0;
  for (const argument of args) {
    if (argument.isPositional) count += cluster.deliver(Number(argument.key), false, type);
    else if (argument.key === 'drop')
      for (const id of argument.values) count += cluster.deliver(Number(id), true, type);
  }
  if (count === 0) cluster.output.write('no messages\n');
}

/** One node's output stands alone, that of several under a heading each. */
function forEachNode(cluster: Cluster, args: readonly Argument[], what: string, run: (id: number) => void): void {
  const ids = idsOf(args);
  for (const id of ids) {
    if (ids.length === 1) {
      run(id);
    } else {
      cluster.output.write(`> ${id} ${what}\n`);
      cluster.output.indented(() => run(id));
    }
  }
}

function proposeConfChange(cluster: Cluster, args: readonly Argument[], input: string): void {
  const changes = parseConfChanges(input);
  if ('unknown' in changes) throw new Error(`unknown input: ${changes.unknown}`);
  const wanted = valuesOf(args, 'transition')[0] ?? 'auto';
  const transition = TRANSITIONS[wanted];
  if (transition === undefined) throw new Error(`unknown transition ${wanted}`);
  const context = new Uint8Array(0);
  let change: ConfChange | ConfChangeV2 = { kind: 'ConfChangeV2', transition, changes, context };
  if (flag(args, 'v1')) {
    const [single] = changes;
    if (single === undefined || changes.length > 1 || transition !== 'Auto') {
      throw new Error('v1 conf change can only have one operation and no transition');
    }
    change = { kind: 'ConfChange', ...single, context };
  }
  cluster.proposeConfChange(firstId(args), change);
}

function stabilize(cluster: Cluster, args: readonly Argument[]): void {
  const { output } = cluster;
  const before = output.level;
  const wanted = valuesOf(args, 'log-level')[0];
  if (wanted !== undefined) output.level = requireLevel(wanted);
  const ids = idsOf(args);
  try {
    cluster.stabilize(ids.length === 0 ? cluster.ids : ids);
  } finally {
    output.level = before;
  }
}

function requireLevel(name: string): Level {
  const level = levelOf(name);
  if (level === undefined) throw new Error('log levels must be either of [DEBUG INFO WARN ERROR FATAL NONE]');
  return level;
}

function reportUnreachable(cluster: Cluster, args: readonly Argument[]): void {
  const [reporter, reported, ...rest] = idsOf(args);
  if (reporter === undefined || reported === undefined || rest.length > 0) {
    throw new Error('must specify exactly two node indexes: node on which to report, and reported node');
  }
  cluster.node(reporter).reportUnreachable(reported);
}

type Handler = (cluster: Cluster, one: Case) => void;

const HANDLERS: Readonly<Record<string, Handler>> = {
  _breakpoint: () => undefined,
  'add-nodes': (cluster, { args }) => addNodes(cluster, args),
  campaign: (cluster, { args }) => cluster.node(firstId(args)).campaign(),
  compact: (cluster, { args }) => cluster.compact(firstId(args), idsOf(args)[1] ?? 0),
  'deliver-msgs': (cluster, { args }) => deliver(cluster, args),
  'process-ready': (cluster, { args }) =>
    forEachNode(cluster, args, 'handling Ready', (id) => cluster.processReady(id)),
  'process-append-thread': (cluster, { args }) =>
    forEachNode(cluster, args, 'processing append thread', (id) => cluster.processAppendThread(id)),
  'process-apply-thread': (cluster, { args }) =>
    forEachNode(cluster, args, 'processing apply thread', (id) => cluster.processApplyThread(id)),
  'log-level': (cluster, { args }) => {
    cluster.output.level = requireLevel(args[0]?.key ?? '');
  },
  'raft-log': (cluster, { args }) => cluster.showLog(firstId(args)),
  'raft-state': (cluster) => cluster.showRaftState(),
  'set-randomized-election-timeout': (cluster, { args }) =>
    cluster.node(firstId(args)).setRandomizedElectionTimeout(numberOf(args, 'timeout') ?? 0),
  stabilize: (cluster, { args }) => stabilize(cluster, args),
  status: (cluster, { args }) => cluster.showStatus(firstId(args)),
  'tick-election': (cluster, { args }) => cluster.tick(firstId(args), 'election'),
  'tick-heartbeat': (cluster, { args }) => cluster.tick(firstId(args), 'heartbeat'),
  'transfer-leadership': (cluster, { args }) =>
    cluster.node(numberOf(args, 'from') ?? 0).transferLeader(numberOf(args, 'to') ?? 0),
  'forget-leader': (cluster, { args }) => cluster.node(firstId(args)).forgetLeader(),
  'send-snapshot': (cluster, { args }) => cluster.sendSnapshot(firstId(args), idsOf(args)[1] ?? 0),
  propose: (cluster, { args }) =>
    cluster.report(cluster.node(firstId(args)).propose(Buffer.from(positional(args)[1] ?? ''))),
  'propose-conf-change': (cluster, { args, input }) => proposeConfChange(cluster, args, input),
  'report-unreachable': (cluster, { args }) => reportUnreachable(cluster, args),
};

/** A function that runs one case after the other on one cluster. */
export function interactionRunner(): (one: Case) => string {
  const cluster = new Cluster(steppingRandom());
  return (one) => {
    const handler = HANDLERS[one.command];
    if (handler === undefined) return 'unknown command\n';
    try {
      handler(cluster, one);
    } catch (error) {
      return `${cluster.output.take()}${error instanceof Error ? error.message : String(error)}\n`;
    }
    const text = cluster.output.take();
    return text === '' ? 'ok\n' : text;
  };
}
