/** One client of a cluster under faults: comes back by itself, and knows what it was told about each transaction. */

import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, createConnection } from 'mysql2/promise';
import { CheckFailed } from '../../simulation/support/outcome.ts';

/** What a transaction came to, as far as its client knows. */
export type Outcome = 'committed' | 'aborted' | 'unknown';

const STATEMENT_LIMIT_MS = 10_000;
const CONNECT_LIMIT_MS = 10_000;
const RECONNECT_PAUSE_MS = 100;
/** Error 1180: the server itself does not know what became of the commit. */
const ERROR_DURING_COMMIT = 1180;

interface MysqlError extends Error {
  readonly errno?: number;
}

/** Errors of the server carry MySQL's numbers; everything else is a lost or silent connection. */
function errnoOf(error: unknown): number | undefined {
  const { errno } = error as MysqlError;
  return errno !== undefined && errno >= 1000 ? errno : undefined;
}

export class ChaosClient {
  readonly #url: string;
  #connection: Connection | undefined;
  /** Errors by number, or 0 for lost connections. */
  readonly errors = new Map<number, number>();
  lastError: string | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  /**
   * Runs BEGIN, `body`, COMMIT. Never rejects but with what `body` throws that is no error of the server or of the
   * connection.
   */
  async transaction(begin: string, body: (query: Query) => Promise<void>): Promise<Outcome> {
    const connection = await this.#connect();
    if (connection === undefined) return 'aborted';
    let isCommitting = false;
    try {
      const query: Query = async (sql, values = []) => {
        const [rows] = await connection.query({ sql, timeout: STATEMENT_LIMIT_MS, rowsAsArray: true }, [...values]);
        return rows as unknown[][];
      };
      await query(begin);
      await body(query);
      isCommitting = true;
      await query('COMMIT');
      return 'committed';
    } catch (error) {
      if (error instanceof WrongResult || error instanceof CheckFailed) throw error;
      const errno = errnoOf(error);
      this.lastError = `${errno ?? ''} ${error instanceof Error ? error.message : String(error)}`;
      this.errors.set(errno ?? 0, (this.errors.get(errno ?? 0) ?? 0) + 1);
      const isKnown = errno !== undefined && errno !== ERROR_DURING_COMMIT;
      await this.#afterError(connection, errno !== undefined);
      return isCommitting && !isKnown ? 'unknown' : 'aborted';
    }
  }

  async #connect(): Promise<Connection | undefined> {
    if (this.#connection !== undefined) return this.#connection;
    try {
      const connection = await createConnection({ uri: this.#url, connectTimeout: CONNECT_LIMIT_MS });
      connection.on('error', () => undefined);
      this.#connection = connection;
      return connection;
    } catch (error) {
      this.lastError = `no connection: ${error instanceof Error ? error.message : String(error)}`;
      await delay(RECONNECT_PAUSE_MS);
      return undefined;
    }
  }

  async #afterError(connection: Connection, isAlive: boolean): Promise<void> {
    try {
      if (isAlive) {
        await connection.query({ sql: 'ROLLBACK', timeout: STATEMENT_LIMIT_MS });
        return;
      }
    } catch {
      // The connection is lost as well.
    }
    this.close();
  }

  close(): void {
    this.#connection?.destroy();
    this.#connection = undefined;
  }
}

export type Query = (sql: string, values?: readonly (string | number)[]) => Promise<unknown[][]>;

/** The database answered something impossible. */
export class WrongResult extends Error {
  override readonly name = 'WrongResult';
}
