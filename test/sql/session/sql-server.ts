/** A whole server in process: wire protocol, sessions, planner, a store in memory. */

import mysql, { type Connection, type ConnectionOptions } from 'mysql2/promise';
import { realEnv } from '../../../base/index.ts';
import { MySqlServer } from '../../../sql/server/mysql-server.ts';
import { openSql, type SqlLayer } from '../../../sql/session/open-sql.ts';
import type { SessionLayerOptions } from '../../../sql/session/session-factory.ts';
import { MemoryStorage } from '../support/memory-storage.ts';

export interface SqlServer {
  readonly sql: SqlLayer;
  readonly port: number;
  readonly internalErrors: unknown[];
  connect(options?: ConnectionOptions): Promise<Connection>;
  close(): Promise<void>;
}

export async function startSqlServer(
  memory?: SessionLayerOptions['memory'],
  options: Partial<SessionLayerOptions> = {},
): Promise<SqlServer> {
  const sql = await openSql({
    env: realEnv,
    storage: new MemoryStorage(),
    version: '0.1.0',
    systemTimeZone: 'UTC',
    variables: {},
    memory,
    ...options,
  });
  const internalErrors: unknown[] = [];
  const server = new MySqlServer(realEnv, sql.sessions, {
    host: '127.0.0.1',
    port: 0,
    version: '0.1.0',
    maxConnections: 100,
    connectTimeoutMs: 10_000,
    onInternalError: (error) => internalErrors.push(error),
  });
  const { port } = await server.listen();
  const open: Connection[] = [];
  return {
    sql,
    port,
    internalErrors,
    async connect(options = {}) {
      const connection = await mysql.createConnection({ host: '127.0.0.1', port, user: 'root', ...options });
      open.push(connection);
      return connection;
    },
    async close() {
      for (const connection of open) connection.destroy();
      await server.close();
      await sql.close();
    },
  };
}

/** The rows as plain objects. */
export async function rowsOf(connection: Connection, sql: string): Promise<Record<string, unknown>[]> {
  const [rows] = await connection.query(sql);
  return (rows as Record<string, unknown>[]).map((row) => ({ ...row }));
}
