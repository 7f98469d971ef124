/**
 * Golden files of expressions: each line is an expression, ` => `, and what MySQL answers: the protocol's type family, the
 * value as text, and the numbers of its warnings. `node dist/test/engine/expression/golden.js` checks them against the
 * engine; with `--rewrite` and MYSQL_PORT set they are collected again from a real server.
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createConnection } from 'mysql2/promise';
import { compileExpression, type FieldType, SqlError, textFunction } from '../../../engine/index.ts';
import { parseExpression } from '../../../sql/parser/parse.ts';
import { bindSql } from './bind-sql.ts';
import { testContext } from './context.ts';

const FOLDER = join(import.meta.dirname, '..', '..', '..', '..', 'test', 'engine', 'expression');
const SEPARATOR = ' => ';

export interface GoldenLine {
  readonly file: string;
  readonly line: number;
  readonly sql: string;
  readonly expected: string;
}

export function goldenFiles(): string[] {
  return readdirSync(FOLDER).filter((name) => name.endsWith('.golden'));
}

export function readGolden(file: string): GoldenLine[] {
  return readFileSync(join(FOLDER, file), 'utf8')
    .split('\n')
    .map((text, i) => ({ text, line: i + 1 }))
    .filter(({ text }) => text !== '' && !text.startsWith('#'))
    .map(({ text, line }) => {
      const at = text.lastIndexOf(SEPARATOR);
      return at < 0
        ? { file, line, sql: text, expected: '' }
        : { file, line, sql: text.slice(0, at), expected: text.slice(at + SEPARATOR.length) };
    });
}

/** Types as the protocol tells them apart, strings and their kin in one family. */
function familyOf(type: FieldType): string {
  switch (type.class) {
    case 'int':
      return type.name === 'year' ? 'year' : type.name === 'bit' ? 'bit' : type.unsigned ? 'uint' : 'int';
    case 'real':
      return type.name === 'float' ? 'float' : 'double';
    case 'decimal':
      return `decimal(${type.scale})`;
    case 'datetime':
      return type.name === 'date' ? 'date' : `datetime(${type.scale})`;
    case 'time':
      return `time(${type.scale})`;
    case 'bytes':
      return 'bytes';
    case 'json':
      return 'json';
    case 'null':
      return 'null';
    default:
      return 'string';
  }
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

/** What the engine answers, in the golden form. */
export function answerOf(sql: string): string {
  try {
    const expression = bindSql(parseExpression(sql));
    const context = testContext();
    const value = compileExpression(expression).evaluateRow([], context);
    const text = value === null ? 'NULL' : quoted(textFunction(expression.type)(value));
    const warnings = [...new Set(context.warnings.map((warning) => warning.errno))];
    return [familyOf(expression.type), text, ...warnings.map((errno) => `w${errno}`)].join(' ');
  } catch (error) {
    if (error instanceof SqlError) return `error ${error.errno}`;
    throw error;
  }
}

const UNSIGNED_FLAG = 32;

interface WireField {
  readonly columnType: number;
  readonly decimals: number;
  readonly flags: number;
  readonly characterSet: number;
}

function wireFamily(field: WireField): string {
  const isUnsigned = (field.flags & UNSIGNED_FLAG) !== 0;
  switch (field.columnType) {
    case 1:
    case 2:
    case 3:
    case 8:
    case 9:
      return isUnsigned ? 'uint' : 'int';
    case 4:
      return 'float';
    case 5:
      return 'double';
    case 6:
      return 'null';
    case 10:
      return 'date';
    case 7:
    case 12:
      return `datetime(${field.decimals})`;
    case 11:
      return `time(${field.decimals})`;
    case 13:
      return 'year';
    case 16:
      return 'bit';
    case 245:
      return 'json';
    case 0:
    case 246:
      return `decimal(${field.decimals})`;
    default:
      return field.characterSet === 63 ? 'bytes' : 'string';
  }
}

async function collect(port: number): Promise<void> {
  const connection = await createConnection({
    host: '127.0.0.1',
    port,
    user: 'root',
    rowsAsArray: true,
    charset: 'utf8mb4_0900_ai_ci',
    typeCast: (field) => {
      const bytes = field.buffer();
      return bytes === null ? null : bytes.toString('latin1');
    },
  });
  await connection.query(
    "SET NAMES utf8mb4 COLLATE utf8mb4_0900_ai_ci, time_zone = '+00:00', timestamp = 1709210096.789012",
  );
  for (const file of goldenFiles()) {
    const lines = readFileSync(join(FOLDER, file), 'utf8').split('\n');
    const rewritten: string[] = [];
    for (const line of lines) {
      const at = line.lastIndexOf(SEPARATOR);
      const sql = at < 0 ? line : line.slice(0, at);
      rewritten.push(
        sql === '' || sql.startsWith('#') ? line : `${sql}${SEPARATOR}${await answerOfServer(connection, sql)}`,
      );
    }
    writeFileSync(join(FOLDER, file), rewritten.join('\n'));
  }
  await connection.end();
}

/** Warnings about syntax that is going away say nothing about values. */
const DEPRECATIONS = new Set([1287, 1681, 3719, 4095]);

async function answerOfServer(connection: Awaited<ReturnType<typeof createConnection>>, sql: string): Promise<string> {
  try {
    const [rows, fields] = await connection.query(`SELECT ${sql}`);
    const field = fields[0] as unknown as WireField;
    const family = wireFamily(field);
    const value = (rows as (string | null)[][])[0]![0]!;
    const decoded = value !== null && family !== 'bytes' ? Buffer.from(value, 'latin1').toString('utf8') : value;
    const [warnings] = await connection.query('SHOW WARNINGS');
    const numbers = [...new Set((warnings as unknown as [string, string, string][]).map(([, errno]) => Number(errno)))];
    const kept = numbers.filter((errno) => !DEPRECATIONS.has(errno));
    return [family, decoded === null ? 'NULL' : quoted(decoded), ...kept.map((errno) => `w${errno}`)].join(' ');
  } catch (error) {
    return `error ${(error as { errno: number }).errno}`;
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (process.argv.includes('--rewrite')) await collect(Number(process.env['MYSQL_PORT'] ?? 3306));
  let failed = 0;
  for (const file of goldenFiles()) {
    for (const { sql, expected, line } of readGolden(file)) {
      let answer: string;
      try {
        answer = answerOf(sql);
      } catch (error) {
        answer = `threw ${String(error)}`;
      }
      if (answer === expected) continue;
      failed++;
      process.stdout.write(`${file}:${line} ${sql}\n    mysql: ${expected}\n    shoal: ${answer}\n`);
    }
  }
  process.stdout.write(`${failed} differences\n`);
}
