/**
 * What one turn of the store applies: the writes of all regions, which go to the engine in one call, and the effects that
 * follow once they are visible, in log order.
 */

import type { KeyRange } from '../../base/index.ts';
import type { WriteOperation } from '../kv/kv-engine.ts';

export class ApplyBatch {
  readonly operations: WriteOperation[] = [];
  readonly effects: (() => void)[] = [];
  readonly destroyedRanges: { readonly range: KeyRange; readonly done: (error: unknown) => void }[] = [];

  get isEmpty(): boolean {
    return this.effects.length === 0 && this.operations.length === 0 && this.destroyedRanges.length === 0;
  }
}
