/**
 * Moves work to the stores: the conditions, computed columns, partial aggregates, orders with a limit, and limits above a
 * scan become parts of what the stores compute over their rows. What merges their answers stays above the reader, so the
 * rows, their order and their types are those of the plan without it.
 *
 * Runs over finished physical plans: columns are positions, free columns are parameters. A part that cannot be computed on a
 * store (`isPushable`) stays where it is, and so does everything above it; a part without columns is computed here, once
 * per execution, and handed over as a parameter.
 */

import {
  type AggregateDescriptor,
  type ColumnExpression,
  type Expression,
  splitAggregate,
} from '../../engine/index.ts';
import { type DagExecutor, type DagRequest, isPushable, isPushableAggregate } from '../../tikv-lite/index.ts';
import type { BindContext } from './bind-context.ts';
import { isExecutionConstant } from './expressions.ts';
import type { PlanColumn, SortItem } from './logical-plan.ts';
import type {
  PhysicalAggregate,
  PhysicalDistinct,
  PhysicalPlan,
  PhysicalReader,
  PhysicalScan,
} from './physical-plan.ts';
import { handleColumn, isForIndex, isLookup, lookupReader, withConditions, withLimit } from './push-down-lookup.ts';

/** Branches of these may never be taken: what they hold is not computed beforehand. */
const BRANCHING: ReadonlySet<string> = new Set(['if', 'case', 'ifnull', 'coalesce', 'nullif']);
const CONDITION_SHARE = 0.5;

/** The rule for the plans of one statement; a plan that is used in several places stays shared. */
export function pushDown(context: BindContext): (plan: PhysicalPlan) => PhysicalPlan {
  const rule = new PushDown(context);
  return (plan) => settled(rule.place(plan));
}

class PushDown {
  readonly #context: BindContext;
  readonly #placed = new Map<PhysicalPlan, PhysicalPlan>();

  constructor(context: BindContext) {
    this.#context = context;
  }

  readonly place = (plan: PhysicalPlan): PhysicalPlan => {
    let placed = this.#placed.get(plan);
    if (placed === undefined) {
      placed = this.#place(plan);
      this.#placed.set(plan, placed);
    }
    return placed;
  };

  #place(plan: PhysicalPlan): PhysicalPlan {
    switch (plan.kind) {
      case 'scan':
        return this.#scan(plan);
      case 'filter': {
        const child = this.place(plan.child);
        return isOpen(child) ? this.#filter(child, plan.conditions, plan) : { ...plan, child: settled(child) };
      }
      case 'project': {
        const child = this.place(plan.child);
        const pushed = isOpen(child) ? this.#project(child, plan.expressions, plan.columns) : undefined;
        return pushed ?? { ...plan, child: settled(child) };
      }
      case 'aggregate': {
        const child = this.place(plan.child);
        return (isWhole(child) ? this.#aggregate(plan, child) : undefined) ?? { ...plan, child: settled(child) };
      }
      case 'distinct': {
        const child = this.place(plan.child);
        return isWhole(child) ? distinct(plan, child) : { ...plan, child: settled(child) };
      }
      case 'top-n': {
        const child = this.place(plan.child);
        return { ...plan, child: (isWhole(child) ? this.#topN(plan, child) : undefined) ?? settled(child) };
      }
      case 'limit': {
        const child = this.place(plan.child);
        const { count, offset } = plan;
        if (isLookup(child)) return { ...plan, child: settled(withLimit(child, { kind: 'limit', count, offset })) };
        if (!isOpen(child)) return { ...plan, child: settled(child) };
        return { ...plan, child: extend(child, { kind: 'limit', count, offset }, { rows: plan.estimatedRows }) };
      }
      default:
        return mapPhysicalChildren(plan, (child) => settled(this.place(child)));
    }
  }

  /**
   * Scans that lock rows stay: their rows are read one by one. So do indexes with descending parts, of which tipb knows
   * nothing, and indexes that lead to records whose handles are no integers.
   */
  #scan(plan: PhysicalScan): PhysicalPlan {
    if (plan.lock !== undefined || plan.index?.columns.some((part) => part.descending) === true) return plan;
    const isLookup = plan.index !== undefined && !plan.covering;
    if (isLookup && plan.table.isCommonHandle) return plan;
    const { table, index, offsets, reverse, columns, estimatedRows } = plan;
    const types = columns.map((column) => column.type);
    const dag: DagRequest = { scan: { table, index, offsets, types, reverse }, executors: [] };
    const scan: PhysicalScan = { ...plan, conditions: [] };
    const reader: PhysicalReader = { kind: 'reader', columns, estimatedRows, scan, dag, computed: [] };
    const open = isLookup ? lookupReader(reader, this.#context.rowIdType) : reader;
    return plan.conditions.length === 0 ? open : this.#filter(open, plan.conditions, plan);
  }

  #filter(
    reader: PhysicalReader,
    conditions: readonly Expression[],
    whole: { readonly columns: readonly PlanColumn[]; readonly estimatedRows: number },
  ): PhysicalPlan {
    const near: Expression[] = [];
    const far: Expression[] = [];
    const nearest: Expression[] = [];
    const parts = new Parts(this.#context);
    for (const condition of conditions) {
      const part = parts.part(condition);
      if (part === undefined) far.push(condition);
      else if (isForIndex(reader, part)) nearest.push(part);
      else near.push(part);
    }
    const rows = far.length === 0 ? whole.estimatedRows : Math.max(1, reader.estimatedRows * CONDITION_SHARE);
    const options = { rows: Math.round(rows), computed: parts.computed };
    const entries = nearest.length === 0 ? reader : withConditions(reader, nearest, options);
    const computed = nearest.length === 0 ? options : { rows: options.rows };
    const below = near.length === 0 ? entries : extend(entries, { kind: 'selection', conditions: near }, computed);
    if (far.length === 0) return below;
    const { columns, estimatedRows } = whole;
    return { kind: 'filter', columns, estimatedRows, child: settled(below), conditions: far };
  }

  #project(
    reader: PhysicalReader,
    expressions: readonly Expression[],
    columns: readonly PlanColumn[],
  ): PhysicalReader | undefined {
    const parts = new Parts(this.#context);
    const pushed = parts.all(expressions);
    if (pushed === undefined || (reader.lookup !== undefined && reader.dag.executors.length === 0)) return undefined;
    const options = { rows: reader.estimatedRows, columns, computed: parts.computed };
    const handle = reader.lookup === undefined ? [] : [handleColumn(reader)];
    return extend(reader, { kind: 'projection', expressions: [...pushed, ...handle] }, options);
  }

  #aggregate(plan: PhysicalAggregate, reader: PhysicalReader): PhysicalAggregate | undefined {
    const parts = new Parts(this.#context);
    const groupBy = parts.all(plan.groupBy);
    if (groupBy === undefined) return undefined;
    if (plan.aggregates.some(({ descriptor }) => descriptor.distinct))
      return distinctValues(plan, reader, groupBy, parts);
    const partials: AggregateDescriptor[] = [];
    const finals: ((columns: readonly Expression[]) => AggregateDescriptor)[] = [];
    const starts: number[] = [];
    for (const { descriptor } of plan.aggregates) {
      const split = splitAggregate(descriptor, this.#context.resolveOptions);
      if (split === undefined) return undefined;
      starts.push(groupBy.length + partials.length);
      finals.push(split.final);
      for (const partial of split.partial) {
        const args = parts.all(partial.args);
        if (args === undefined || !isPushableAggregate({ ...partial, args })) return undefined;
        partials.push({ ...partial, args });
      }
    }
    const columns = [...groupBy, ...partials].map(({ type }): PlanColumn => ({ uid: -1, type, name: '' }));
    const options = { rows: plan.estimatedRows, columns, computed: parts.computed };
    const child = extend(reader, { kind: 'aggregation', groupBy, aggregates: partials }, options);
    const at = (index: number, name: string): ColumnExpression => {
      const { type } = columns[index] as PlanColumn;
      return { kind: 'column', index, type, name };
    };
    return {
      ...plan,
      child,
      groupBy: groupBy.map((_, i) => at(i, plan.columns[i]?.name ?? '')),
      aggregates: plan.aggregates.map(({ uid, descriptor }, i) => {
        const start = starts[i] as number;
        const end = starts[i + 1] ?? columns.length;
        const inputs = Array.from({ length: end - start }, (_, k) => at(start + k, `partial ${descriptor.name}`));
        return { uid, descriptor: (finals[i] as (typeof finals)[number])(inputs) };
      }),
    };
  }

  #topN(plan: Extract<PhysicalPlan, { kind: 'top-n' }>, reader: PhysicalReader): PhysicalReader | undefined {
    const parts = new Parts(this.#context);
    const items: SortItem[] = [];
    for (const { expression, descending } of plan.items) {
      const part = parts.part(expression);
      if (part === undefined) return undefined;
      items.push({ expression: part, descending });
    }
    const { count, offset } = plan;
    const options = { rows: plan.estimatedRows, computed: parts.computed };
    return extend(reader, { kind: 'top-n', items, count, offset }, options);
  }
}

/** Rewrites expressions for a store, collecting what this side has to compute for them. */
class Parts {
  readonly computed: { slot: number; expression: Expression }[] = [];
  readonly #context: BindContext;

  constructor(context: BindContext) {
    this.#context = context;
  }

  all(expressions: readonly Expression[]): Expression[] | undefined {
    const parts: Expression[] = [];
    for (const expression of expressions) {
      const part = this.part(expression);
      if (part === undefined) return undefined;
      parts.push(part);
    }
    return parts;
  }

  /** Undefined when the store cannot compute it. */
  part(expression: Expression): Expression | undefined {
    if (isPushable(expression)) return expression;
    if (expression.kind !== 'call') return undefined;
    if (isExecutionConstant(expression)) return this.#compute(expression);
    if (BRANCHING.has(expression.name)) return undefined;
    const args = this.all(expression.args);
    if (args === undefined) return undefined;
    const call = { ...expression, args };
    return isPushable(call) ? call : undefined;
  }

  #compute(expression: Expression): Expression | undefined {
    if (expression.type.class === 'json') return undefined;
    const slot = this.#context.nextSlot();
    this.computed.push({ slot, expression });
    return { kind: 'parameter', index: slot, type: expression.type };
  }
}

/** Rows of which most columns are wanted and nothing is computed travel best as they are. */
function settled(plan: PhysicalPlan): PhysicalPlan {
  if (plan.kind !== 'reader' || plan.dag.executors.length > 0) return plan;
  const { offsets, table } = plan.scan;
  if (plan.lookup !== undefined) return plan.lookup.conditions.length > 0 ? plan : plan.scan;
  return offsets.length * 2 > table.columns.length ? plan.scan : plan;
}

/** A reader whose rows are still those of the plan, so that more may be put into it. */
function isOpen(plan: PhysicalPlan): plan is PhysicalReader {
  if (plan.kind !== 'reader') return false;
  const last = plan.dag.executors.at(-1);
  return last === undefined || last.kind === 'selection' || last.kind === 'projection';
}

/** A reader of one DAG, whose rows come in the order in which they are computed. */
function isWhole(plan: PhysicalPlan): plan is PhysicalReader {
  return isOpen(plan) && plan.lookup === undefined;
}

function extend(
  reader: PhysicalReader,
  executor: DagExecutor,
  options: {
    readonly rows: number;
    readonly columns?: readonly PlanColumn[];
    readonly computed?: PhysicalReader['computed'];
  },
): PhysicalReader {
  return {
    ...reader,
    columns: options.columns ?? reader.columns,
    estimatedRows: options.rows,
    dag: { ...reader.dag, executors: [...reader.dag.executors, executor] },
    computed: [...reader.computed, ...(options.computed ?? [])],
  };
}

/** Aggregates whose value is that over distinct arguments. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['min', 'max', 'any_value', 'bit_and', 'bit_or']);

/**
 * DISTINCT aggregates, all of them over values that may come once as well as often: the stores answer each combination of
 * group and arguments once, in the order in which they find them, and the aggregates themselves are computed here.
 */
function distinctValues(
  plan: PhysicalAggregate,
  reader: PhysicalReader,
  groupBy: readonly Expression[],
  parts: Parts,
): PhysicalAggregate | undefined {
  const keys = [...groupBy];
  const calls: PhysicalAggregate['aggregates'][number][] = [];
  for (const call of plan.aggregates) {
    const { name, distinct: isDistinct, orderBy } = call.descriptor;
    if ((!isDistinct && !IDEMPOTENT.has(name)) || orderBy.length > 0) return undefined;
    const args = parts.all(call.descriptor.args);
    if (args === undefined || args.some(({ type }) => type.class === 'json')) return undefined;
    const inputs = args.map(({ type }, i): Expression => {
      return { kind: 'column', index: keys.length + i, type, name: `argument of ${name}` };
    });
    keys.push(...args);
    calls.push({ ...call, descriptor: { ...call.descriptor, args: inputs } });
  }
  const columns = keys.map(({ type }): PlanColumn => ({ uid: -1, type, name: '' }));
  const options = { rows: plan.estimatedRows, columns, computed: parts.computed };
  return {
    ...plan,
    child: extend(reader, { kind: 'aggregation', groupBy: keys, aggregates: [] }, options),
    groupBy: groupBy.map(({ type }, index) => ({ kind: 'column', index, type, name: plan.columns[index]?.name ?? '' })),
    aggregates: calls,
  };
}

/** Each store answers each row once; the same rows of several stores meet above. */
function distinct(plan: PhysicalDistinct, reader: PhysicalReader): PhysicalDistinct {
  const groupBy = reader.columns.map(
    ({ type, name }, index): ColumnExpression => ({ kind: 'column', index, type, name }),
  );
  return {
    ...plan,
    child: extend(reader, { kind: 'aggregation', groupBy, aggregates: [] }, { rows: plan.estimatedRows }),
  };
}

function mapPhysicalChildren(plan: PhysicalPlan, map: (child: PhysicalPlan) => PhysicalPlan): PhysicalPlan {
  switch (plan.kind) {
    case 'point-get':
    case 'scan':
    case 'reader':
    case 'virtual-scan':
    case 'values':
      return plan;
    case 'cte-scan':
      return plan.plan === undefined ? plan : { ...plan, plan: map(plan.plan) };
    case 'hash-join':
    case 'loop-join':
    case 'apply':
      return { ...plan, left: map(plan.left), right: map(plan.right) };
    case 'set-operation':
      return { ...plan, children: plan.children.map(map) };
    case 'recursive-cte':
      return { ...plan, seed: map(plan.seed), step: map(plan.step) };
    default:
      return { ...plan, child: map(plan.child) };
  }
}
