/**
 * A session for the wire tests: answers a few fixed statements and echoes bound parameters, so that the protocol is
 * tested without a database behind it.
 */

import { isPromise, realEnv, type ValueOrPromise } from '../../../base/index.ts';
import { type Batch, type Datum, type FieldType, fieldTypes, SqlError, sqlErrors } from '../../../engine/index.ts';
import { hashCachingSha2Password } from '../../../sql/server/auth/caching-sha2-password.ts';
import { hashNativePassword } from '../../../sql/server/auth/native-password.ts';
import { MySqlServer } from '../../../sql/server/mysql-server.ts';
import type { MySqlServerOptions } from '../../../sql/server/server-options.ts';
import type {
  AccountCredentials,
  BoundParameter,
  ConnectionControl,
  ConnectionIdentity,
  OkResult,
  PreparedStatementInfo,
  ResultColumn,
  ResultWriter,
  SessionFactory,
  SqlSession,
} from '../../../sql/server/session-port.ts';

export function column(name: string, type: FieldType): ResultColumn {
  return { database: 'db', table: 't', originalTable: 't', name, originalName: name, type, flags: 0 };
}

export function batchOf(columns: readonly ResultColumn[], rows: readonly (readonly Datum[])[]): Batch {
  return {
    length: rows.length,
    columns: columns.map((c, i) => ({ kind: 'plain', type: c.type, values: rows.map((row) => row[i] ?? null) })),
  };
}

const OK: OkResult = { affectedRows: 0, lastInsertId: 0, warnings: 0, info: '' };
const NUMBER_COLUMNS = [column('n', fieldTypes.bigint()), column('text', fieldTypes.varchar(200))];

/** Result sets by statement text; tests add their own. */
export type Answers = Map<string, { readonly columns: readonly ResultColumn[]; readonly rows: Datum[][] }>;

export class EchoSession implements SqlSession {
  readonly connectionId: number;
  readonly identity: ConnectionIdentity;
  readonly #answers: Answers;
  readonly #control: ConnectionControl;
  readonly #prepared = new Map<number, string>();
  database: string | undefined;
  resets = 0;
  closed = false;
  interrupted = false;
  multiStatements = false;
  maxAllowedPacket = 64 * 1024 * 1024;
  waitTimeout = 28800;

  constructor(identity: ConnectionIdentity, control: ConnectionControl, answers: Answers) {
    this.connectionId = identity.connectionId;
    this.identity = identity;
    this.database = identity.database;
    this.#control = control;
    this.#answers = answers;
  }

  statusFlags(): number {
    return 2;
  }

  query(sql: Buffer, writer: ResultWriter): ValueOrPromise<void> {
    const text = sql.toString('utf8');
    const statements = text.split(';');
    return this.#queryAll(statements, 0, writer);
  }

  #queryAll(statements: readonly string[], at: number, writer: ResultWriter): ValueOrPromise<void> {
    const more = at + 1 < statements.length;
    const done = this.#queryOne((statements[at] as string).trim(), writer, more);
    if (!more) return done;
    if (isPromise(done)) return done.then(() => this.#queryAll(statements, at + 1, writer));
    return this.#queryAll(statements, at + 1, writer);
  }

  #queryOne(text: string, writer: ResultWriter, more: boolean): ValueOrPromise<void> {
    const answer = this.#answers.get(text);
    if (answer !== undefined) {
      writer.columns(answer.columns);
      const wait = writer.rows(batchOf(answer.columns, answer.rows));
      if (isPromise(wait)) return wait.then(() => writer.end(0, more));
      return writer.end(0, more);
    }
    const numbers = /^numbers (\d+)$/.exec(text);
    if (numbers !== null) return this.#numbers(Number(numbers[1]), writer, more);
    if (text === 'boom') throw new Error('a defect');
    if (text === 'later') return Promise.resolve().then(() => writer.ok({ ...OK, affectedRows: 1 }, more));
    if (text.startsWith('load ')) return this.#load(text.slice(5), writer);
    if (text.startsWith('fail ')) throw new SqlError(1064, '42000', text.slice(5));
    writer.ok({ affectedRows: 3, lastInsertId: 7n, warnings: 1, info: 'Rows matched: 3' }, more);
  }

  /** `count` rows in batches of 1000, awaiting the client. */
  async #numbers(count: number, writer: ResultWriter, more: boolean): Promise<void> {
    writer.columns(NUMBER_COLUMNS);
    for (let from = 0; from < count; from += 1000) {
      const rows = Array.from({ length: Math.min(1000, count - from) }, (_, i): Datum[] => [
        from + i,
        'x'.repeat((from + i) % 200),
      ]);
      await writer.rows(batchOf(NUMBER_COLUMNS, rows));
    }
    writer.end(0, more);
  }

  async #load(name: string, writer: ResultWriter): Promise<void> {
    let bytes = 0;
    for await (const chunk of this.#control.requestLocalFile(name)) bytes += chunk.length;
    writer.ok({ ...OK, affectedRows: bytes }, false);
  }

  prepare(sql: Buffer): PreparedStatementInfo {
    const text = sql.toString('utf8');
    const statementId = this.#prepared.size + 1;
    this.#prepared.set(statementId, text);
    return { statementId, parameterCount: text.split('?').length - 1, columns: [], warnings: 0 };
  }

  execute(id: number, parameters: readonly BoundParameter[], writer: ResultWriter): ValueOrPromise<void> {
    const text = this.#prepared.get(id);
    if (text === undefined) throw sqlErrors.unknownStatementHandler(String(id), 'EXECUTE');
    if (!text.startsWith('echo')) return this.#queryOne(text, writer, false);
    const columns = parameters.map((parameter, i) => column(`p${i}`, parameter.type));
    writer.columns(columns);
    const wait = writer.rows(batchOf(columns, [parameters.map((parameter) => parameter.value)]));
    if (isPromise(wait)) return wait.then(() => writer.end(0, false));
    writer.end(0, false);
  }

  closeStatement(id: number): void {
    this.#prepared.delete(id);
  }

  useDatabase(name: string): void {
    if (name === 'nowhere') throw sqlErrors.badDb(name);
    this.database = name;
  }

  reset(): void {
    this.resets++;
  }

  setMultiStatements(enabled: boolean): void {
    this.multiStatements = enabled;
  }

  fieldList(): readonly ResultColumn[] {
    return NUMBER_COLUMNS;
  }

  protocolVariable(name: string): Datum {
    if (name === 'max_allowed_packet') return this.maxAllowedPacket;
    if (name === 'wait_timeout') return this.waitTimeout;
    if (name === 'net_write_timeout') return 60;
    return name.startsWith('character_set') ? 'utf8mb4' : null;
  }

  resultCollationId(): undefined {
    return undefined;
  }

  takeStateChanges(): undefined {
    return undefined;
  }

  interrupt(): void {
    this.interrupted = true;
  }

  close(): void {
    this.closed = true;
  }
}

export interface EchoServer {
  readonly server: MySqlServer;
  readonly port: number;
  readonly answers: Answers;
  readonly sessions: EchoSession[];
  readonly internalErrors: unknown[];
}

function account(user: string, plugin: AccountCredentials['plugin'], stored: string): AccountCredentials {
  return {
    user,
    hostPattern: '%',
    plugin,
    authenticationString: Buffer.from(stored, 'latin1'),
    locked: user === 'locked',
    requireTls: user === 'tls_only',
  };
}

const ACCOUNTS = [
  account('root', 'caching_sha2_password', ''),
  account('sha2', 'caching_sha2_password', hashCachingSha2Password('geheim', Buffer.alloc(20, 77))),
  account('tls_only', 'caching_sha2_password', hashCachingSha2Password('geheim', Buffer.alloc(20, 78))),
  account('native', 'mysql_native_password', hashNativePassword('geheim')),
  account('locked', 'caching_sha2_password', ''),
];

/** A listening server with the accounts root (no password), sha2, native, tls_only (password `geheim`) and locked. */
export async function startEchoServer(options: Partial<MySqlServerOptions> = {}): Promise<EchoServer> {
  const answers: Answers = new Map();
  const sessions: EchoSession[] = [];
  const internalErrors: unknown[] = [];
  const factory: SessionFactory = {
    findAccount: (user) => ACCOUNTS.find((known) => known.user === user),
    open(identity, control) {
      if (identity.database === 'nowhere') throw sqlErrors.badDb('nowhere');
      const session = new EchoSession(identity, control, answers);
      sessions.push(session);
      return session;
    },
  };
  const server = new MySqlServer(realEnv, factory, {
    host: '127.0.0.1',
    port: 0,
    version: '0.1.0',
    maxConnections: 50,
    connectTimeoutMs: 10_000,
    onInternalError: (error) => internalErrors.push(error),
    ...options,
  });
  const { port } = await server.listen();
  return { server, port, answers, sessions, internalErrors };
}
