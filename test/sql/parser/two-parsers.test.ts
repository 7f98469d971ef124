/** The own grammar against node-sql-parser behind its adapter: wherever the latter answers, the trees must be equal. */

import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { tokenize } from '../../../sql/parser/lexer.ts';
import { parseWithNodeSqlParser } from '../../../sql/parser/nsp/adapter.ts';
import { parse } from '../../../sql/parser/parse.ts';
import { sourceOf } from '../../../sql/parser/source.ts';
import { bare, mode, mysqlStatements } from './support.ts';

const PLAIN = mode({});

/** True when the package's tree was understood, and equal. */
function agrees(sql: string): boolean {
  const other = parseWithNodeSqlParser(tokenize(sourceOf(sql), 0, PLAIN), PLAIN, undefined);
  if (other === undefined) return false;
  assert.deepEqual(bare(other), bare(parse(sql)), sql);
  return true;
}

test('the list of statements', () => {
  assert.ok(mysqlStatements().filter(agrees).length > 20);
});

test('what the package alone reads wrongly comes out right', () => {
  for (const sql of [
    'SELECT 1 FROM t WHERE a=1 AND b=2 OR c=3 AND d=4',
    'SELECT a=1 AND b=2 OR c=3',
    'UPDATE t SET a=a--1 WHERE id=1',
    'SELECT 1e10, 1E-5, 0b101, -9223372036854775808, 1.100000000000000000001, -0.0, +3',
    'SELECT NOT (a) = b, NOT (a) IS NULL FROM t',
    'SELECT a XOR b AND c, a || b AND c, a && b || c FROM t',
    'SELECT a | b & c, 1 << 2 + 3, a*b^c, 0xFF - 1 | 2 FROM t',
    'SELECT a = 1 IN (1,2), 2 < 2 NOT IN (3,1) FROM t',
    "SELECT _utf8mb4'abc', _latin1'x', 'it''s', '\\'', '\\\\', 'a' 'b', N'x'",
    'SELECT `a``b`, `c\\d` FROM `e f`',
    'SELECT 1 /*! + 2 */, 3 -- x',
  ]) {
    assert.ok(agrees(sql), sql);
  }
});

test('what the adapter does not know goes to the own grammar', () => {
  for (const sql of [
    'SELECT 1 UNION SELECT 2 INTERSECT SELECT 3',
    'SELECT a <=> b FROM t',
    'SELECT RANK() OVER (ORDER BY a) FROM t',
    'WITH c AS (SELECT 1) SELECT * FROM c',
    'SELECT a FROM t USE INDEX (i)',
    'SELECT /*+ A */ 1',
    'SELECT count (a) FROM t',
    'SHOW TABLES',
    `SELECT ${'('.repeat(60)}1${')'.repeat(60)}`,
  ]) {
    assert.ok(!agrees(sql), sql);
    assert.deepEqual(bare(parse(sql, { queryParser: parseWithNodeSqlParser })), bare(parse(sql)));
  }
});

test('put in front, it gives result names and literal slots as well', () => {
  const sql = 'SELECT a + 1 , COUNT(*), (b) FROM t WHERE c = 5 AND d = ?';
  const starts = [sql.indexOf('5')];
  const options = { literalSlots: { count: 1, starts } };
  assert.deepEqual(bare(parse(sql, { ...options, queryParser: parseWithNodeSqlParser })), bare(parse(sql, options)));
});

const atom = fc.constantFrom(
  'a',
  't.b',
  '1',
  '-1',
  '1.5',
  "'x'",
  'NULL',
  'TRUE',
  '?',
  '@v',
  '(SELECT 1)',
  'f(a)',
  '(a)',
  '- b',
  'NOT a',
  '! a',
  '~ b',
);
const operator = fc.constantFrom(
  '+',
  '-',
  '*',
  '/',
  'DIV',
  '%',
  '^',
  '|',
  '&',
  '<<',
  '>>',
  '=',
  '<>',
  '<',
  '>=',
  'AND',
  'OR',
  'XOR',
  '||',
  '&&',
  'LIKE',
  'NOT LIKE',
  'REGEXP',
  'IN (1, 2) AND',
  'NOT IN (1) OR',
  'IS NULL =',
  'IS NOT TRUE AND',
  'BETWEEN 1 AND',
);

test('random chains of operators', () => {
  const chain = fc
    .tuple(atom, fc.array(fc.tuple(operator, atom), { minLength: 1, maxLength: 7 }))
    .map(([first, rest]) => first + rest.map(([symbol, operand]) => ` ${symbol} ${operand}`).join(''));
  let answered = 0;
  fc.assert(
    fc.property(chain, (text) => {
      const sql = `SELECT ${text} FROM t WHERE ${text}`;
      try {
        parse(sql);
      } catch {
        return;
      }
      if (agrees(sql)) answered++;
    }),
    { numRuns: 1_000 },
  );
  assert.ok(answered > 250, `${answered} answered`);
});
