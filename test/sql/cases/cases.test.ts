import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SqlError } from '../../../engine/index.ts';
import { SqlHarness } from '../support/sql-harness.ts';
import { type CaseRecord, parseCases, rowLines } from './case-file.ts';

const folder = join(import.meta.dirname, '..', '..', '..', '..', 'test', 'sql', 'cases');

async function answer(sql: SqlHarness, record: CaseRecord): Promise<readonly string[]> {
  try {
    const result = await sql.query(record.sql);
    if (record.kind !== 'statement') return rowLines(result.rows, record.kind);
    return [`ok ${result.affectedRows} ${result.info}`.trim()];
  } catch (error) {
    if (error instanceof SqlError) return [`error ${error.errno} ${error.message}`];
    throw error;
  }
}

describe('SQL cases answer as MySQL does', () => {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.test'))) {
    it(name.replace('.test', ''), async (context) => {
      const sql = await SqlHarness.open();
      context.after(() => sql.close());
      await sql.query('create database cases');
      await sql.query('use cases');
      for (const record of parseCases(readFileSync(join(folder, name), 'utf8'))) {
        assert.deepEqual(await answer(sql, record), record.expected, record.sql);
      }
    });
  }
});
