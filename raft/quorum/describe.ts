/** Pictures of quorums for people: `(1 2)&&(3)` and a bar per voter that shows how far its log reaches. */
import { type AckedIndex, type JointConfig, jointIds, type VoterSet } from './quorum.ts';

export function describeVoters(voters: VoterSet): string {
  return `(${[...voters].sort((a, b) => a - b).join(' ')})`;
}

export function describeJoint(config: JointConfig): string {
  const incoming = describeVoters(config.incoming);
  return config.outgoing.size === 0 ? incoming : `${incoming}&&${describeVoters(config.outgoing)}`;
}

/** A line per voter: the longer its bar the larger its index among the voters, `?` when nothing is known. */
export function describeProgressBars(config: JointConfig, acked: AckedIndex): string {
  const ids = jointIds(config);
  if (ids.length === 0) return '<empty majority quorum>';
  const rows = ids.map((id) => ({ id, index: acked(id), bar: 0 }));
  const ascending = [...rows].sort((a, b) => (a.index ?? 0) - (b.index ?? 0) || a.id - b.id);
  ascending.forEach((row, rank) => {
    const below = ascending[rank - 1];
    if (below === undefined) return;
    row.bar = (below.index ?? 0) < (row.index ?? 0) ? rank : below.bar;
  });
  const width = rows.length;
  const lines = rows.map(({ id, index, bar }) => {
    const drawn = index === undefined ? '?'.padEnd(width + 1) : `${'x'.repeat(bar)}>`.padEnd(width + 1);
    return `${drawn} ${String(index ?? 0).padStart(5)}    (id=${id})\n`;
  });
  return `${' '.repeat(width)}    idx\n${lines.join('')}`;
}
