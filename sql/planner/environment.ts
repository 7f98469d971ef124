/** The plan environment of a statement, read off its session. */

import type { FieldType } from '../../engine/index.ts';
import type { CatalogSnapshot } from '../catalog/catalog-snapshot.ts';
import type { StatementContext } from '../session/session-context.ts';
import type { PlanEnvironment } from './bind-context.ts';

export function environmentOf(
  context: StatementContext,
  catalog: CatalogSnapshot,
  parameterTypes: readonly (FieldType | undefined)[],
  estimatedRows: (tableId: number) => number | undefined,
): PlanEnvironment {
  const { evaluation } = context;
  return {
    catalog,
    currentDatabase: context.currentDatabase(),
    sqlMode: evaluation.sqlMode,
    collationConnection: context.collationConnection,
    variable: (scope, name) => evaluation.session.systemVariable(scope, name),
    userVariable: (name) => evaluation.session.userVariable(name),
    parameterTypes,
    estimatedRows,
  };
}
