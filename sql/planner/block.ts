/** One SELECT block while it is being bound, and the collectors its expressions report to. */

import type { Expression } from '../../engine/index.ts';
import type { WindowSpecification } from '../parser/ast.ts';
import type {
  AggregateCall,
  ApplyMode,
  CteDefinition,
  LogicalPlan,
  PlanColumn,
  SortItem,
  WindowCall,
  WindowFrame,
} from './logical-plan.ts';
import { type ColumnOrigin, FromScope } from './scope.ts';

export interface Block {
  readonly outer: Block | undefined;
  scope: FromScope;
  /** Uids of enclosing blocks that this block, or one below it, refers to. */
  readonly correlated: Set<number>;
  /** Select list expressions by lower-case alias, for references from subqueries in HAVING. */
  readonly aliases: Map<string, Expression>;
  /** Common table expressions in sight, innermost first. */
  readonly ctes: CteScope | undefined;
}

/** The names of one WITH clause. */
export interface CteScope {
  readonly parent: CteScope | undefined;
  /** By lower-case name. */
  readonly tables: Map<string, CteBinding>;
}

export interface CteBinding {
  readonly definition: CteDefinition;
  readonly output: readonly OutputColumn[];
}

export function newBlock(outer: Block | undefined, ctes: CteScope | undefined, scope = FromScope.empty): Block {
  return { outer, scope, correlated: new Set(), aliases: new Map(), ctes };
}

export function findCte(scope: CteScope | undefined, name: string): CteBinding | undefined {
  for (let level = scope; level !== undefined; level = level.parent) {
    const found = level.tables.get(name.toLowerCase());
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A subquery to be applied to the block's rows before the expression that uses `column` is evaluated. */
export interface PendingApply {
  readonly mode: ApplyMode;
  readonly plan: LogicalPlan;
  readonly output: readonly PlanColumn[];
}

export interface OutputColumn {
  readonly column: PlanColumn;
  readonly name: string;
  readonly table: string;
  readonly origin: ColumnOrigin | undefined;
}

export interface BoundQuery {
  readonly plan: LogicalPlan;
  readonly output: readonly OutputColumn[];
}

export interface AggregateCollector {
  readonly calls: AggregateCall[];
  /** Subqueries inside aggregate arguments. */
  readonly applies: PendingApply[];
}

export interface PendingWindow {
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly SortItem[];
  readonly frame: WindowFrame | undefined;
  readonly calls: WindowCall[];
}

export interface WindowCollector {
  readonly windows: PendingWindow[];
  /** WINDOW clause by lower-case name. */
  readonly named: ReadonlyMap<string, WindowSpecification>;
}
