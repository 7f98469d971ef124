/** Opens sessions: the server's entrance into the session layer, and the composition of what sessions share. */

import type { Env } from '../../base/index.ts';
import { type Datum, findTimeZone, sqlErrors } from '../../engine/index.ts';
import type { ClusterView, Storage } from '../../tikv-lite/index.ts';
import type { SchemaSync } from '../catalog/schema-sync.ts';
import { Normalizer } from '../parser/normalize.ts';
import { serverVersion } from '../server/server-options.ts';
import type {
  AccountCredentials,
  ConnectionControl,
  ConnectionIdentity,
  SessionFactory,
  SqlSession,
} from '../server/session-port.ts';
import { type Account, AccountStore, accountName, credentialsOf } from './accounts/account-store.ts';
import { ClusterLocks } from './cluster-locks.ts';
import { GatewayGroup } from './gateway-group.ts';
import { DEFAULT_SERVER_MEMORY_BYTES, DEFAULT_STATEMENT_MEMORY_BYTES } from './limits.ts';
import { MemoryAccount } from './memory-account.ts';
import { PlanCache } from './plan-cache.ts';
import { ProcessList } from './process-list.ts';
import type { ServerContext } from './server-context.ts';
import { ServerStatus } from './server-status.ts';
import { serverUuid } from './server-uuid.ts';
import { Session } from './session.ts';
import type { StatementPlanner } from './statement-planner.ts';
import { UserLocks } from './user-locks.ts';
import { PersistedVariables } from './variables/persisted-variables.ts';
import { GlobalVariables } from './variables/variable-store.ts';

export interface SessionLayerOptions {
  readonly env: Env;
  readonly storage: Storage;
  /** Other gateways work on the same storage: schema changes are agreed with them. Default: false. */
  readonly isShared?: boolean | undefined;
  /** Follows `8.0.44-Shoal-`. */
  readonly version: string;
  /** IANA name of the zone SYSTEM stands for. */
  readonly systemTimeZone: string;
  /** Values of this server: port, server_uuid, hostname, datadir, server_id, max_connections … */
  readonly variables: Readonly<Record<string, Datum>>;
  /** What SHOW TABLE REGIONS, SPLIT TABLE and the system tables about regions speak of. */
  readonly cluster?: ClusterView | undefined;
  /** Memory of one running statement and of all together; 1037 beyond. */
  readonly memory?: { readonly statementBytes: number; readonly serverBytes: number } | undefined;
}

/** Where clients connect, host:port. */
export function addressOf({ variables }: Pick<SessionLayerOptions, 'variables'>): string {
  return `${variables['bind_address'] ?? 'localhost'}:${variables['port'] ?? 0}`;
}

/** Reads accounts and persisted variables. `planner` is asked for once the context exists, as it reads from it. */
export async function openServerContext(
  options: SessionLayerOptions,
  makePlanner: (context: Omit<ServerContext, 'planner'>) => StatementPlanner,
  sync: SchemaSync | undefined,
): Promise<ServerContext> {
  const { env, storage } = options;
  const version = serverVersion(options.version);
  const fixed = new Map<string, Datum>([
    ['version', version],
    ['version_comment', 'Shoal'],
    ['system_time_zone', options.systemTimeZone],
    ['server_uuid', await serverUuid(storage, env.random)],
    ...Object.entries(options.variables),
  ]);
  const globals = new GlobalVariables(fixed);
  const processes = new ProcessList(env.clock);
  const userLocks = new UserLocks();
  const cut = (connectionId: number): void => processes.find(connectionId)?.kill('connection');
  const context = {
    env,
    storage,
    globals,
    persisted: await PersistedVariables.open(storage, globals),
    accounts: await AccountStore.open(storage),
    processes,
    status: new ServerStatus(env.clock),
    userLocks,
    clusterLocks: sync && new ClusterLocks({ env, storage, gateways: sync, local: userLocks, cut }),
    address: addressOf(options),
    gateways: sync && new GatewayGroup(sync, processes),
    plans: new PlanCache(),
    normalizer: new Normalizer(),
    systemTimeZone: findTimeZone(options.systemTimeZone) ?? findTimeZone('+00:00') ?? FALLBACK_ZONE,
    memory: new MemoryAccount(options.memory?.serverBytes ?? DEFAULT_SERVER_MEMORY_BYTES),
    statementMemoryBytes: options.memory?.statementBytes ?? DEFAULT_STATEMENT_MEMORY_BYTES,
    cluster: options.cluster,
    version,
  };
  return { ...context, planner: makePlanner(context) };
}

const FALLBACK_ZONE = { name: 'UTC', offsetSecondsAt: () => 0, toUtcMicros: (micros: number) => micros };

/** Clients that may use an account without a password: those on this machine. */
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);

export class SqlSessionFactory implements SessionFactory {
  readonly #server: ServerContext;

  constructor(server: ServerContext) {
    this.#server = server;
  }

  get newConnectionId(): (() => number) | undefined {
    const { gateways } = this.#server;
    return gateways && (() => gateways.newConnectionId());
  }

  async findAccount(user: string, host: string): Promise<AccountCredentials | undefined> {
    const account = await this.#match(user, host);
    return account === undefined ? undefined : credentialsOf(account);
  }

  async #match(user: string, host: string): Promise<Account | undefined> {
    const account = await this.#server.accounts.match(user, host);
    return account?.authentication === '' && !LOOPBACK.has(host) ? undefined : account;
  }

  async open(identity: ConnectionIdentity, control: ConnectionControl): Promise<SqlSession> {
    const { planner, processes, status } = this.#server;
    const account = await this.#match(identity.user, identity.host);
    if (account === undefined) throw sqlErrors.accessDenied(identity.user, identity.host, true);
    if (identity.database !== undefined && !planner.hasDatabase(identity.database)) {
      throw sqlErrors.badDb(identity.database);
    }
    const name = accountName(account.user, account.host);
    const session = new Session(this.#server, identity, control, name);
    processes.add(session);
    status.connections++;
    status.maxUsedConnections = Math.max(status.maxUsedConnections, processes.size);
    return session;
  }

  /** A session without a connection: for embedding and for tests. It has all rights of root. */
  openInternal(connectionId: number, control: ConnectionControl): Session {
    const identity: ConnectionIdentity = {
      user: 'root',
      host: 'localhost',
      connectionId,
      database: undefined,
      collationId: 255,
      attributes: new Map(),
      tls: false,
      capabilities: 0,
    };
    const session = new Session(this.#server, identity, control, 'root@localhost');
    this.#server.processes.add(session);
    return session;
  }
}
