/** Window plans to the engine's Window operator. */

import { compileExpression, compileWindowFunction, Window, type WindowOptions } from '../../engine/index.ts';
import type { FrameBound } from '../planner/logical-plan.ts';
import type { PhysicalWindow } from '../planner/physical-plan.ts';
import type { OperatorFactory } from './execution-context.ts';

type CompiledFrame = NonNullable<WindowOptions['frame']>;

function compileBound(bound: FrameBound): CompiledFrame['start'] {
  if (bound.kind === 'rows') return { kind: 'rows', sign: bound.sign, count: compileExpression(bound.count) };
  return bound.kind === 'range' ? { kind: 'range', target: compileExpression(bound.target) } : bound;
}

export function compileWindow(plan: PhysicalWindow, child: OperatorFactory): OperatorFactory {
  const { frame } = plan;
  const options: WindowOptions = {
    partitionBy: plan.partitionBy.map(compileExpression),
    orderBy: plan.orderBy.map(({ expression, descending }) => ({
      expression: compileExpression(expression),
      descending,
    })),
    frame:
      frame === undefined
        ? undefined
        : { unit: frame.unit, start: compileBound(frame.start), end: compileBound(frame.end) },
    functions: plan.calls.map(({ descriptor }) => compileWindowFunction(descriptor)),
  };
  return (context) => new Window(child(context), options, context.evaluation);
}
