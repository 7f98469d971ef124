/** One coprocessor call to a region, and its answer: plain data, whatever transport carries it. */

import type { KeyRange, Ts } from '../../base/index.ts';
import type { Batch, Datum, EvaluationContext, SqlError, SqlMode, SqlWarning, TimeZone } from '../../engine/index.ts';
import type { ReadTs } from '../mvcc/read.ts';
import type { DagRequest } from './dag.ts';

export interface CoprocessorRequest {
  readonly dag: DagRequest;
  /** Of user keys: ascending, disjoint, inside the region. A reversed scan takes them from the last one down. */
  readonly ranges: readonly KeyRange[];
  readonly at: ReadTs;
  /** Transactions whose locks are read past. */
  readonly bypass: ReadonlySet<Ts> | undefined;
  /** Values of the DAG's parameters by index. */
  readonly parameters: readonly Datum[];
  readonly settings: DagSettings;
  /** The reply may end after so many rows of the scan, or before, and tells the rest; infinite: it covers all. */
  readonly pageRows: number;
}

/** What expressions need to know of the session. */
export interface DagSettings {
  readonly sqlMode: SqlMode;
  readonly timeZone: TimeZone;
  readonly statementKind: EvaluationContext['statementKind'];
  readonly ignoreErrors: boolean;
  readonly maxAllowedPacket: number;
}

export type CoprocessorReply =
  | {
      readonly kind: 'rows';
      readonly batches: readonly Batch[];
      readonly warnings: readonly SqlWarning[];
      /** What of the ranges has not been looked at; empty at the end. */
      readonly rest: readonly KeyRange[];
    }
  /** A row could not be computed. */
  | { readonly kind: 'failed'; readonly error: SqlError; readonly warnings: readonly SqlWarning[] };
