/** Error 1093: a subquery of a write reads the table that is written. Derived tables may, because they are copied first. */

import { sqlErrors } from '../../engine/index.ts';
import type * as ast from '../parser/ast.ts';

export interface NamedTarget {
  readonly database: string;
  readonly name: string;
}

/** `nodes`: the expressions of the write, whose subqueries are searched. */
export function checkTargetNotRead(
  nodes: readonly unknown[],
  targets: readonly NamedTarget[],
  currentDatabase: string | null,
): void {
  const visit = (value: unknown, insideQuery: boolean): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item, insideQuery);
      return;
    }
    if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return;
    const kind = 'kind' in value ? value.kind : undefined;
    if (kind === 'derived-table') return;
    if (kind === 'table' && insideQuery) checkTable(value as ast.BaseTable, targets, currentDatabase);
    for (const item of Object.values(value)) visit(item, insideQuery || kind === 'query');
  };
  visit(nodes, false);
}

function checkTable(node: ast.BaseTable, targets: readonly NamedTarget[], currentDatabase: string | null): void {
  const database = node.table.schema?.name ?? currentDatabase;
  const name = node.table.name.name;
  const isTarget = targets.some((target) => target.name === name && target.database === database);
  if (isTarget) throw sqlErrors.updateTableUsed(node.alias?.name ?? name);
}
