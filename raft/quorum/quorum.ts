/**
 * The arithmetic of majorities and of joint pairs of them (Ongaro's dissertation, section 4.3). An empty majority
 * agrees to everything, which makes a configuration that is not joint the special case of an empty outgoing half.
 */
export type VoterSet = ReadonlySet<number>;

/** Two majorities: decisions need both. `outgoing` is empty unless the configuration is joint. */
export interface JointConfig {
  readonly incoming: VoterSet;
  readonly outgoing: VoterSet;
}

export type VoteResult = 'VotePending' | 'VoteLost' | 'VoteWon';

/** The commit index of an empty majority: no bound at all. */
const COMMITS_EVERYTHING = Number.POSITIVE_INFINITY;

/** The highest index a voter is known to have, undefined when nothing is known. */
export type AckedIndex = (id: number) => number | undefined;

/** The largest index that a majority of `voters` has acknowledged. */
export function majorityCommittedIndex(voters: VoterSet, acked: AckedIndex): number {
  if (voters.size === 0) return COMMITS_EVERYTHING;
  if (voters.size === 1) {
    for (const id of voters) return acked(id) ?? 0;
  }
  const indexes: number[] = [];
  for (const id of voters) indexes.push(acked(id) ?? 0);
  indexes.sort((a, b) => a - b);
  return indexes[indexes.length - (Math.floor(indexes.length / 2) + 1)]!;
}

export function jointCommittedIndex(config: JointConfig, acked: AckedIndex): number {
  const incoming = majorityCommittedIndex(config.incoming, acked);
  if (config.outgoing.size === 0) return incoming;
  return Math.min(incoming, majorityCommittedIndex(config.outgoing, acked));
}

/** Whether the votes (true for yes) decide the election already. */
export function majorityVoteResult(voters: VoterSet, votes: ReadonlyMap<number, boolean>): VoteResult {
  if (voters.size === 0) return 'VoteWon';
  let granted = 0;
  let missing = 0;
  for (const id of voters) {
    const vote = votes.get(id);
    if (vote === undefined) missing += 1;
    else if (vote) granted += 1;
  }
  const needed = Math.floor(voters.size / 2) + 1;
  if (granted >= needed) return 'VoteWon';
  return granted + missing >= needed ? 'VotePending' : 'VoteLost';
}

export function jointVoteResult(config: JointConfig, votes: ReadonlyMap<number, boolean>): VoteResult {
  const incoming = majorityVoteResult(config.incoming, votes);
  const outgoing = majorityVoteResult(config.outgoing, votes);
  if (incoming === outgoing) return incoming;
  return incoming === 'VoteLost' || outgoing === 'VoteLost' ? 'VoteLost' : 'VotePending';
}

/** All voters of both halves, ascending. */
export function jointIds(config: JointConfig): readonly number[] {
  return [...new Set([...config.incoming, ...config.outgoing])].sort((a, b) => a - b);
}

export function isVoter(config: JointConfig, id: number): boolean {
  return config.incoming.has(id) || config.outgoing.has(id);
}
