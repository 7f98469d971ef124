/**
 * `node dist/test/conformance/parser/main.js --url mysql://root@127.0.0.1:3306 [--seconds N] [--seed N] [--sql-mode LIST]`
 *
 * Random statements against a real MySQL server, which is asked instead of trusted memory:
 * expressions: the value as written equals the value as printed with all parentheses, and refusals are the same 1064;
 * names: result columns are called the same;
 * statements: the list of valid statements, mutilated, through PREPARE (nothing is executed): accepted and refused alike.
 * Differences are printed; raw-text statements (CHANGE REPLICATION …) are known to accept too much.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Connection, createConnection } from 'mysql2/promise';
import { parse } from '../../../sql/parser/parse.ts';
import { printStatement } from '../../../sql/parser/print.ts';
import { DEFAULT_PARSER_MODE, type ParserMode } from '../../../sql/parser/sql-mode.ts';
import { columnList, expressionChain, mutilated, type Random } from './generate.ts';

const { values: flags } = parseArgs({
  options: {
    url: { type: 'string', default: 'mysql://root@127.0.0.1:3306' },
    seconds: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    'sql-mode': { type: 'string', default: '' },
    show: { type: 'string', default: '10' },
  },
});

interface Answer {
  readonly errno: number | undefined;
  readonly message: string;
  readonly rows: string;
  readonly names: readonly string[];
}

const NEAR = /near .*$/s;
const SYNTAX_ERROR = 1064;

function randomOf(seed: number): Random {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor(state / 65_536) % limit;
  };
}

function modeOf(list: string): ParserMode {
  return {
    ...DEFAULT_PARSER_MODE,
    pipesAsConcat: list.includes('PIPES_AS_CONCAT'),
    highNotPrecedence: list.includes('HIGH_NOT_PRECEDENCE'),
    ignoreSpace: list.includes('IGNORE_SPACE'),
    noBackslashEscapes: list.includes('NO_BACKSLASH_ESCAPES'),
  };
}

async function ask(connection: Connection, sql: string, values: readonly string[] = []): Promise<Answer> {
  try {
    const [rows, fields] = await connection.query({ sql, values: [...values], rowsAsArray: true });
    return {
      errno: undefined,
      message: '',
      rows: JSON.stringify(rows),
      names: fields?.map?.(({ name }) => name) ?? [],
    };
  } catch (error) {
    const { errno, sqlMessage } = error as { readonly errno?: number; readonly sqlMessage?: string };
    return { errno, message: sqlMessage ?? String(error), rows: '', names: [] };
  }
}

/** Our own answer: the printed statement and its names, or the refusal. */
function read(
  sql: string,
  sqlMode: ParserMode,
): { readonly printed?: string; readonly names: readonly string[]; readonly refusal?: string } {
  try {
    const statement = parse(sql, { sqlMode });
    if (statement.kind !== 'query' || statement.body.kind !== 'select') return { names: [] };
    const names = statement.body.items.map((item) => (item.kind === 'expression' ? item.name : '*'));
    return { printed: printStatement(statement), names };
  } catch (error) {
    return { names: [], refusal: (error as Error).message };
  }
}

class Tally {
  readonly #name: string;
  #asked = 0;
  #different = 0;

  constructor(name: string) {
    this.#name = name;
  }

  count(difference: string | undefined): void {
    this.#asked++;
    if (difference !== undefined && ++this.#different <= Number(flags.show))
      console.log(`${this.#name}: ${difference}`);
  }

  print(): void {
    console.log(`${this.#name}: ${this.#asked} asked, ${this.#different} different`);
  }
}

async function expressions(connection: Connection, random: Random, sqlMode: ParserMode): Promise<string | undefined> {
  const sql = `SELECT ${expressionChain(random)} FROM (SELECT 2 AS a, '1' AS b) t`;
  const server = await ask(connection, sql);
  const own = read(sql, sqlMode);
  if (server.errno === SYNTAX_ERROR || own.refusal !== undefined) {
    return server.message === own.refusal
      ? undefined
      : `${sql}\n  server ${server.message}\n  own ${own.refusal ?? 'accepts'}`;
  }
  const printed = await ask(connection, own.printed ?? '');
  const isSame = printed.rows === server.rows && printed.errno === server.errno;
  return isSame
    ? undefined
    : `${sql}\n  ${own.printed ?? ''}\n  ${server.rows || server.message}\n  ${printed.rows || printed.message}`;
}

async function names(connection: Connection, random: Random, sqlMode: ParserMode): Promise<string | undefined> {
  const sql = columnList(random);
  const server = await ask(connection, sql);
  if (server.errno !== undefined) return undefined;
  const own = read(sql, sqlMode);
  const isSame = JSON.stringify(own.names) === JSON.stringify(server.names);
  return isSame
    ? undefined
    : `${JSON.stringify(sql)}\n  server ${JSON.stringify(server.names)}\n  own ${JSON.stringify(own.names)}`;
}

async function statements(
  connection: Connection,
  random: Random,
  list: readonly string[],
): Promise<string | undefined> {
  const sql = mutilated(list, random);
  const server = await ask(connection, 'PREPARE s FROM ?', [sql]);
  const own = read(sql, DEFAULT_PARSER_MODE);
  const serverNear = server.errno === SYNTAX_ERROR ? (NEAR.exec(server.message)?.[0] ?? '') : undefined;
  if ((serverNear === undefined) === (own.refusal === undefined)) return undefined;
  return `${sql}\n  server ${serverNear ?? 'accepts'}\n  own ${own.refusal === undefined ? 'accepts' : NEAR.exec(own.refusal)?.[0]}`;
}

const random = randomOf(Number(flags.seed));
const sqlMode = modeOf(flags['sql-mode']);
const list = readFileSync(join(import.meta.dirname, '../../../../test/sql/parser/mysql-statements.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('-- ') && line.length < 500 && !/--|#|\/\*/.test(line));
const connection = await createConnection({ uri: flags.url, charset: 'utf8mb4', flags: ['-IGNORE_SPACE'] });
await connection.query(`SET sql_mode = '${flags['sql-mode']}', @u = 1`);
const rounds = [
  { tally: new Tally('expressions'), run: () => expressions(connection, random, sqlMode) },
  { tally: new Tally('names'), run: () => names(connection, random, sqlMode) },
  { tally: new Tally('statements'), run: () => statements(connection, random, list) },
];
const end = Date.now() + Number(flags.seconds) * 1_000;
while (Date.now() < end) for (const { tally, run } of rounds) tally.count(await run());
for (const { tally } of rounds) tally.print();
await connection.end();
