/**
 * What must hold in every schedule (figure 3 of the Raft paper): election safety, log matching, leader completeness,
 * state machine safety; and linearizable reads. Throws at the first violation.
 */
import assert from 'node:assert/strict';
import type { ConfState, Entry } from '../../../raft/index.ts';
import type { SimulatedDisk } from './disk.ts';

interface Applied {
  readonly term: number;
  readonly digest: string;
  /** The lowest term in which some node knew the entry was committed. */
  knownInTerm: number;
}

export class Checker {
  readonly #leaders = new Map<number, number>();
  readonly #applied = new Map<number, Applied>();
  readonly #readBounds = new Map<string, number>();
  /** The highest index applied anywhere, and the configuration there. */
  highest = 0;
  confState: ConfState;
  readsServed = 0;

  constructor(start: number, confState: ConfState) {
    this.highest = start;
    this.confState = confState;
  }

  /** A node leads: no other one does in that term, and it has all that was committed in earlier terms. */
  leads(id: number, term: number, lastIndex: number): void {
    const other = this.#leaders.get(term);
    if (other !== undefined) {
      assert.equal(id, other, `${id} and ${other} both lead term ${term}`);
      return;
    }
    this.#leaders.set(term, id);
    for (const [index, { knownInTerm }] of this.#applied) {
      assert.ok(knownInTerm >= term || index <= lastIndex, `${id} leads term ${term} without committed entry ${index}`);
    }
  }

  /** A node in `term` applied an entry, after which its state has `digest`. */
  applied(id: number, term: number, entry: Entry, digest: string, confState: ConfState): void {
    const known = this.#applied.get(entry.index);
    if (known === undefined) {
      assert.equal(entry.index, this.highest + 1, `${id} applied ${entry.index} when ${this.highest} was the highest`);
      this.#applied.set(entry.index, { term: entry.term, digest, knownInTerm: term });
      this.highest = entry.index;
      this.confState = confState;
      return;
    }
    assert.equal(entry.term, known.term, `${id} applied another entry at ${entry.index}`);
    assert.equal(digest, known.digest, `${id} has another state at ${entry.index}`);
    known.knownInTerm = Math.min(known.knownInTerm, term);
  }

  /** A node took over a snapshot. */
  restored(id: number, index: number, digest: string): void {
    const known = this.#applied.get(index);
    if (known !== undefined) assert.equal(digest, known.digest, `${id} restored another state at ${index}`);
  }

  asksToRead(context: string): void {
    this.#readBounds.set(context, this.highest);
  }

  mayRead(id: number, context: string, index: number): void {
    const bound = this.#readBounds.get(context);
    assert.ok(bound !== undefined, `${id} was given a read nobody asked for`);
    assert.ok(index >= bound, `${id} would read at ${index}, but ${bound} was applied before it asked`);
    this.readsServed += 1;
  }

  /** Where two logs agree on a term they agree on everything before it. */
  logsMatch(disks: readonly SimulatedDisk[]): void {
    for (const [i, a] of disks.entries()) {
      for (const b of disks.slice(i + 1)) this.#pairMatches(a, b);
    }
  }

  #pairMatches(a: SimulatedDisk, b: SimulatedDisk): void {
    const first = Math.max(a.firstIndex(), b.firstIndex());
    let agreed = false;
    for (let index = Math.min(a.lastIndex(), b.lastIndex()); index >= first; index--) {
      const same = a.term(index) === b.term(index);
      assert.ok(same || !agreed, `logs differ at ${index} below an entry they share`);
      agreed = agreed || same;
    }
  }
}
