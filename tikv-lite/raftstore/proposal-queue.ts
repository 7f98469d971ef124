/** Proposals of one region between `propose` and their answer, first in first out, with the sum of them. */

import type { RegionCommand } from './command-codec.ts';
import type { ProposalSum } from './flow-control.ts';
import type { RegionError } from './region-kv.ts';

export interface Proposal {
  /** The entry's contents, or the context of its conf change. */
  readonly data: Uint8Array;
  /** Where it stands in the log, once it does: with the term the entry by which a proposal is recognised. */
  index: number;
  term: number;
  /** Completed where it is handed to raft, for what only shows there. */
  command: RegionCommand;
  readonly onApplied: (() => void) | undefined;
  readonly resolve: () => void;
  readonly reject: (error: RegionError) => void;
}

const COMPACT_AFTER = 1024;

export class ProposalQueue {
  readonly #sum: ProposalSum;
  #items: Proposal[] = [];
  #head = 0;

  constructor(sum: ProposalSum) {
    this.#sum = sum;
  }

  get length(): number {
    return this.#items.length - this.#head;
  }

  get first(): Proposal | undefined {
    return this.#items[this.#head];
  }

  push(proposal: Proposal): void {
    this.#items.push(proposal);
    this.#sum.add(proposal.data.byteLength);
  }

  shift(): Proposal | undefined {
    const proposal = this.#items[this.#head];
    if (proposal === undefined) return undefined;
    this.#sum.remove(proposal.data.byteLength);
    this.#head++;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head >= COMPACT_AFTER) {
      this.#items.splice(0, this.#head);
      this.#head = 0;
    }
    return proposal;
  }

  takeAll(count = Number.POSITIVE_INFINITY): readonly Proposal[] {
    const taken: Proposal[] = [];
    for (let one = this.first; one !== undefined && taken.length < count; one = this.first) {
      taken.push(one);
      this.shift();
    }
    return taken;
  }
}
