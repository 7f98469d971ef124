import assert from 'node:assert/strict';
import test from 'node:test';
import { parse } from '../../../sql/parser/parse.ts';
import { mode } from './support.ts';

function names(sql: string, changes = {}): string[] {
  const query = parse(sql, { sqlMode: mode(changes) });
  assert.ok(query.kind === 'query' && query.body.kind === 'select');
  return query.body.items.map((item) => (item.kind === 'expression' ? item.name : '*'));
}

test('result columns are named as the server names them', () => {
  assert.deepEqual(
    names(
      "select 1, (1), 'abc', ('abc'), null, -1, - 1, 'a' 'b', a /* c */ + 1, (a), t.a, ( t . a ), x'41', N'q', 1.50, +1, +a, -a, a  +  1, /* q */ a+1 /* r */, @x, @@SESSION.sql_mode, now( ), DATE'2020-01-01', '', ' lead', (select 1 ), ((1+1)), TRUE, {d '2020-01-01'}, `a`, `a` + 1, 1 as b, 2 'c' from t",
    ),
    [
      '1',
      '1',
      'abc',
      'abc',
      'NULL',
      '-1',
      '- 1',
      'a',
      'a /* c */ + 1',
      'a',
      'a',
      'a',
      "x'41'",
      'q',
      '1.50',
      '1',
      'a',
      '-a',
      'a  +  1',
      'a+1',
      '@x',
      '@@SESSION.sql_mode',
      'now( )',
      "DATE'2020-01-01'",
      '',
      'lead',
      '(select 1 )',
      '((1+1))',
      'TRUE',
      "{d '2020-01-01'}",
      'a',
      '`a` + 1',
      'b',
      'c',
    ],
  );
});

test('version comment marks vanish from names', () => {
  assert.deepEqual(names('select 1 +/*!50000 1 + */ 3, 1 /*!99999 +1 */ + 4'), ['1 + 1 +  3', '1  + 4']);
});

test('under IGNORE_SPACE names keep the blanks behind a bare word', () => {
  const text = 'select not a  , 1+a  ,now()  , 1+`a`  , 1+t.a  , 1+1  , 1+t . a  , a is null  from t';
  assert.deepEqual(names(text), ['not a', '1+a', 'now()', '1+`a`', '1+t.a', '1+1', '1+t . a', 'a is null']);
  assert.deepEqual(names(text, { ignoreSpace: true }), [
    'not a  ',
    '1+a  ',
    'now()',
    '1+`a`',
    '1+t.a',
    '1+1',
    '1+t . a  ',
    'a is null  ',
  ]);
});

test('names are decoded from UTF-8', () => {
  assert.deepEqual(names("select 'é', `é`+1, '日本' 'x'"), ['é', '`é`+1', '日本']);
});
