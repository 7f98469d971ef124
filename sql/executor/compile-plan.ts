/**
 * From physical plans to operators. A plan is compiled once (expressions to closures, ranges, decoders); each execution
 * makes operators from it. What differs between executions lives in the ExecutionContext.
 */

import { defined } from '../../base/index.ts';
import {
  Apply,
  type CompiledExpression,
  compileAggregate,
  compileExpression,
  compilePredicate,
  Distinct,
  type Expression,
  type FieldType,
  Filter,
  HashAggregation,
  HashJoin,
  type JoinKind,
  Limit,
  type Operator,
  Projection,
  RecursiveUnion,
  SetOperation,
  Sort,
  Spool,
  TopN,
  UnionAll,
  Values,
} from '../../engine/index.ts';
import type { SortItem } from '../planner/logical-plan.ts';
import type {
  PhysicalApply,
  PhysicalHashJoin,
  PhysicalJoinType,
  PhysicalLoopJoin,
  PhysicalPlan,
} from '../planner/physical-plan.ts';
import { conjunction } from './conjunction.ts';
import type { ExecutionContext, OperatorFactory } from './execution-context.ts';
import { Expand } from './expand-operator.ts';
import { MaxOneRow } from './max-one-row.ts';
import { compilePointGet } from './point-get-operator.ts';
import { compileReader } from './reader-operator.ts';
import { compileScan, type RowGoal } from './scan-operator.ts';
import { compileVirtualScan } from './virtual-scan.ts';
import { compileWindow } from './window-operator.ts';

const NO_ROW: readonly never[] = [];

/** `goal`: how many of the plan's rows are taken at most. */
export function compilePlan(plan: PhysicalPlan, goal?: RowGoal): OperatorFactory {
  switch (plan.kind) {
    case 'point-get':
      return compilePointGet(plan);
    case 'scan':
      return compileScan(plan, goal);
    case 'reader':
      return compileReader(plan);
    case 'virtual-scan':
      return compileVirtualScan(plan);
    case 'values': {
      const rows = plan.rows.map((row) => row.map((expression) => compileExpression(expression).evaluateRow));
      const output = typesOf(plan);
      return ({ evaluation }) =>
        new Values(
          output,
          rows.map((row) => row.map((value) => value(NO_ROW, evaluation))),
        );
    }
    case 'filter': {
      const child = compilePlan(plan.child);
      const predicate = compilePredicate(conjunction(plan.conditions));
      return (context) => new Filter(child(context), predicate, context.evaluation);
    }
    case 'project': {
      const child = compilePlan(plan.child, goal);
      const expressions = plan.expressions.map(compileExpression);
      return (context) => new Projection(child(context), expressions, context.evaluation);
    }
    case 'hash-join':
    case 'loop-join':
      return compileJoin(plan);
    case 'apply':
      return compileApply(plan);
    case 'aggregate': {
      const child = compilePlan(plan.child);
      const groupBy = plan.groupBy.map(compileExpression);
      const aggregates = plan.aggregates.map(({ descriptor }) => compileAggregate(descriptor));
      return (context) => new HashAggregation(child(context), groupBy, aggregates, context.evaluation);
    }
    case 'expand': {
      const child = compilePlan(plan.child);
      const groups = plan.groups.map(compileExpression);
      const output = typesOf(plan);
      return (context) => new Expand(child(context), groups, output, context.evaluation);
    }
    case 'window':
      return compileWindow(plan, compilePlan(plan.child));
    case 'sort': {
      const child = compilePlan(plan.child);
      const items = sortItems(plan.items);
      return (context) => new Sort(child(context), items, context.evaluation);
    }
    case 'top-n': {
      const child = compilePlan(plan.child);
      const items = sortItems(plan.items);
      const range = compileLimit(plan.count, plan.offset);
      return (context) => new TopN(child(context), items, range(context), context.evaluation);
    }
    case 'limit': {
      const range = compileLimit(plan.count, plan.offset);
      const child = compilePlan(plan.child, (context) => {
        const { count, offset } = range(context);
        return count + offset;
      });
      return (context) => new Limit(child(context), range(context), context.evaluation);
    }
    case 'distinct': {
      const child = compilePlan(plan.child);
      return (context) => new Distinct(child(context), context.evaluation);
    }
    case 'max-one-row': {
      const child = compilePlan(plan.child);
      return (context) => new MaxOneRow(child(context));
    }
    case 'set-operation':
      return compileSetOperation(plan);
    case 'cte-scan':
      return compileCteScan(plan);
    case 'recursive-cte':
      return compileRecursive(plan);
  }
}

function typesOf(plan: PhysicalPlan): readonly FieldType[] {
  return plan.columns.map((column) => column.type);
}

function sortItems(items: readonly SortItem[]): { expression: CompiledExpression; descending: boolean }[] {
  return items.map(({ expression, descending }) => ({ expression: compileExpression(expression), descending }));
}

type LimitFunction = (context: ExecutionContext) => { readonly count: number; readonly offset: number };

function compileLimit(count: Expression, offset: Expression | undefined): LimitFunction {
  const countOf = compileExpression(count).evaluateRow;
  const offsetOf = offset === undefined ? undefined : compileExpression(offset).evaluateRow;
  return ({ evaluation }) => ({
    count: Number(countOf(NO_ROW, evaluation) ?? 0),
    offset: offsetOf === undefined ? 0 : Number(offsetOf(NO_ROW, evaluation) ?? 0),
  });
}

/* ------------------------------------------------------------------ joins */

const joinKinds: Readonly<Record<PhysicalJoinType, JoinKind>> = {
  inner: 'inner',
  left: 'left',
  semi: 'semi',
  anti: 'anti',
  'null-aware-anti': 'null-aware anti',
};

function compileJoin(plan: PhysicalHashJoin | PhysicalLoopJoin): OperatorFactory {
  const left = compilePlan(plan.left);
  const right = compilePlan(plan.right);
  const isHash = plan.kind === 'hash-join';
  const options = {
    kind: joinKinds[plan.type],
    leftKeys: isHash ? plan.leftKeys.map(compileExpression) : [],
    rightKeys: isHash ? plan.rightKeys.map(compileExpression) : [],
    nullSafeKeys: isHash ? plan.nullSafe.flatMap((nullSafe, i) => (nullSafe ? [i] : [])) : [],
    residual: plan.conditions.length === 0 ? undefined : compilePredicate(conjunction(plan.conditions)),
  };
  return (context) => new HashJoin(left(context), right(context), options, context.evaluation);
}

function compileApply(plan: PhysicalApply): OperatorFactory {
  const left = compilePlan(plan.left);
  const inner = compilePlan(plan.right);
  const innerOutput = typesOf(plan.right);
  const { mode } = plan;
  const isLeft = mode.kind === 'join' && mode.outer;
  const kind = mode.kind === 'quantified' ? 'any' : mode.kind === 'join' ? (isLeft ? 'left' : 'inner') : mode.kind;
  const test = mode.kind === 'quantified' ? compileExpression(mode.comparison) : undefined;
  const bindings = plan.bindings.map(({ column, slot }) => ({ column, parameter: slot }));
  const predicate =
    mode.kind === 'join' && mode.conditions.length > 0 ? compilePredicate(conjunction(mode.conditions)) : undefined;
  return (context) => {
    let makeInner: () => Operator = () => inner(context);
    if (bindings.length === 0) {
      const spool = new Spool(inner(context), context.evaluation);
      makeInner = () => spool.reader();
    }
    const { parameters } = context;
    const options = { kind, inner: makeInner, innerOutput, bindings, parameters } as const;
    const apply = new Apply(left(context), test === undefined ? options : { ...options, test }, context.evaluation);
    return predicate === undefined ? apply : new Filter(apply, predicate, context.evaluation);
  };
}

/* ------------------------------------------------------------------ sets and common table expressions */

function compileSetOperation(plan: Extract<PhysicalPlan, { kind: 'set-operation' }>): OperatorFactory {
  const children = plan.children.map((child) => compilePlan(child));
  const output = typesOf(plan);
  const { operator, all } = plan;
  if (operator === 'union') {
    return (context) => {
      const union = new UnionAll(
        children.map((child) => child(context)),
        output,
      );
      return all ? union : new Distinct(union, context.evaluation);
    };
  }
  return (context) => {
    const [first, ...rest] = children.map((child) => child(context));
    return rest.reduce(
      (left, right) => new SetOperation(left, right, { kind: operator, all }, context.evaluation),
      defined(first, 'a set operation has inputs'),
    );
  };
}

/** References of one execution read one spool; inside a recursive step, the rows found last. */
function compileCteScan(plan: Extract<PhysicalPlan, { kind: 'cte-scan' }>): OperatorFactory {
  const { definition } = plan;
  const source = plan.plan === undefined ? undefined : compilePlan(plan.plan);
  return (context) => {
    const working = context.working.get(definition);
    if (working !== undefined) return working();
    let spool = context.spools.get(definition);
    if (spool === undefined) {
      const make = defined(source, 'a common table expression has a plan');
      spool = new Spool(make(context), context.evaluation);
      context.spools.set(definition, spool);
    }
    return spool.reader();
  };
}

function compileRecursive(plan: Extract<PhysicalPlan, { kind: 'recursive-cte' }>): OperatorFactory {
  const seed = compilePlan(plan.seed);
  const step = compilePlan(plan.step);
  const output = typesOf(plan);
  const { working, distinct } = plan;
  return (context) => {
    const maxDepth = Number(context.statement.variable('cte_max_recursion_depth').value ?? 1000);
    const options = {
      distinct,
      maxDepth,
      step: (rows: () => Operator): Operator => {
        context.working.set(working, rows);
        return step(context);
      },
    };
    return new RecursiveUnion(seed(context), output, options, context.evaluation);
  };
}
