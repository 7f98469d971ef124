import assert from 'node:assert/strict';
import test from 'node:test';
import { SqlError } from '../../../engine/index.ts';
import { parse, parseNext } from '../../../sql/parser/parse.ts';
import { failure, near } from './support.ts';

test("1064 has the server's text and place", () => {
  assert.equal(
    failure('selct 1').message,
    "You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right syntax to use near 'selct 1' at line 1",
  );
  assert.equal(near('select * from t limit'), "near '' at line 1");
  assert.equal(near("select 'abc"), "near ''abc' at line 1");
  assert.equal(near('select `abc'), "near '`abc' at line 1");
  assert.equal(near('select 1 /* x'), "near '/* x' at line 1");
  assert.equal(near('select 1 /*! +1'), "near '' at line 1");
  assert.equal(near('create table t (a int,)'), "near ')' at line 1");
  assert.equal(near('select a b c d'), "near 'c d' at line 1");
  assert.equal(near('\nselect\n 1 2'), "near '2' at line 3");
  assert.equal(near('select 1 from t t2 where 1 x'), "near 'x' at line 1");
  assert.equal(near('select 1;select 2'), "near 'select 2' at line 1");
  assert.equal(near(';select 1'), "near ';select 1' at line 1");
  assert.equal(near(`select 1 a 1${'x'.repeat(200)}`), `near '1${'x'.repeat(79)}' at line 1`);
  assert.equal(near('select é é é'), "near 'é' at line 1");
  assert.equal(near('ALTER TABLE t ENABLE x'), "near 'x' at line 1");
});

test('an empty statement is 1065', () => {
  for (const text of ['', '  ', '/* c */', '-- c']) assert.equal(failure(text).errno, 1065, text);
});

test('a derived table without alias is 1248', () => {
  assert.equal(failure('SELECT * FROM (SELECT 1)').errno, 1248);
  assert.equal(failure('SELECT * FROM (SELECT 1) WHERE 1').errno, 1248);
});

test('an unknown character set is 1115', () => {
  assert.equal(failure('SET NAMES nonsense').errno, 1115);
});

test('outer joins need a condition', () => {
  assert.equal(near('SELECT * FROM a LEFT JOIN b'), "near '' at line 1");
  assert.equal(near('SELECT * FROM a RIGHT JOIN b WHERE 1'), "near 'WHERE 1' at line 1");
});

test('reserved words are no names, other keywords are', () => {
  for (const word of ['select', 'rank', 'groups', 'system', 'lateral', 'intersect', 'key']) {
    assert.equal(failure(`SELECT ${word} FROM t`).errno, 1064, word);
    assert.equal(parse(`SELECT \`${word}\`, t.${word} FROM t AS \`${word}\``).kind, 'query');
  }
  for (const word of [
    'status',
    'full',
    'boolean',
    'vector',
    'date',
    'user',
    'offset',
    'qualify',
    'tablesample',
    'begin',
    'end',
  ]) {
    assert.equal(
      parse(`SELECT ${word}, 1 AS ${word} FROM ${word} WHERE ${word} = 1 ORDER BY ${word}`).kind,
      'query',
      word,
    );
  }
});

const NESTERS: readonly (readonly [string, string])[] = [
  ['(', ')'],
  ['-', ''],
  ['NOT ', ''],
  ['f(', ')'],
  ['(SELECT ', ')'],
  ['CASE WHEN ', ' THEN 1 END'],
  ['{d ', '}'],
  ['1 + (', ')'],
  ['a IN (', ')'],
  ['CAST(', ' AS CHAR)'],
  ['EXISTS (SELECT ', ')'],
  ['@a := ', ''],
];

test('deep nesting is an SqlError, never an overflowing stack', () => {
  for (const [open, close] of NESTERS) {
    for (const depth of [1_000, 100_000]) {
      assert.equal(failure(`SELECT ${open.repeat(depth)}1${close.repeat(depth)}`).errno, 1436, open);
    }
    assert.equal(parse(`SELECT ${open.repeat(100)}1${close.repeat(100)}`).kind, 'query', open);
  }
  assert.equal(failure(`SELECT * FROM ${'('.repeat(2_000)}t${')'.repeat(2_000)}`).errno, 1436);
  assert.equal(failure(`SELECT 1 ${'UNION SELECT 1 '.repeat(100_000)}`).errno, 1436);
  assert.equal(failure(`SELECT * FROM t ${'JOIN t '.repeat(100_000)}`).errno, 1436);
  assert.equal(failure(`SELECT 1 ${'+ 1'.repeat(100_000)}`).errno, 1436);
});

test('long flat lists are fine', () => {
  assert.equal(parse(`SELECT 1 FROM t WHERE ${'a = 1 OR '.repeat(20_000)}b`).kind, 'query');
  assert.equal(parse(`SELECT 1 FROM t WHERE ${'(a = 1 AND b = 2) OR '.repeat(5_000)}b`).kind, 'query');
  assert.equal(parse(`SELECT 1 FROM t WHERE a IN (${'1,'.repeat(20_000)}2)`).kind, 'query');
  assert.equal(parse(`INSERT INTO t VALUES ${'(1,2),'.repeat(20_000)}(1,2)`).kind, 'insert');
});

test('statements one after the other', () => {
  const text = "SELECT ';'; -- ;\n/* ; */ INSERT INTO t VALUES (1);\n;";
  const first = parseNext(text, 0);
  assert.equal(first.statement?.kind, 'query');
  assert.equal(text.slice(0, first.end), "SELECT ';'");
  const second = parseNext(text, first.next);
  assert.equal(second.statement?.kind, 'insert');
  const third = parseNext(text, second.next);
  assert.equal(third.statement, undefined);
  assert.equal(third.next, text.length);
});

test('a procedure body keeps its semicolons', () => {
  const statement = parse('CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END;');
  assert.ok(statement.kind === 'create-program');
  assert.equal(statement.body, '() BEGIN SELECT 1; SELECT 2; END');
});

test('random bytes and mutilated statements never throw anything but SqlError', () => {
  let seed = 7;
  const random = (limit: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor(seed / 65_536) % limit;
  };
  const text =
    "SELECT a, 'x' FROM t JOIN (SELECT 1 b) u ON t.a = u.b WHERE c IN (1, 2) /*! AND d */ ORDER BY 1 -- x\n LIMIT 1";
  for (let round = 0; round < 3_000; round++) {
    const bytes = Buffer.from(text);
    for (let i = 0; i < 1 + (round % 4); i++) bytes[random(bytes.length)] = random(256);
    try {
      parse(bytes.subarray(random(20), bytes.length - random(20)));
    } catch (error) {
      assert.ok(error instanceof SqlError, `seed 7, round ${round}: ${String(error)}`);
    }
  }
});
