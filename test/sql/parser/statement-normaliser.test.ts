import assert from 'node:assert/strict';
import test from 'node:test';
import { Normalizer } from '../../../sql/parser/normalize.ts';
import { parse } from '../../../sql/parser/parse.ts';
import { mode, mysqlStatements } from './support.ts';

const PLAIN = mode({});

function skeleton(sql: string, changes = {}): string | undefined {
  const key = new Normalizer().normalize(Buffer.from(sql), mode(changes));
  return key === undefined
    ? undefined
    : Buffer.from(key.skeleton())
        .toString('latin1')
        .replace(/[\x01-\x05]/g, (mark) => `<${mark.charCodeAt(0)}>`);
}

function values(sql: string): unknown[] {
  const key = new Normalizer().normalize(Buffer.from(sql), PLAIN);
  assert.ok(key !== undefined, sql);
  return Array.from({ length: key.literals.count }, (_, slot) => key.literals.value(slot));
}

test('literals become slots by kind', () => {
  assert.equal(skeleton('SELECT a FROM t WHERE id=12345'), 'SELECT a FROM t WHERE id=<1>');
  assert.equal(
    skeleton("UPDATE t SET a = 'x', b=-1.5 WHERE c IN (1,2) AND d > 1e5"),
    'UPDATE t SET a = <5>, b=-<3> WHERE c IN (<1>,<1>) AND d > <4>',
  );
  assert.equal(skeleton('DELETE FROM t WHERE a = 9223372036854775808'), 'DELETE FROM t WHERE a = <2>');
  assert.equal(
    skeleton("INSERT INTO t (a) VALUES (1, NULL), ('x', DEFAULT)"),
    'INSERT INTO t (a) VALUES (<1>, NULL), (<5>, DEFAULT)',
  );
  assert.equal(skeleton('SELECT a FROM t LIMIT 5'), 'SELECT a FROM t LIMIT <1>');
  assert.deepEqual(values("SELECT a FROM t WHERE b = 'it''s\\n' AND c = 9007199254740993 AND d = 1.50 AND e = .5e1"), [
    "it's\n",
    9007199254740993n,
    '1.50',
    5,
  ]);
});

test('what belongs to the shape stays', () => {
  for (const sql of [
    "SELECT 1, 'x', a + 1 FROM t",
    'SELECT a FROM t GROUP BY 1 ORDER BY 2',
    'SELECT ROUND(a, 2) FROM t WHERE ROUND(a, 3) = b',
    "SELECT a FROM t WHERE b = DATE '2020-01-01'",
    "SELECT a FROM t WHERE b->'$.x' = c",
    'SELECT a1, t.1b, `x1` FROM t1 WHERE a1 = b2',
    'SELECT a FROM t WHERE a = CAST(b AS DECIMAL(10,2))',
    "SELECT a FROM t WHERE a LIKE b ESCAPE '|'",
    'SELECT a FROM (SELECT 1 AS a) t WHERE a = ?',
    'SELECT a FROM t WHERE a = 0x41 AND b = @v1 AND c = @@x1',
  ]) {
    assert.equal(skeleton(sql), sql);
  }
});

test('comments do not make a new statement', () => {
  assert.equal(
    skeleton('SELECT a FROM t /* traceparent=1 */WHERE b = 1 -- x'),
    skeleton('SELECT a FROM t WHERE b = 1 '),
  );
});

test('what is not understood is not cached', () => {
  for (const sql of [
    'CREATE TABLE t (a INT)',
    'SET a = 1',
    'SELECT /*+ A */ 1',
    'SELECT 1 /*! + 1 */',
    "SELECT a FROM t WHERE b = _latin1'x'",
    "SELECT a FROM t WHERE b = N'x'",
    "SELECT a FROM t WHERE b = 'a' 'b'",
    "SELECT a FROM t WHERE b = 'open",
    'SELECT a FROM t WHERE (b = 1',
    "SELECT a FROM t INTO OUTFILE 'x'",
    "SELECT @'x'",
    `SELECT a FROM t WHERE b = '${'x'.repeat(70_000)}'`,
  ]) {
    assert.equal(skeleton(sql), undefined, sql.slice(0, 100));
  }
});

test('sql_mode decides what a quote is', () => {
  assert.equal(skeleton('SELECT a FROM t WHERE b = "x"'), 'SELECT a FROM t WHERE b = <5>');
  assert.equal(skeleton('SELECT a FROM t WHERE b = "x"', { ansiQuotes: true }), 'SELECT a FROM t WHERE b = "x"');
  assert.equal(
    skeleton("SELECT a FROM t WHERE b = 'x\\' AND c = 1", { noBackslashEscapes: true }),
    'SELECT a FROM t WHERE b = <5> AND c = <1>',
  );
});

test('the end of the statement', () => {
  const text = Buffer.from("SELECT a FROM t WHERE b = ';'; SELECT 2");
  const normalizer = new Normalizer();
  const first = normalizer.normalize(text, PLAIN);
  assert.equal(first?.end, 29);
  assert.equal(first?.next, 30);
  const second = normalizer.normalize(text, PLAIN, 30);
  assert.equal(Buffer.from(second?.skeleton() ?? []).toString(), ' SELECT 2');
});

function slotsOf(node: unknown, found: Map<number, unknown>): void {
  if (node === null || typeof node !== 'object' || node instanceof Uint8Array) return;
  if ('slot' in node && typeof node.slot === 'number' && node.slot >= 0) {
    assert.ok(!found.has(node.slot), `slot ${node.slot} twice`);
    found.set(node.slot, 'value' in node ? node.value : 'text' in node ? node.text : undefined);
  }
  for (const child of Object.values(node)) slotsOf(child, found);
}

test('the parser finds each slot exactly once, with the same value', () => {
  const normalizer = new Normalizer();
  let cached = 0;
  for (const sql of mysqlStatements()) {
    const bytes = Buffer.from(sql);
    const key = normalizer.normalize(bytes, PLAIN);
    if (key === undefined) continue;
    cached++;
    const found = new Map<number, unknown>();
    slotsOf(parse(bytes, { literalSlots: key.literals }), found);
    assert.equal(found.size, key.literals.count, sql);
    for (const [slot, value] of found) assert.equal(value, key.literals.value(slot), sql);
  }
  assert.ok(cached > 60);
});

test('matches compares every byte of the skeleton', () => {
  const normalizer = new Normalizer();
  const first = normalizer.normalize(Buffer.from('SELECT a FROM t WHERE b = 1'), PLAIN)?.skeleton() ?? new Uint8Array();
  const same = normalizer.normalize(Buffer.from('SELECT a FROM t WHERE b = 777'), PLAIN);
  assert.equal(same?.matches(first), true);
  for (const other of [
    'SELECT a FROM t WHERE c = 1',
    "SELECT a FROM t WHERE b = 'x'",
    'select a FROM t WHERE b = 1',
    'SELECT a FROM t WHERE b = 1 ',
  ]) {
    assert.equal(normalizer.normalize(Buffer.from(other), PLAIN)?.matches(first), false, other);
  }
});
