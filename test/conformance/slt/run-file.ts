/** Runs one sqllogictest file through a MySQL connection, in a database of its own. */

import type { Connection } from 'mysql2/promise';
import { asText } from '../../support/as-text.ts';
import { parseRecords, type SltRecord } from './records.ts';
import { arrangeValues, difference, formatValue } from './values.ts';

export interface Failure {
  readonly line: number;
  readonly sql: string;
  /** What happened, one line. */
  readonly reason: string;
  /** The kind it is counted under: `wrong result`, `error 1064`, `no error` … */
  readonly kind: string;
}

export interface FileReport {
  readonly passed: number;
  readonly failures: readonly Failure[];
}

interface ServerError extends Error {
  readonly errno?: number;
}

async function runRecord(connection: Connection, record: SltRecord): Promise<Failure | undefined> {
  const { line, sql } = record;
  try {
    const [rows] = await connection.query({ sql, rowsAsArray: true, typeCast: asText });
    if (record.kind === 'statement') {
      return record.expectError ? { line, sql, kind: 'no error', reason: 'an error was expected' } : undefined;
    }
    const printed = (rows as (string | null)[][]).map((row) =>
      row.map((value, i) => formatValue(value, record.types[i] ?? 'T')),
    );
    const reason = difference(arrangeValues(printed, record.sort), record.expected);
    return reason === undefined ? undefined : { line, sql, kind: 'wrong result', reason };
  } catch (error) {
    if (record.kind === 'statement' && record.expectError) return undefined;
    const { errno, message } = error as ServerError;
    return { line, sql, kind: errno === undefined ? 'client error' : `error ${errno}`, reason: message };
  }
}

export async function runFile(connection: Connection, database: string, text: string): Promise<FileReport> {
  await connection.query(`DROP DATABASE IF EXISTS \`${database}\``);
  await connection.query(`CREATE DATABASE \`${database}\``);
  await connection.query(`USE \`${database}\``);
  const failures: Failure[] = [];
  let passed = 0;
  for (const record of parseRecords(text)) {
    const failure = await runRecord(connection, record);
    if (failure === undefined) passed++;
    else failures.push(failure);
  }
  await connection.query(`DROP DATABASE \`${database}\``);
  return { passed, failures };
}
