import assert from 'node:assert/strict';
import test from 'node:test';
import { parse } from '../../../sql/parser/parse.ts';
import { printStatement } from '../../../sql/parser/print.ts';
import { near, nested } from './support.ts';

const CASES: readonly (readonly [string, string])[] = [
  ['a=1 AND b=2 OR c=3 AND d=4', '((a = 1) and (b = 2)) or ((c = 3) and (d = 4))'],
  ['a OR b AND c OR d', 'a or (b and c) or d'],
  ['a XOR b AND c', 'a xor (b and c)'],
  ['a OR b XOR c', 'a or (b xor c)'],
  ['a || b AND c', 'a or (b and c)'],
  ['a && b || c', '(a and b) or c'],
  ['NOT (a) = b', 'not (a = b)'],
  ['NOT (a) IS NULL', 'not (a is null)'],
  ['NOT a AND b', '(not a) and b'],
  ['! a = b', '(not a) = b'],
  ['a | b & c', 'a | (b & c)'],
  ['1 << 2 + 3', '1 << (2 + 3)'],
  ['a*b^c', 'a * (b ^ c)'],
  ['0xFF - 1 | 2', "(x'ff' - 1) | 2"],
  ['a - b - c', '(a - b) - c'],
  ['a DIV b MOD c % d', '((a div b) % c) % d'],
  ['-a ^ b', '(-a) ^ b'],
  ['- a * b', '(-a) * b'],
  ['~ a + b', '(~a) + b'],
  ['- - a', '-(-a)'],
  ['+ a', 'a'],
  ['a--1', 'a - (-1)'],
  ['a = 1 IN (1,2)', 'a = (1 in (1, 2))'],
  ['2 < 2 NOT IN (3,1)', '2 < (2 not in (3, 1))'],
  ['a = b = c', '(a = b) = c'],
  ['a <=> b <> c', '(a <=> b) <> c'],
  ['a IS NULL = b', '(a is null) = b'],
  ['0 IS NULL XOR 4', '(0 is null) xor 4'],
  ['x LIKE y IS NULL', '(x like y) is null'],
  ['a BETWEEN 1 AND 2 AND b', '(a between 1 and 2) and b'],
  ['a BETWEEN 1 AND 2 BETWEEN 0 AND 1', 'a between 1 and (2 between 0 and 1)'],
  ['a NOT BETWEEN b + 1 AND c | d', 'a not between (b + 1) and (c | d)'],
  ['a REGEXP b + c', 'a regexp (b + c)'],
  ['a SOUNDS LIKE b AND c', '(a sounds like b) and c'],
  ["a LIKE b ESCAPE '|' = c", "(a like b escape '|') = c"],
  ['-a COLLATE utf8mb4_bin', '-(a collate utf8mb4_bin)'],
  ["BINARY a = 'x'", "cast(a as binary) = 'x'"],
  ['a + INTERVAL 1 + 1 DAY - INTERVAL 2 HOUR', '(a + interval (1 + 1) day) - interval 2 hour'],
  ['INTERVAL 1 DAY + a', 'a + interval 1 day'],
  ['@a := 1 OR 0', '@a := (1 or 0)'],
  ['a AND (b AND c) AND d', 'a and b and c and d'],
  ['(a OR b) OR c AND d', 'a or b or (c and d)'],
];

test('operators nest as in the server', () => {
  for (const [sql, expected] of CASES) assert.equal(nested(sql), expected, sql);
});

test('the nesting is the same in every clause', () => {
  const condition = 'a=1 AND b=2 OR c=3 AND d=4';
  const expected = '((`a` = 1) and (`b` = 2)) or ((`c` = 3) and (`d` = 4))';
  for (const sql of [
    `SELECT ${condition} AS x`,
    `SELECT 1 FROM t WHERE ${condition}`,
    `SELECT 1 FROM t JOIN u ON ${condition}`,
    `SELECT 1 FROM t HAVING ${condition}`,
    `SELECT IF(${condition}, 1, 2)`,
    `SELECT CASE WHEN ${condition} THEN 1 END`,
    `UPDATE t SET a = ${condition} WHERE ${condition}`,
    `DELETE FROM t WHERE ${condition}`,
    `INSERT INTO t VALUES (${condition})`,
  ]) {
    const statement = parse(sql);
    assert.ok(
      statement.kind === 'query' ||
        statement.kind === 'insert' ||
        statement.kind === 'update' ||
        statement.kind === 'delete',
    );
    assert.ok(printStatement(statement).includes(expected), sql);
  }
});

test('PIPES_AS_CONCAT makes || a tight string operator', () => {
  assert.equal(nested('a || b AND c', { pipesAsConcat: true }), '(concat(a, b)) and c');
  assert.equal(nested('a ^ b || c', { pipesAsConcat: true }), 'a ^ (concat(b, c))');
  assert.equal(nested('-a || b', { pipesAsConcat: true }), 'concat(-a, b)');
  assert.equal(nested('a LIKE b || c', { pipesAsConcat: true }), 'a like (concat(b, c))');
});

test('HIGH_NOT_PRECEDENCE makes NOT as tight as !', () => {
  assert.equal(nested('NOT a = b', { highNotPrecedence: true }), '(not a) = b');
  assert.equal(nested('NOT a BETWEEN 1 AND 2', { highNotPrecedence: true }), '(not a) between 1 and 2');
});

test('predicates and IS TRUE do not chain', () => {
  assert.equal(near('SELECT 1 IN (1) IN (1)'), "near 'IN (1)' at line 1");
  assert.equal(near("SELECT 'a' LIKE 'b' + 'c'"), "near '+ 'c'' at line 1");
  assert.equal(near('SELECT 1 IS TRUE = 1'), "near '= 1' at line 1");
  assert.equal(near('SELECT a <=> ANY (SELECT 1)'), "near '<=> ANY (SELECT 1)' at line 1");
});

test('UPDATE keeps its WHERE behind two minus signs', () => {
  const statement = parse('UPDATE t SET a=a--1 WHERE id=1');
  assert.ok(statement.kind === 'update');
  assert.equal(printStatement(statement), 'update `t` set `a` = `a` - (-1) where `id` = 1');
});
