import assert from 'node:assert/strict';
import test from 'node:test';
import type { Expression } from '../../../sql/parser/ast.ts';
import { parse, parseExpression } from '../../../sql/parser/parse.ts';
import { bare, mode, near } from './support.ts';

function expression(text: string, changes = {}): Expression {
  return parseExpression(text, { sqlMode: mode(changes) });
}

function stringOf(text: string | Uint8Array, changes = {}): string {
  const node = parseExpression(text, { sqlMode: mode(changes) });
  assert.equal(node.kind, 'string');
  return node.kind === 'string' ? node.value : '';
}

test('integers keep their exact value', () => {
  for (const [text, value] of [
    ['0', 0],
    ['007', 7],
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['9223372036854775808', 9223372036854775808n],
    ['18446744073709551615', 18446744073709551615n],
  ] as const) {
    assert.deepEqual(bare(expression(text)), { kind: 'integer', value, text });
  }
});

test('everything beyond 2^64 - 1 and everything with a point is an exact decimal', () => {
  const digits = '1'.repeat(65);
  for (const text of ['18446744073709551616', '1.100000000000000000001', '.5', '5.', digits]) {
    assert.deepEqual(bare(expression(text)), { kind: 'decimal', text });
  }
});

test('an exponent makes a float', () => {
  for (const [text, value] of [
    ['1e10', 1e10],
    ['1E-5', 1e-5],
    ['1.e3', 1000],
    ['.5e+1', 5],
    ['1e400', Infinity],
  ] as const) {
    assert.deepEqual(bare(expression(text)), { kind: 'float', value, text });
  }
});

test('hex and bit literals are bytes', () => {
  for (const [text, notation, bytes] of [
    ["x'4D'", 'hex', [0x4d]],
    ['0xabc', 'hex', [0x0a, 0xbc]],
    ["X''", 'hex', []],
    ['0b101', 'bit', [5]],
    ["B'100000001'", 'bit', [1, 1]],
  ] as const) {
    const node = expression(text);
    assert.ok(node.kind === 'bytes');
    assert.equal(node.notation, notation);
    assert.deepEqual([...node.bytes], bytes);
  }
  assert.equal(near("SELECT x'ABC'"), "near 'x'ABC'' at line 1");
  for (const name of ['0x', '0b', '0X1', '1a', '0b12', '1e']) assert.equal(expression(name).kind, 'column', name);
});

test('after a dot digits begin a name', () => {
  const node = expression('t.1e5');
  assert.ok(node.kind === 'column');
  assert.equal(node.name.name, '1e5');
  assert.equal(node.table?.name, 't');
  assert.equal(expression('t.select').kind, 'column');
});

test('string escapes', () => {
  assert.equal(stringOf(String.raw`'\0\b\n\r\t\Z\\\'\"\q'`), '\0\b\n\r\t\x1a\\\'"q');
  assert.equal(stringOf(String.raw`'a\%b\_c'`), String.raw`a\%b\_c`);
  assert.equal(stringOf(`'it''s "x"'`), `it's "x"`);
  assert.equal(stringOf(`"it's ""x"""`), `it's "x"`);
  assert.equal(stringOf(String.raw`'\u0041'`), 'u0041');
  assert.equal(stringOf(`'a' 'b'\n"c"`), 'abc');
  assert.equal(stringOf(`'x*/'`), 'x*/');
  assert.equal(stringOf(`'日本語 é'`), '日本語 é');
  assert.equal(stringOf(String.raw`'\日'`), '日');
});

test('NO_BACKSLASH_ESCAPES and ANSI_QUOTES', () => {
  assert.equal(stringOf(String.raw`'a\'`, { noBackslashEscapes: true }), 'a\\');
  assert.equal(stringOf(String.raw`'a\n'`, { noBackslashEscapes: true }), 'a\\n');
  const name = expression(String.raw`"a""\b"`, { ansiQuotes: true });
  assert.ok(name.kind === 'column');
  assert.equal(name.name.name, String.raw`a"\b`);
});

test('quoted names keep backslashes and undouble quotes', () => {
  const name = expression('`a``b\\`');
  assert.ok(name.kind === 'column');
  assert.equal(name.name.name, 'a`b\\');
});

test('introducers, national strings and bytes that are no UTF-8', () => {
  const latin = parseExpression(Buffer.from("_latin1'\xe9'", 'latin1'));
  assert.ok(latin.kind === 'string');
  assert.equal(latin.charset, 'latin1');
  assert.deepEqual([...(latin.bytes ?? [])], [0xe9]);
  const broken = parseExpression(Buffer.from("'a\xff'", 'latin1'));
  assert.ok(broken.kind === 'string');
  assert.deepEqual([...(broken.bytes ?? [])], [0x61, 0xff]);
  const national = expression("N'x'");
  assert.ok(national.kind === 'string' && national.national);
  const hex = expression("_utf8mb4 x'C3A9'");
  assert.ok(hex.kind === 'bytes');
  assert.equal(hex.charset, 'utf8mb4');
  const column = expression('_unknown');
  assert.equal(column.kind, 'column');
});

test('comments', () => {
  const same = bare(parse('SELECT 1 + 2', {}), false);
  for (const text of [
    'SELECT /* c */ 1 + 2',
    'SELECT 1 -- c\n + 2',
    'SELECT 1 --\n + 2',
    'SELECT 1 # c\n + 2 -- end',
    'SELECT 1 /*! + 2 */',
    'SELECT 1 /*!50000 + 2 */',
    'SELECT 1 /*!080044 + 2 */',
    'SELECT 1 /*!80045 * 7 */ + 2',
    'SELECT 1 /*!99999 /* nested */ * 7 */ + 2',
    'SELECT 1 /*! + /* inner */ 2 */',
    'SELECT 1 /*T! + 2 */',
    'SELECT 1 /*T![auto_rand,x] + 2 */ ;',
    'SELECT 1 /*M! * 7 */ + 2 /**/',
  ]) {
    const tree = bare(parse(text), false) as { body: { items: { name: string }[] } };
    const item = tree.body.items[0];
    if (item !== undefined) item.name = '1 + 2';
    assert.deepEqual(tree, same, text);
  }
});

test('a statement that is one version comment', () => {
  const statement = parse("/*!40103 SET TIME_ZONE='+00:00' */;");
  assert.equal(statement.kind, 'set');
});

test('hints are kept behind the first word, elsewhere they are comments', () => {
  for (const verb of [
    'SELECT /*+ A(t) B */ 1',
    'INSERT /*+ A(t) B */ INTO t VALUES (1)',
    'UPDATE /*+ A(t) B */ t SET a = 1',
    'DELETE /*+ A(t) B */ FROM t',
  ]) {
    const statement = parse(verb);
    const hints =
      statement.kind === 'query'
        ? statement.body.kind === 'select'
          ? statement.body.hints
          : []
        : 'hints' in statement
          ? statement.hints
          : [];
    assert.deepEqual(hints, [
      { name: 'A', argument: 't' },
      { name: 'B', argument: '' },
    ]);
  }
  assert.equal(parse('SELECT 1 /*+ A(t) */').kind, 'query');
});

test('user and system variables', () => {
  for (const [text, name] of [
    ['@a', 'a'],
    ['@a.b$_1', 'a.b$_1'],
    ["@'x y'", 'x y'],
    ['@`x``y`', 'x`y'],
    ['@', ''],
  ] as const) {
    const node = expression(text);
    assert.ok(node.kind === 'user-variable');
    assert.equal(node.name, name);
  }
  assert.deepEqual(bare(expression('@@LOCAL.Sql_Mode')), {
    kind: 'system-variable',
    scope: 'session',
    name: 'sql_mode',
  });
  assert.deepEqual(bare(expression('@@`max_connections`')), {
    kind: 'system-variable',
    scope: undefined,
    name: 'max_connections',
  });
  assert.equal(near('SELECT @@ x'), "near ' x' at line 1");
});

test('built-in names need their parenthesis at once, but for IGNORE_SPACE', () => {
  assert.equal(expression('count (a)').kind, 'call');
  assert.equal(expression('count(a)').kind, 'aggregate');
  assert.equal(expression('count (a)', { ignoreSpace: true }).kind, 'aggregate');
  assert.equal(expression('avg (a)').kind, 'aggregate');
  assert.equal(expression('concat (a)').kind, 'call');
});

test('a 16 MB literal', () => {
  const text = 'x'.repeat(16_000_000);
  assert.equal(stringOf(`'${text}'`).length, text.length);
});
