/**
 * The statement collections outside the repository: what drivers send, two dumps, the sqllogictest sample. The folder is
 * taken from SHOAL_SHARED or found beside the repository; without it the tests are skipped.
 */

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { parse } from '../../../sql/parser/parse.ts';
import { splitScript } from '../../../sql/parser/split-script.ts';

const candidates = [process.env['SHOAL_SHARED'], join(process.cwd(), '../shared'), join(process.cwd(), '../../shared')];
const shared = candidates.find((path) => path !== undefined && existsSync(join(path, 'conformance')));
const options = { skip: shared === undefined ? 'no shared folder' : false };

test('what drivers, ORMs and change-data tools send', options, () => {
  const sets = JSON.parse(
    readFileSync(join(shared!, 'conformance/statements/driver-statements.json'), 'utf8'),
  ) as Record<string, string[]>;
  for (const [sender, statements] of Object.entries(sets)) {
    for (const sql of statements) assert.ok(parse(sql), `${sender}: ${sql}`);
  }
});

test('dumps', options, () => {
  for (const file of ['chinook.sql', 'sakila-schema.sql', 'sakila-data.sql']) {
    const statements = splitScript(readFileSync(join(shared!, 'data', file)));
    assert.ok(statements.length > 20, file);
    for (const { sql } of statements) assert.ok(parse(sql), file);
  }
});

/** Records of a sqllogictest file that MySQL runs without error. */
function* records(text: string): Generator<string> {
  for (const block of text.split(/\r?\n\s*\r?\n/)) {
    const lines = block.split(/\r?\n/).filter((line) => !line.startsWith('#'));
    const conditions = lines.filter((line) => /^(skipif|onlyif) /.test(line));
    const rest = lines.slice(conditions.length);
    const applies = conditions.every((line) => line.startsWith('skipif') !== /^\w+ mysql/.test(line));
    if (applies && rest[0] === 'halt') return;
    if (!applies || !/^(statement ok|query)/.test(rest[0] ?? '')) continue;
    const end = rest.indexOf('----');
    yield rest.slice(1, end < 0 ? undefined : end).join('\n');
  }
}

test('the sqllogictest sample', options, () => {
  const root = join(shared!, 'conformance/slt');
  let count = 0;
  for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.test')) continue;
    for (const sql of records(readFileSync(join(root, file), 'utf8'))) {
      if (sql === '') continue;
      assert.ok(parse(sql), `${file}: ${sql}`);
      count++;
    }
  }
  assert.ok(count > 100_000, `${count} statements`);
});
