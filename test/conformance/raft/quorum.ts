/** The quorum/ cases: `committed` and `vote` over a majority (cfg) or a joint pair (cfg, cfgj). */
import {
  describeProgressBars,
  type JointConfig,
  jointCommittedIndex,
  jointIds,
  jointVoteResult,
  majorityCommittedIndex,
  majorityVoteResult,
} from '../../../raft/index.ts';
import { type Case, valuesOf } from './script.ts';

/** The n-th value belongs to the n-th distinct voter in the order (cfg, cfgj); `_` is a voter of whom nothing is known. */
function assign(ids: readonly number[], values: readonly string[]): ReadonlyMap<number, string> {
  const known = new Map<number, string>();
  [...new Set(ids)].forEach((id, i) => {
    const value = values[i];
    if (value !== undefined && value !== '_') known.set(id, value);
  });
  return known;
}

function showIndex(index: number): string {
  return index === Number.POSITIVE_INFINITY ? '∞' : String(index);
}

function committed(config: JointConfig, known: ReadonlyMap<number, string>): string {
  const acked = (id: number): number | undefined => (known.has(id) ? Number(known.get(id)) : undefined);
  const index = jointCommittedIndex(config, acked);
  const turned = jointCommittedIndex({ incoming: config.outgoing, outgoing: config.incoming }, acked);
  let text = `${describeProgressBars(config, acked)}${showIndex(index)}\n`;
  if (turned !== index) text += `${showIndex(turned)} <-- via symmetry\n`;
  if (config.outgoing.size === 0 && majorityCommittedIndex(config.incoming, acked) !== index) {
    text += `${showIndex(majorityCommittedIndex(config.incoming, acked))} <-- via the majority alone\n`;
  }
  return text;
}

function vote(config: JointConfig, known: ReadonlyMap<number, string>): string {
  const votes = new Map([...known].map(([id, value]) => [id, value === 'y'] as const));
  const result = jointVoteResult(config, votes);
  const turned = jointVoteResult({ incoming: config.outgoing, outgoing: config.incoming }, votes);
  let text = `${result}\n`;
  if (turned !== result) text += `${turned} <-- via symmetry\n`;
  if (config.outgoing.size === 0 && majorityVoteResult(config.incoming, votes) !== result) {
    text += `${majorityVoteResult(config.incoming, votes)} <-- via the majority alone\n`;
  }
  return text;
}

/** How values look in the text of a mismatch: a vote counts 2 when granted, and 0 stands for what is not known. */
const MISMATCHED: Readonly<Record<string, string>> = { _: '0', n: '1', y: '2' };

export function runQuorumCase({ command, args }: Case): string {
  const ids = valuesOf(args, 'cfg').map(Number);
  const idsj = valuesOf(args, 'cfgj')
    .filter((value) => value !== 'zero')
    .map(Number);
  const config: JointConfig = { incoming: new Set(ids), outgoing: new Set(idsj) };
  const values = valuesOf(args, command === 'vote' ? 'votes' : 'idx');
  const voters = jointIds(config);
  if (voters.length !== values.length) {
    const shown = values.map((value) => MISMATCHED[value] ?? value);
    return `error: mismatched input (explicit or _) for voters [${voters.join(' ')}]: [${shown.join(' ')}]\n`;
  }
  const known = assign([...ids, ...idsj], values);
  if (command === 'committed') return committed(config, known);
  return command === 'vote' ? vote(config, known) : `unknown command: ${command}\n`;
}
