/** `node dist/test/sql/cases/rewrite.js mysql://root@host:port`: fills the expected results of all case files from MySQL. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Connection, createConnection, type ResultSetHeader } from 'mysql2/promise';
import { type CaseRecord, parseCases, printCases, rowLines } from './case-file.ts';

const folder = join(import.meta.dirname, '..', '..', '..', '..', 'test', 'sql', 'cases');
const DATABASE = 'cases';

function isServerError(error: unknown): error is { readonly errno: number; readonly sqlMessage: string } {
  return error instanceof Error && 'errno' in error && 'sqlMessage' in error;
}

async function ask(connection: Connection, record: CaseRecord): Promise<readonly string[]> {
  try {
    const typeCast = (field: { type: string; string(encoding?: string): string | null }): string | null =>
      field.type === 'JSON' ? field.string('utf8') : field.string();
    const [result] = await connection.query({ sql: record.sql, rowsAsArray: true, typeCast });
    if (Array.isArray(result)) return rowLines(result as unknown as (string | null)[][], record.kind);
    const { affectedRows, info } = result as ResultSetHeader;
    return [`ok ${affectedRows} ${info}`.trim()];
  } catch (error) {
    if (isServerError(error)) return [`error ${error.errno} ${error.sqlMessage}`];
    throw error;
  }
}

const [url] = process.argv.slice(2);
if (url === undefined) throw new Error('usage: rewrite.js mysql://user@host:port');
const connection = await createConnection({ uri: url, charset: 'utf8mb4', flags: ['-FOUND_ROWS'] });
for (const name of readdirSync(folder).filter((file) => file.endsWith('.test'))) {
  await connection.query(`DROP DATABASE IF EXISTS ${DATABASE}`);
  await connection.query(`CREATE DATABASE ${DATABASE}`);
  await connection.query(`USE ${DATABASE}`);
  const path = join(folder, name);
  const records: CaseRecord[] = [];
  for (const record of parseCases(readFileSync(path, 'utf8'))) {
    records.push({ ...record, expected: await ask(connection, record) });
  }
  writeFileSync(path, printCases(records));
}
await connection.query(`DROP DATABASE IF EXISTS ${DATABASE}`);
await connection.end();
