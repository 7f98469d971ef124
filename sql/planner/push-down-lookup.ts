/**
 * Readers of an index that leads to records: conditions over what the entries hold are computed over the index, the others
 * and what is projected over the records. Both halves end with the handle, which says where a row belongs in the order of
 * the index; so only what is computed row by row goes to the records.
 */

import type { ColumnExpression, Expression, FieldType } from '../../engine/index.ts';
import type { DagExecutor, DagLimit, DagRequest } from '../../tikv-lite/index.ts';
import { heldColumns } from './access-path.ts';
import { forEachColumn, rewrite } from './expressions.ts';
import type { PhysicalLookup, PhysicalPlan, PhysicalReader, PhysicalScan } from './physical-plan.ts';

export interface LookupReader extends PhysicalReader {
  readonly lookup: PhysicalLookup;
}

/** Where the handle of a table without a common handle is: its primary key column, or the hidden row id. */
function handleOffset({ table }: PhysicalScan): number {
  if (!table.pkIsHandle) return -1;
  return table.indexes.find((index) => index.primary)?.columns[0]?.columnOffset ?? -1;
}

/** A reader of records as one of index entries and the records they lead to. `rowIdType`: of the hidden row id. */
export function lookupReader(reader: PhysicalReader, rowIdType: FieldType): LookupReader {
  const { scan } = reader;
  const { table, offsets, columns } = scan;
  const handle = handleOffset(scan);
  const handleType = table.columns[handle]?.type ?? rowIdType;
  const types = [...columns.map(({ type }) => type), handleType];
  const dag: DagRequest = {
    scan: { table, index: undefined, offsets: [...offsets, handle], types, reverse: false },
    executors: [],
  };
  return { ...reader, dag, lookup: indexHalf(scan, handleType, [], undefined) };
}

function indexHalf(
  scan: PhysicalScan,
  handleType: FieldType,
  conditions: readonly Expression[],
  limit: DagLimit | undefined,
): PhysicalLookup {
  const { table, index, reverse } = scan;
  const wanted = new Map<number, number>();
  for (const condition of conditions) {
    forEachColumn(condition, ({ index: at }) => {
      if (!wanted.has(at)) wanted.set(at, wanted.size);
    });
  }
  const moved = conditions.map((condition) =>
    rewrite(condition, (node) => {
      return node.kind === 'column' ? { ...node, index: wanted.get(node.index) ?? 0 } : undefined;
    }),
  );
  const positions = [...wanted.keys()];
  const offsets = [...positions.map((at) => scan.offsets[at] ?? -1), handleOffset(scan)];
  const types = [...positions.map((at) => scan.columns[at]?.type ?? handleType), handleType];
  const selection: DagExecutor[] = moved.length === 0 ? [] : [{ kind: 'selection', conditions: moved }];
  const executors = limit === undefined ? selection : [...selection, limit];
  return { conditions, limit, dag: { scan: { table, index, offsets, types, reverse }, executors } };
}

function handleTypeOf({ dag }: PhysicalReader): FieldType {
  return dag.scan.types.at(-1) as FieldType;
}

export function isLookup(plan: PhysicalPlan): plan is LookupReader {
  return plan.kind === 'reader' && plan.lookup !== undefined;
}

/** Whether the entries of the index hold what the condition needs. */
export function isForIndex(reader: PhysicalReader, condition: Expression): boolean {
  const { scan, dag } = reader;
  if (scan.index === undefined || reader.lookup === undefined) return false;
  if (dag.executors.some(({ kind }) => kind === 'projection')) return false;
  const held = heldColumns(scan.table, scan.index);
  let isHeld = true;
  forEachColumn(condition, ({ index }) => {
    if (!held.has(scan.offsets[index] ?? Number.NaN)) isHeld = false;
  });
  return isHeld;
}

/** The reader with more conditions on the index half. */
export function withConditions(
  reader: PhysicalReader,
  conditions: readonly Expression[],
  options: { readonly rows: number; readonly computed: PhysicalReader['computed'] },
): PhysicalReader {
  const all = [...(reader.lookup?.conditions ?? []), ...conditions];
  return {
    ...reader,
    lookup: indexHalf(reader.scan, handleTypeOf(reader), all, undefined),
    estimatedRows: options.rows,
    computed: [...reader.computed, ...options.computed],
  };
}

/** Entries beyond a limit need not be read, when every entry becomes a row. */
export function withLimit(reader: LookupReader, limit: DagLimit): PhysicalReader {
  if (reader.dag.executors.some(({ kind }) => kind === 'selection')) return reader;
  return { ...reader, lookup: indexHalf(reader.scan, handleTypeOf(reader), reader.lookup.conditions, limit) };
}

/** The handle, behind the columns of the reader. */
export function handleColumn(reader: PhysicalReader): ColumnExpression {
  return { kind: 'column', index: reader.columns.length, type: handleTypeOf(reader), name: 'handle' };
}
