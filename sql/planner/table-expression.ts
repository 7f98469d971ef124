/** Expressions over one row of a table: defaults, generated columns, checks. Columns are table column offsets. */

import type { ColumnInfo, Expression } from '../../engine/index.ts';
import type * as ast from '../parser/ast.ts';
import { parseExpression } from '../parser/parse.ts';
import type { PlanEnvironment } from './bind-context.ts';
import { ExpressionBinder } from './bind-expression.ts';
import { newBlock } from './block.ts';
import { newBindContext } from './prepare-query.ts';
import { type ClauseName, FromScope } from './scope.ts';

/** Throws 1054 for a name that is no column of the table. */
export function bindRowExpression(
  node: ast.Expression,
  tableName: string,
  columns: readonly ColumnInfo[],
  environment: PlanEnvironment,
  clause: ClauseName = 'field list',
): Expression {
  const relation = { alias: tableName, database: '' };
  const scope = FromScope.of(
    columns.map((column) => ({
      uid: column.offset,
      type: column.type,
      name: column.name,
      relation,
      origin: undefined,
      hidden: false,
    })),
    relation,
  );
  const binder = new ExpressionBinder({
    context: newBindContext({ ...environment, parameterTypes: [] }),
    block: newBlock(undefined, undefined, scope),
    clause,
    applies: [],
    fixLiterals: true,
  });
  return binder.bind(node);
}

/** The same from the text that the schema keeps. */
export function bindRowText(
  text: string,
  tableName: string,
  columns: readonly ColumnInfo[],
  environment: PlanEnvironment,
): Expression {
  return bindRowExpression(parseExpression(text), tableName, columns, environment);
}
