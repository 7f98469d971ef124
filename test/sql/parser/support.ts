/** What the parser's tests share: trees without positions, statement lists. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SqlError } from '../../../engine/index.ts';
import { parse, parseExpression } from '../../../sql/parser/parse.ts';
import { printExpression } from '../../../sql/parser/print.ts';
import { DEFAULT_PARSER_MODE, type ParserMode } from '../../../sql/parser/sql-mode.ts';

const POSITIONAL = new Set(['start', 'end', 'quoted', 'slot']);

/** A copy of a tree without positions, quoting and slots; with `names` false also without aliases made explicit by printing. */
export function bare(node: unknown, keepAliases = true): unknown {
  if (node === null || typeof node !== 'object' || node instanceof Uint8Array) return node;
  if (Array.isArray(node)) return node.map((item) => bare(item, keepAliases));
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(node)) {
    if (POSITIONAL.has(key) || (!keepAliases && key === 'alias' && 'name' in node && 'expression' in node)) continue;
    copy[key] = bare(value, keepAliases);
  }
  return copy;
}

export function mode(changes: Partial<ParserMode>): ParserMode {
  return { ...DEFAULT_PARSER_MODE, ...changes };
}

/** The expression as text with all its parentheses. */
export function nested(expression: string, changes: Partial<ParserMode> = {}): string {
  return printExpression(parseExpression(expression, { sqlMode: mode(changes) })).replaceAll('`', '');
}

/** The statements of `mysql-statements.txt`. */
export function mysqlStatements(): string[] {
  const path = join(import.meta.dirname, '../../../../test/sql/parser/mysql-statements.txt');
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('-- '));
}

/** The error of a statement that must not parse. */
export function failure(sql: string | Uint8Array, changes: Partial<ParserMode> = {}): SqlError {
  try {
    parse(sql, { sqlMode: mode(changes) });
  } catch (error) {
    assert.ok(error instanceof SqlError, `${String(error)} is no SqlError`);
    return error;
  }
  assert.fail(`parsed: ${Buffer.from(sql).toString('utf8', 0, 200)}`);
}

/** The part of a syntax error that tells where. */
export function near(sql: string, changes: Partial<ParserMode> = {}): string {
  const error = failure(sql, changes);
  assert.equal(error.errno, 1064);
  assert.equal(error.sqlState, '42000');
  return error.message.slice(error.message.indexOf('near '));
}
