/** The listener: accepts sockets, makes connections of them, watches their timeouts, closes them all at the end. */

import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { type Address, type Env, Rounds } from '../../base/index.ts';
import { sqlErrors } from '../../engine/index.ts';
import { Authenticator } from './auth/authenticator.ts';
import { Connection, type ConnectionHost } from './connection.ts';
import { type MySqlServerOptions, serverVersion } from './server-options.ts';
import type { SessionFactory } from './session-port.ts';
import { Transport } from './transport.ts';
import { Capability } from './wire/constants.ts';

const TIMEOUT_CHECK_MS = 1000;
const MAX_CONNECTION_ID = 0xffff_ffff;

const CAPABILITIES =
  Capability.LONG_PASSWORD |
  Capability.FOUND_ROWS |
  Capability.LONG_FLAG |
  Capability.CONNECT_WITH_DB |
  Capability.COMPRESS |
  Capability.ODBC |
  Capability.LOCAL_FILES |
  Capability.IGNORE_SPACE |
  Capability.PROTOCOL_41 |
  Capability.INTERACTIVE |
  Capability.IGNORE_SIGPIPE |
  Capability.TRANSACTIONS |
  Capability.RESERVED |
  Capability.SECURE_CONNECTION |
  Capability.MULTI_STATEMENTS |
  Capability.MULTI_RESULTS |
  Capability.PS_MULTI_RESULTS |
  Capability.PLUGIN_AUTH |
  Capability.CONNECT_ATTRS |
  Capability.PLUGIN_AUTH_LENENC |
  Capability.SESSION_TRACK |
  Capability.DEPRECATE_EOF;

export class MySqlServer {
  readonly #env: Env;
  readonly #options: MySqlServerOptions;
  readonly #server: Server;
  readonly #host: ConnectionHost;
  readonly #connections = new Set<Connection>();
  readonly #checks: Rounds;
  #nextConnectionId = 1;
  #accepted = 0;
  #closing = false;
  readonly #startedMs: number;

  constructor(env: Env, sessions: SessionFactory, options: MySqlServerOptions) {
    this.#env = env;
    this.#options = options;
    this.#startedMs = env.clock.monotonicMs();
    this.#checks = new Rounds({
      timers: env.timers,
      intervalMs: TIMEOUT_CHECK_MS,
      round: () => this.#checkTimeouts(),
    });
    const secureContext = makeSecureContext(options);
    this.#host = {
      clock: env.clock,
      random: env.random,
      sessions,
      authenticator: new Authenticator(options.tls?.key),
      version: serverVersion(options.version),
      secureContext,
      requireSecureTransport: options.requireSecureTransport ?? false,
      connectTimeoutMs: options.connectTimeoutMs,
      capabilities: secureContext === undefined ? CAPABILITIES : CAPABILITIES | Capability.SSL,
      statistics: () => this.#statistics(),
      internalError: (error, id) => options.onInternalError?.(error, id),
      closed: (connection) => this.#connections.delete(connection),
    };
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  /** Rejects with Node's error (EADDRINUSE …) when the address cannot be had. */
  async listen(): Promise<Address> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port }, () => {
        this.#server.removeListener('error', reject);
        resolve();
      });
    });
    this.#checks.start();
    const address = this.#server.address();
    return { host, port: typeof address === 'object' && address !== null ? address.port : port };
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Connections accepted since the start: the status variable Connections. */
  get acceptedCount(): number {
    return this.#accepted;
  }

  /** Stops accepting and cuts all connections. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#checks.close();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    const connection = new Connection(this.#newConnectionId(), this.#host);
    const transport = new Transport(socket, connection);
    this.#accepted++;
    if (this.#closing) {
      socket.destroy();
      return;
    }
    if (this.#connections.size >= this.#options.maxConnections) {
      connection.refuse(transport, sqlErrors.conCountError());
      return;
    }
    this.#connections.add(connection);
    connection.start(transport);
  }

  #newConnectionId(): number {
    const unique = this.#host.sessions.newConnectionId;
    if (unique !== undefined) return unique();
    const id = this.#nextConnectionId;
    this.#nextConnectionId = id >= MAX_CONNECTION_ID ? 1 : id + 1;
    return id;
  }

  #checkTimeouts(): void {
    const nowMs = this.#env.clock.monotonicMs();
    for (const connection of this.#connections) connection.checkTimeouts(nowMs);
  }

  #statistics(): string {
    const uptime = Math.max(1, Math.floor((this.#env.clock.monotonicMs() - this.#startedMs) / 1000));
    return `Uptime: ${uptime}  Threads: ${this.#connections.size}  Questions: 0  Slow queries: 0  Opens: 0  Flush tables: 1  Open tables: 0  Queries per second avg: 0.0`;
  }
}

function makeSecureContext(options: MySqlServerOptions): SecureContext | undefined {
  const { tls } = options;
  if (tls === undefined) return undefined;
  return createSecureContext({
    key: tls.key,
    cert: tls.certificate,
    minVersion: 'TLSv1.2',
    ...(tls.authority === undefined ? {} : { ca: tls.authority }),
  });
}
