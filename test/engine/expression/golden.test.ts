import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerOf, goldenFiles, readGolden } from './golden.ts';

for (const file of goldenFiles()) {
  test(`expressions answer as MySQL does: ${file}`, () => {
    const lines = readGolden(file);
    assert.ok(lines.length > 0);
    const got = lines.map(({ line, sql }) => `${line}: ${sql} => ${answerOf(sql)}`);
    assert.deepEqual(
      got,
      lines.map(({ line, sql, expected }) => `${line}: ${sql} => ${expected}`),
    );
  });
}
