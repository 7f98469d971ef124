import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { parse, parseExpression } from '../../../sql/parser/parse.ts';
import { printExpression, printStatement } from '../../../sql/parser/print.ts';
import { bare, mysqlStatements } from './support.ts';

function reprinted(sql: string): void {
  const statement = parse(sql);
  if (
    statement.kind !== 'query' &&
    statement.kind !== 'insert' &&
    statement.kind !== 'update' &&
    statement.kind !== 'delete'
  )
    return;
  const text = printStatement(statement);
  assert.deepEqual(bare(parse(text), false), bare(statement, false), `${sql}\n${text}`);
}

test('printed queries and data manipulation parse to the same tree', () => {
  for (const sql of mysqlStatements()) reprinted(sql);
});

const atom = fc.constantFrom(
  'a',
  't.b',
  '1',
  '1.5',
  '1e3',
  "'x'",
  "'it''s\\n'",
  'NULL',
  'TRUE',
  '?',
  '@v',
  '@@sql_mode',
  "x'41'",
  "b'101'",
  '(SELECT 1)',
  'f(a)',
  'COUNT(DISTINCT a)',
  "DATE '2020-01-01'",
  'CASE a WHEN 1 THEN 2 END',
  "_latin1'x'",
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
  '<=>',
  '<>',
  '<',
  '>=',
  'AND',
  'OR',
  'XOR',
  'SOUNDS LIKE',
);

/** Text with parentheses wherever MySQL's grammar needs them, so that every combination is a valid expression. */
const expressionText = fc.letrec<{ readonly expression: string }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    atom,
    fc
      .tuple(tie('expression'), operator, tie('expression'))
      .map(([left, symbol, right]) => `(${left}) ${symbol} (${right})`),
    fc
      .tuple(fc.constantFrom('-', '~', '!', 'NOT ', 'BINARY '), tie('expression'))
      .map(([symbol, operand]) => `${symbol}(${operand})`),
    fc
      .tuple(tie('expression'), tie('expression'), tie('expression'))
      .map(([a, b, c]) => `(${a}) NOT BETWEEN (${b}) AND (${c})`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a}) LIKE (${b}) ESCAPE '|'`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a}) IN (${b}, 1)`),
    tie('expression').map((a) => `(${a}) IS NOT NULL`),
    tie('expression').map((a) => `(${a}) COLLATE utf8mb4_bin`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a}) + INTERVAL (${b}) DAY`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `IF(${a}, ${b}, CAST(${a} AS SIGNED))`),
  ),
})).expression;

test('printed expressions parse to the same tree', () => {
  fc.assert(
    fc.property(expressionText, (text) => {
      const tree = parseExpression(text);
      assert.deepEqual(bare(parseExpression(printExpression(tree)), false), bare(tree, false), text);
    }),
    { numRuns: 2_000 },
  );
});

test('operators without parentheses: printing settles their nesting', () => {
  const chain = fc
    .tuple(atom, fc.array(fc.tuple(operator, atom), { minLength: 1, maxLength: 8 }))
    .map(([first, rest]) => first + rest.map(([symbol, operand]) => ` ${symbol} ${operand}`).join(''));
  fc.assert(
    fc.property(chain, (text) => {
      if (/SOUNDS LIKE.*SOUNDS LIKE/.test(text)) return;
      const tree = parseExpression(text);
      assert.deepEqual(bare(parseExpression(printExpression(tree)), false), bare(tree, false), text);
    }),
    { numRuns: 2_000 },
  );
});
