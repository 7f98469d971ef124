/**
 * The longer log lines of the protocol, worded as etcd-io/raft words them: golden files and people who know one know the
 * other. Pure functions, so that no text is built when nobody listens.
 */
import type { EntryId } from './log/raft-log.ts';
import type { Message, Snapshot } from './message.ts';
import type { Progress } from './tracker/progress.ts';

/** Node ids in log lines are hexadecimal. */
export function hex(id: number): string {
  return id.toString(16);
}

export function higherTermLine(me: string, term: number, { type, from, term: theirs }: Message): string {
  return `${me} [term: ${term}] received a ${type} message with higher term from ${hex(from)} [term: ${theirs}]`;
}

export function lowerTermLine(me: string, term: number, { type, from, term: theirs }: Message): string {
  return `${me} [term: ${term}] ignored a ${type} message with lower term from ${hex(from)} [term: ${theirs}]`;
}

export function staleAppendLine(me: string, term: number, { type, term: theirs }: Message): string {
  return `${me} [term: ${term}] ignored entry appends from a ${type} message with lower term [term: ${theirs}]`;
}

/** The state of a voter as vote lines show it. */
export interface VoterView {
  readonly me: string;
  readonly last: EntryId;
  readonly vote: number;
  readonly term: number;
}

export function voteLine(voter: VoterView, verb: 'cast' | 'rejected' | 'ignored', request: Message): string {
  const { type, from, logTerm, index } = request;
  return (
    `${voter.me} [logterm: ${voter.last.term}, index: ${voter.last.index}, vote: ${hex(voter.vote)}] ${verb} ${type} ` +
    `${verb === 'cast' ? 'for' : 'from'} ${hex(from)} [logterm: ${logTerm}, index: ${index}] at term ${voter.term}`
  );
}

export function voteRequestLine(me: string, last: EntryId, request: string, to: number, term: number): string {
  return `${me} [logterm: ${last.term}, index: ${last.index}] sent ${request} request to ${hex(to)} at term ${term}`;
}

export function rejectedAppendLine(me: string, ourTerm: number, { logTerm, index, from }: Message): string {
  const ours = `[logterm: ${ourTerm}, index: ${index}]`;
  return `${me} ${ours} rejected MsgApp [logterm: ${logTerm}, index: ${index}] from ${hex(from)}`;
}

export function rejectionLine(me: string, { rejectHint, logTerm, from, index }: Message): string {
  const hint = `(index ${rejectHint}, term ${logTerm})`;
  return `${me} received MsgAppResp(rejected, hint: ${hint}) from ${hex(from)} for index ${index}`;
}

/** `state` is what of our own log the line shows, `commit: 7` for instance. */
export function snapshotLine(me: string, state: string, verb: string, { index, term }: Snapshot): string {
  return `${me} [${state}] ${verb} snapshot [index: ${index}, term: ${term}]`;
}

export function sentSnapshotLine(
  me: string,
  state: string,
  { index, term }: Snapshot,
  to: number,
  progress: Progress,
): string {
  return `${me} [${state}] sent snapshot[index: ${index}, term: ${term}] to ${hex(to)} [${progress}]`;
}

export function resumedLine(me: string, why: string, to: number, progress: Progress): string {
  return `${me} ${why}, resumed sending replication messages to ${hex(to)} [${progress}]`;
}
