/**
 * What Raft promises, as seen from outside the nodes: one leader per term; logs agree wherever they are applied; a leader
 * has every entry that was applied anywhere; replicas at the same applied index hold the same bytes.
 */

import type { RegionMessage } from '../../../tikv-lite/index.ts';
import { check } from '../support/outcome.ts';
import type { Node } from './node.ts';

export class RaftChecks {
  readonly #nodes: readonly Node[];
  readonly #failed: (error: unknown) => void;
  readonly #leaders = new Map<number, number>();
  /** The term of every entry that some replica applied. */
  readonly #appliedTerms: (number | undefined)[] = [];

  constructor(nodes: readonly Node[], failed: (error: unknown) => void) {
    this.#nodes = nodes;
    this.#failed = failed;
  }

  sent({ message, from }: RegionMessage): void {
    const { peerId: fromPeer, storeId: fromStore } = from;
    if (message === undefined) return;
    if (message.type !== 'MsgApp' && message.type !== 'MsgHeartbeat') return;
    try {
      const known = this.#leaders.get(message.term);
      check(
        known === undefined || known === fromPeer,
        () => `term ${message.term} has two leaders: ${known}, ${fromPeer}`,
      );
      this.#leaders.set(message.term, fromPeer);
      if (known === undefined) this.#checkCompleteness(fromStore, message.term);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Throws CheckFailed. Call it often: it looks at what is there now. */
  look(): void {
    const contents = new Map<number, { readonly node: Node; readonly text: string }>();
    for (const node of this.#nodes) {
      const index = node.settledIndex;
      if (index === undefined) continue;
      this.#checkApplied(node, index);
      const other = contents.get(index);
      const text = node.contents();
      check(
        other === undefined || other.text === text,
        () => `stores ${other?.node.storeId} and ${node.storeId} differ at applied index ${index}`,
      );
      contents.set(index, { node, text });
    }
  }

  #checkApplied(node: Node, index: number): void {
    for (let at = index; at > 0; at--) {
      const term = node.termAt(at);
      if (term === undefined) break;
      const known = this.#appliedTerms[at];
      check(known === undefined || known === term, () => `entry ${at} was applied in term ${known} and in ${term}`);
      this.#appliedTerms[at] = term;
    }
  }

  #checkCompleteness(storeId: number, term: number): void {
    const leader = this.#nodes.find((node) => node.storeId === storeId);
    for (const [index, applied] of this.#appliedTerms.entries()) {
      if (applied === undefined) continue;
      const own = leader?.termAt(index);
      check(
        own === applied,
        () => `the leader of term ${term} has entry ${index} of term ${own}, applied was ${applied}`,
      );
    }
  }
}
