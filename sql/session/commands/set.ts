/** SET: variables of both kinds, NAMES, CHARACTER SET. */

import { findCharset, findCollation, sqlErrors, type TypedValue } from '../../../engine/index.ts';
import type { Expression } from '../../parser/ast.ts';
import type { SetAssignment, SetStatement } from '../../parser/ast-utility.ts';
import type { Answer, Session } from '../session.ts';
import { UNSET_USER_VARIABLE } from '../variables/typed-variable.ts';
import { literalValue } from './literal-value.ts';
import { assignDefault, assignExpressionValue, assignSystemVariable } from './set-variable.ts';

/** Assignments happen in order; an error keeps the earlier ones, as in MySQL for session variables. */
export async function runSet(session: Session, statement: SetStatement, source: Buffer, answer: Answer): Promise<void> {
  for (const assignment of statement.assignments) await assign(session, assignment, source);
  session.ok(answer);
}

async function assign(session: Session, assignment: SetAssignment, source: Buffer): Promise<void> {
  switch (assignment.kind) {
    case 'user-variable': {
      const { value, type } = await evaluated(session, assignment.value, source);
      session.state.setUserVariable(assignment.name, value === null ? UNSET_USER_VARIABLE : { value, type });
      return;
    }
    case 'system-variable': {
      const { scope, name, value } = assignment;
      if (value === 'default') await assignDefault(session, scope, name);
      else await assignExpressionValue(session, scope, name, await evaluated(session, value, source));
      return;
    }
    case 'names':
      await setNames(session, assignment.charset, assignment.collation);
      return;
    case 'charset':
      await setCharacterSet(session, assignment.charset);
      return;
    case 'row-variable':
      throw sqlErrors.unknownSystemVariable(assignment.row.name);
  }
}

/** Literals and names without the planner; a column name is a bare word (`SET sql_mode = ansi`). */
async function evaluated(session: Session, expression: Expression, source: Buffer): Promise<TypedValue> {
  const known = literalValue(session, expression);
  if (known !== undefined) return known;
  return session.evaluate(source.toString('utf8', expression.start, expression.end));
}

async function setNames(session: Session, given: string | undefined, collation: string | undefined): Promise<void> {
  const named = given?.toLowerCase();
  const charset = named === undefined ? defaultCharset(session) : findCharset(named === 'utf8' ? 'utf8mb3' : named);
  if (charset === undefined) throw sqlErrors.unknownCharacterSet(given ?? '');
  const chosen = findCollation((collation ?? charset.defaultCollation).toLowerCase());
  if (chosen === undefined) throw sqlErrors.unknownCollation(collation ?? '');
  if (chosen.charset !== charset.name) throw sqlErrors.collationCharsetMismatch(chosen.name, charset.name);
  await assignSystemVariable(session, 'session', 'character_set_client', charset.name);
  await assignSystemVariable(session, 'session', 'character_set_results', charset.name);
  await assignSystemVariable(session, 'session', 'character_set_connection', charset.name);
  await assignSystemVariable(session, 'session', 'collation_connection', chosen.name);
}

function defaultCharset(session: Session): ReturnType<typeof findCharset> {
  return findCharset(String(session.functions.systemVariable('global', 'character_set_client').value));
}

/** SET CHARACTER SET: like NAMES, but the connection takes the database's character set. */
async function setCharacterSet(session: Session, given: string | undefined): Promise<void> {
  const named = given?.toLowerCase();
  const charset = named === undefined ? defaultCharset(session) : findCharset(named === 'utf8' ? 'utf8mb3' : named);
  if (charset === undefined) throw sqlErrors.unknownCharacterSet(given ?? '');
  await assignSystemVariable(session, 'session', 'character_set_client', charset.name);
  await assignSystemVariable(session, 'session', 'character_set_results', charset.name);
  const collation = session.state.variables.getByName('collation_database');
  await assignSystemVariable(session, 'session', 'collation_connection', collation);
}
