/** PREPARE, EXECUTE, DO. */

import type { ValueOrPromise } from '../../../base/index.ts';
import { Decimal, sqlErrors, type TypedValue } from '../../../engine/index.ts';
import type { DoStatement, ExecuteStatement, PrepareStatement } from '../../parser/ast-utility.ts';
import { CapturingWriter } from '../capture.ts';
import type { Answer, Session } from '../session.ts';

/** Statements that PREPARE does not take: 1295. */
const UNPREPARABLE: ReadonlySet<string> = new Set(['prepare', 'execute', 'deallocate']);

export function runPrepare(session: Session, statement: PrepareStatement, answer: Answer): void {
  const { source } = statement;
  const text = source.kind === 'text' ? source.text : textOf(session.functions.userVariable(source.name));
  const prepared = session.parsePrepared(Buffer.from(text, 'utf8'));
  if (UNPREPARABLE.has(prepared.statement.kind)) throw sqlErrors.unsupportedPs();
  session.prepared.addNamed(statement.name.name, prepared);
  session.ok(answer, 0, 'Statement prepared');
}

/** An unset variable is the statement NULL, which does not parse. */
function textOf({ value }: TypedValue): string {
  if (value === null) return 'NULL';
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value);
}

export function runExecute(session: Session, statement: ExecuteStatement, answer: Answer): ValueOrPromise<void> {
  const prepared = session.prepared.named(statement.name.name, 'EXECUTE');
  const parameters = statement.variables.map(({ name }) => session.functions.userVariable(name));
  return session.runPrepared(prepared, parameters, answer);
}

/** DO evaluates and forgets. */
export async function runDo(session: Session, statement: DoStatement, source: Buffer, answer: Answer): Promise<void> {
  const texts = statement.expressions.map(({ start, end }) => source.toString('utf8', start, end));
  await session.runText(`SELECT ${texts.join(', ')}`, { writer: new CapturingWriter(), more: false });
  session.ok(answer);
}

/** A number out of an expression's value, for KILL and the like; undefined when it is none. */
export function integerOf({ value }: TypedValue): number | undefined {
  if (typeof value === 'number') return Math.trunc(value);
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Decimal) return Number(value.toBigInt());
  const parsed = typeof value === 'string' ? Number.parseInt(value, 10) : Number.NaN;
  return Number.isNaN(parsed) ? undefined : parsed;
}
