/** Window functions: calls with the same window are evaluated by one WindowPlan. */

import { type Expression, resolveRangeBound, resolveWindowFunction, sqlErrors } from '../../engine/index.ts';
import type * as ast from '../parser/ast.ts';
import { bindSortItem } from './bind-aggregate.ts';
import type { ExpressionBinder } from './bind-expression.ts';
import type { PendingWindow, WindowCollector } from './block.ts';
import { sameExpression } from './expressions.ts';
import type { FrameBound, SortItem, WindowFrame } from './logical-plan.ts';

export function bindWindowCall(binder: ExpressionBinder, node: ast.WindowFunction | ast.AggregateFunction): Expression {
  const { windows } = binder;
  if (windows === undefined || node.over === undefined) throw sqlErrors.windowInvalidWindowFuncUse(node.name);
  const inner = binder.with({ windows: undefined, aliases: 'none' });
  const args = inner.with({ fixLiterals: true }).bindAll(node.args);
  const distinct = node.kind === 'aggregate' && node.distinct;
  const descriptor = resolveWindowFunction(node.name, args, { distinct }, binder.resolveOptions);
  const specification = resolveWindow(windows, node.over);
  const window = findWindow(inner, windows, specification);
  const uid = binder.context.nextUid();
  window.calls.push({ uid, descriptor });
  return { kind: 'column', index: uid, type: descriptor.type, name: node.name };
}

/** Follows window names and inheritance to one full specification. */
function resolveWindow(windows: WindowCollector, over: ast.Window): ast.WindowSpecification {
  if (over.kind === 'window-name') return namedWindow(windows, over.name.name, 0);
  return inherit(windows, over.specification, 0);
}

function namedWindow(windows: WindowCollector, name: string, depth: number): ast.WindowSpecification {
  const found = windows.named.get(name.toLowerCase());
  if (found === undefined) throw sqlErrors.windowNoSuchWindow(name);
  if (depth > windows.named.size) throw sqlErrors.windowCircularityInWindowGraph();
  return inherit(windows, found, depth + 1);
}

function inherit(
  windows: WindowCollector,
  specification: ast.WindowSpecification,
  depth: number,
): ast.WindowSpecification {
  if (specification.name === undefined) return specification;
  const parent = namedWindow(windows, specification.name.name, depth);
  return {
    name: undefined,
    partitionBy: parent.partitionBy,
    orderBy: parent.orderBy.length > 0 ? parent.orderBy : specification.orderBy,
    frame: specification.frame,
  };
}

function findWindow(
  binder: ExpressionBinder,
  windows: WindowCollector,
  specification: ast.WindowSpecification,
): PendingWindow {
  const partitionBy = specification.partitionBy.map((item) => binder.bind(item));
  const orderBy = specification.orderBy.map((item) => bindSortItem(binder, item));
  const frame = specification.frame === undefined ? undefined : bindFrame(binder, specification.frame, orderBy[0]);
  for (const window of windows.windows) {
    if (
      frame === undefined &&
      window.frame === undefined &&
      sameList(window.partitionBy, partitionBy) &&
      sameOrder(window.orderBy, orderBy)
    ) {
      return window;
    }
  }
  const window: PendingWindow = { partitionBy, orderBy, frame, calls: [] };
  windows.windows.push(window);
  return window;
}

function bindFrame(binder: ExpressionBinder, frame: ast.WindowFrame, key: SortItem | undefined): WindowFrame {
  const { unit } = frame;
  if (unit === 'groups') throw sqlErrors.notSupportedYet('GROUPS');
  const bound = (node: ast.FrameBound): FrameBound => {
    if (node.kind !== 'preceding' && node.kind !== 'following') return { kind: node.kind };
    const amount = binder.with({ fixLiterals: true }).bind(node.value);
    if (unit === 'rows') return { kind: 'rows', sign: node.kind === 'preceding' ? -1 : 1, count: amount };
    if (key === undefined) throw sqlErrors.windowFrameIllegal('<unnamed window>');
    const direction = { direction: node.kind, amount, ...(node.unit === undefined ? {} : { unit: node.unit }) };
    const target = resolveRangeBound(key.expression, direction, key.descending, binder.resolveOptions);
    return { kind: 'range', target };
  };
  return {
    unit,
    start: bound(frame.start),
    end: frame.end === undefined ? { kind: 'current-row' } : bound(frame.end),
  };
}

function sameList(left: readonly Expression[], right: readonly Expression[]): boolean {
  return left.length === right.length && left.every((item, i) => sameExpression(item, right[i] as Expression));
}

function sameOrder(left: readonly SortItem[], right: readonly SortItem[]): boolean {
  return (
    left.length === right.length &&
    left.every((item, i) => {
      const other = right[i] as SortItem;
      return item.descending === other.descending && sameExpression(item.expression, other.expression);
    })
  );
}
