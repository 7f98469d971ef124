import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bigintType,
  compileExpression,
  type Datum,
  defaultCollation,
  type Expression,
  encodeMysqlJson,
  fieldTypes,
  type Json,
  resolveFunction,
  SqlError,
  stringType,
} from '../../../engine/index.ts';
import { testContext } from './context.ts';

const options = {
  collationConnection: defaultCollation,
  sqlMode: { noUnsignedSubtraction: false },
  divPrecisionIncrement: 4,
  database: 'test',
};

function constant(value: string | number | null): Expression {
  if (value === null) return { kind: 'constant', value, type: fieldTypes.null() };
  const type = typeof value === 'number' ? bigintType() : stringType(value.length, defaultCollation);
  return { kind: 'constant', value, type };
}

function call(name: string, ...args: (string | number | null)[]): Datum {
  const expression = resolveFunction(name, args.map(constant), options);
  return compileExpression(expression).evaluateRow([], testContext());
}

/** Function, arguments, and MySQL's answer; an error as its number. */
const cases: [string, (string | number | null)[], string | number | null | { error: number }][] = [
  ['json_extract', ['{"a":1,"b":[1,2]}', '$.b[1]'], '2'],
  ['json_extract', ['[1,{"a":[2]}]', '$**[0]'], '[1, {"a": [2]}, 2]'],
  ['json_extract', ['{"a":{"b":1},"b":2}', '$**.b'], '[2, 1]'],
  ['json_extract', ['[1,2,3]', '$[last-1 to last]'], '[2, 3]'],
  ['json_extract', ['1', '$[0]'], '1'],
  ['json_extract', ['[1]', '$[5]'], null],
  ['json_extract', ['{"a":1,"b":2}', '$.a', '$.c'], '[1]'],
  ['json_extract', ['{bad', '$'], { error: 3141 }],
  ['json_extract', ['{}', '$.'], { error: 3143 }],
  ['json_extract', [5, '$'], { error: 3146 }],
  ['->>', ['{"a":"x"}', '$.a'], 'x'],
  ['json_unquote', ['"a\\u00e4"'], 'aä'],
  ['json_unquote', ['abc'], 'abc'],
  ['json_value', ['{"a":"x"}', '$.a'], 'x'],
  ['json_type', ['1.5'], 'DOUBLE'],
  ['json_type', ['18446744073709551615'], 'UNSIGNED INTEGER'],
  ['json_valid', ['{'], 0],
  ['json_valid', [1], 0],
  ['json_length', ['{"a":[1,2]}', '$.a'], 2],
  ['json_depth', ['[[1],{"a":[2]}]'], 4],
  ['json_keys', ['{"bb":1,"a":2}'], '["a", "bb"]'],
  ['json_contains', ['[1,[2]]', '2'], 1],
  ['json_contains', ['{"a":1,"b":2}', '{"a":1}'], 1],
  ['json_contains_path', ['{"a":1}', 'all', '$.a', '$.b'], 0],
  ['json_overlaps', ['[1,2]', '[2,3]'], 1],
  ['member of', [2, '[1,2]'], 1],
  ['json_search', ['["abc","b",{"k k":"abc"}]', 'all', 'a%'], '["$[0]", "$[2].\\"k k\\""]'],
  ['json_search', ['"abc"', 'one', 'ABC'], null],
  ['json_array', [1, 'a', null], '[1, "a", null]'],
  ['json_object', ['b', 1, 'a', null], '{"a": null, "b": 1}'],
  ['json_object', [null, 1], { error: 3158 }],
  ['json_object', ['a'], { error: 1582 }],
  ['json_quote', ['a"b\n'], '"a\\"b\\n"'],
  ['json_set', ['{"a":1}', '$.a', 2, '$.b', 'x'], '{"a": 2, "b": "x"}'],
  ['json_set', ['[1]', '$[5]', 2], '[1, 2]'],
  ['json_set', ['1', '$[1]', 2], '[1, 2]'],
  ['json_insert', ['{"a":1}', '$.a', 2, '$.b', 3], '{"a": 1, "b": 3}'],
  ['json_replace', ['{"a":1}', '$.a', 2, '$.b', 3], '{"a": 2}'],
  ['json_set', ['{}', '$.*', 1], { error: 3149 }],
  ['json_remove', ['{"a":1,"b":[1,2]}', '$.a', '$.b[0]'], '{"b": [2]}'],
  ['json_remove', ['[1]', '$'], { error: 3153 }],
  ['json_array_append', ['{"a":1}', '$.a', 2], '{"a": [1, 2]}'],
  ['json_array_insert', ['[1,2]', '$[1]', 9], '[1, 9, 2]'],
  ['json_array_insert', ['{"a":[]}', '$.a', 9], { error: 3165 }],
  ['json_merge_preserve', ['{"a":1}', '{"a":2}'], '{"a": [1, 2]}'],
  ['json_merge_patch', ['{"a":{"b":1,"c":2}}', '{"a":{"b":null}}'], '{"a": {"c": 2}}'],
  ['json_merge_patch', [null, '1'], '1'],
  ['json_pretty', ['{"a":[],"c":[1]}'], '{\n  "a": [],\n  "c": [\n    1\n  ]\n}'],
  ['json_storage_size', ['[1,2,70000,1.5,"abc",18446744073709551615,-5,{"a":true}]'], 65],
];

test('JSON functions answer as MySQL does', () => {
  for (const [name, args, expected] of cases) {
    const label = `${name}(${JSON.stringify(args).slice(1, -1)})`;
    if (expected !== null && typeof expected === 'object') {
      assert.throws(
        () => call(name, ...args),
        (error) => error instanceof SqlError && error.errno === expected.error,
        label,
      );
    } else {
      const answer = call(name, ...args);
      assert.equal(typeof answer === 'number' || answer === null ? answer : String(answer), expected, label);
    }
  }
});

test("MySQL's binary form", () => {
  const document = call('json_array', 1, 'a', null) as Json;
  assert.equal(encodeMysqlJson(document).toString('hex'), '0203000f00050100' + '0c0d00' + '040000' + '0161');
});
