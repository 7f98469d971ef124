import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Datum, Decimal, fieldTypes, type SqlWarning } from '../../../engine/index.ts';
import { normalizeSqlMode, parseSqlMode, sqlModeFromNumber } from '../../../sql/session/variables/sql-mode.ts';
import {
  findVariable,
  type VariableDefinition,
  variableDefinitions,
  variableText,
} from '../../../sql/session/variables/variable-definition.ts';
import { convertForVariable } from '../../../sql/session/variables/variable-values.ts';

function variable(name: string): VariableDefinition {
  const found = findVariable(name);
  assert.ok(found !== undefined, name);
  return found;
}

function convert(name: string, value: Datum): { readonly value: Datum; readonly warnings: readonly SqlWarning[] } {
  const warnings: SqlWarning[] = [];
  const type = typeof value === 'string' ? fieldTypes.varchar(10) : fieldTypes.bigint();
  return { value: convertForVariable(variable(name), { value, type }, (warning) => warnings.push(warning)), warnings };
}

test('the table is whole: sorted, typed, every default in its own range', () => {
  assert.ok(variableDefinitions.length > 600);
  for (const [i, definition] of variableDefinitions.entries()) {
    const { name, type, default: value, minimum, maximum } = definition;
    assert.equal(definition.index, i);
    if (i > 0) assert.ok((variableDefinitions[i - 1]?.name ?? '') < name, name);
    if (type === 'bool') assert.ok(value === 0 || value === 1, name);
    if (type === 'int' && minimum !== undefined && name !== 'pseudo_replica_mode') {
      assert.ok(BigInt(value as number) >= minimum, name);
      if (maximum !== undefined && maximum > 0n) assert.ok(BigInt(value as number) <= maximum, name);
    }
    if (definition.members.length > 0) assert.ok(definition.members.includes(value as string), name);
  }
});

test('names in any case, and the two that old drivers still use', () => {
  assert.equal(findVariable('AutoCommit')?.name, 'autocommit');
  assert.equal(findVariable('tx_isolation')?.name, 'transaction_isolation');
  assert.equal(findVariable('no_such_variable'), undefined);
});

test('values as SHOW VARIABLES writes them', () => {
  assert.equal(variableText(variable('autocommit'), 1), 'ON');
  assert.equal(variableText(variable('max_connections'), 151), '151');
  assert.equal(variableText(variable('long_query_time'), 10), '10.000000');
  assert.equal(variableText(variable('secure_file_priv'), null), '');
});

test('flags take 0, 1, ON, OFF, TRUE, FALSE and nothing else', () => {
  for (const [given, value] of [
    [1, 1],
    [0, 0],
    ['on', 1],
    ['Off', 0],
    ['true', 1],
  ] as const) {
    assert.equal(convert('autocommit', given).value, value);
  }
  for (const given of [2, -1, 'yes', null]) assert.throws(() => convert('autocommit', given), { errno: 1231 });
  assert.throws(() => convert('autocommit', Decimal.parse('1.5') as Decimal), { errno: 1232 });
});

test('numbers are cut to their limits with a warning', () => {
  assert.deepEqual(convert('net_write_timeout', 600), { value: 600, warnings: [] });
  const { value, warnings } = convert('wait_timeout', 99_999_999);
  assert.equal(value, 31_536_000);
  assert.equal(warnings[0]?.message, "Truncated incorrect wait_timeout value: '99999999'");
  assert.throws(() => convert('wait_timeout', 'abc'), {
    errno: 1232,
    message: "Incorrect argument type to variable 'wait_timeout'",
  });
});

test('enumerations by name and number', () => {
  assert.equal(convert('transaction_isolation', 'read-committed').value, 'READ-COMMITTED');
  assert.equal(convert('completion_type', 1).value, 'CHAIN');
  assert.throws(() => convert('transaction_isolation', 'chaos'), {
    errno: 1231,
    message: "Variable 'transaction_isolation' can't be set to the value of 'chaos'",
  });
});

test('sql_mode: order, combinations, numbers, unknown words', () => {
  assert.equal(normalizeSqlMode('no_zero_date,ANSI_QUOTES,,'), 'ANSI_QUOTES,NO_ZERO_DATE');
  assert.equal(
    normalizeSqlMode('ANSI'),
    'REAL_AS_FLOAT,PIPES_AS_CONCAT,ANSI_QUOTES,IGNORE_SPACE,ONLY_FULL_GROUP_BY,ANSI',
  );
  assert.equal(
    normalizeSqlMode('TRADITIONAL'),
    'STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,TRADITIONAL,' +
      'NO_ENGINE_SUBSTITUTION',
  );
  assert.equal(sqlModeFromNumber(6n), 'PIPES_AS_CONCAT,ANSI_QUOTES');
  assert.throws(() => normalizeSqlMode('STRICT,HARDER'), {
    errno: 1231,
    message: "Variable 'sql_mode' can't be set to the value of 'STRICT'",
  });
  const mode = parseSqlMode(normalizeSqlMode('STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES'));
  assert.deepEqual(
    [mode.strict, mode.strictAllTables, mode.noBackslashEscapes, mode.ansiQuotes],
    [true, true, true, false],
  );
});
