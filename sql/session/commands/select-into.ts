/** SELECT … INTO @variables: the one row goes into user variables instead of to the client. */

import type { ValueOrPromise } from '../../../base/index.ts';
import { sqlErrors } from '../../../engine/index.ts';
import type { QueryExpression } from '../../parser/ast.ts';
import type { Statement } from '../../parser/statement.ts';
import { CapturingWriter } from '../capture.ts';
import type { Answer, Session } from '../session.ts';

type QueryInto = QueryExpression & { readonly into: NonNullable<QueryExpression['into']> };

export function hasInto(statement: Statement): statement is QueryInto {
  return statement.kind === 'query' && statement.into !== undefined;
}

/** Throws 1172 for more than one row, 1222 for another number of columns, 1290 for files. No row: a warning. */
export async function selectInto(
  session: Session,
  { into }: QueryInto,
  run: (answer: Answer) => ValueOrPromise<void>,
  answer: Answer,
): Promise<void> {
  if (into.kind !== 'variables') throw sqlErrors.optionPreventsStatement('--secure-file-priv');
  const writer = new CapturingWriter();
  await run({ writer, more: false });
  const { resultColumns, resultRows } = writer;
  if (resultColumns.length !== into.targets.length) throw sqlErrors.wrongNumberOfColumnsInSelect();
  if (resultRows.length > 1) throw sqlErrors.tooManyRows();
  const [row] = resultRows;
  if (row === undefined) {
    session.state.warn({
      level: 'Warning',
      errno: 1329,
      message: 'No data - zero rows fetched, selected, or processed',
    });
  }
  for (const [i, target] of into.targets.entries()) {
    const type = resultColumns[i]?.type;
    if (row === undefined || type === undefined) continue;
    if (target.kind !== 'user-variable') throw sqlErrors.spUndeclaredVar(target.name.name);
    session.state.setUserVariable(target.name, { value: row[i] ?? null, type });
  }
  session.ok(answer, resultRows.length);
}
