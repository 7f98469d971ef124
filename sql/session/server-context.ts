/** What all sessions of a server share. */

import type { Env } from '../../base/index.ts';
import type { TimeZone } from '../../engine/index.ts';
import type { ClusterView, Storage } from '../../tikv-lite/index.ts';
import type { Normalizer } from '../parser/normalize.ts';
import type { AccountStore } from './accounts/account-store.ts';
import type { ClusterLocks } from './cluster-locks.ts';
import type { GatewayGroup } from './gateway-group.ts';
import type { MemoryAccount } from './memory-account.ts';
import type { PlanCache } from './plan-cache.ts';
import type { ProcessList } from './process-list.ts';
import type { ServerStatus } from './server-status.ts';
import type { StatementPlanner } from './statement-planner.ts';
import type { UserLocks } from './user-locks.ts';
import type { PersistedVariables } from './variables/persisted-variables.ts';
import type { GlobalVariables } from './variables/variable-store.ts';

export interface ServerContext {
  readonly env: Env;
  readonly storage: Storage;
  readonly planner: StatementPlanner;
  readonly globals: GlobalVariables;
  readonly persisted: PersistedVariables;
  readonly accounts: AccountStore;
  readonly processes: ProcessList;
  readonly status: ServerStatus;
  /** Those of this server's connections. */
  readonly userLocks: UserLocks;
  /** GET_LOCK among several gateways. */
  readonly clusterLocks: ClusterLocks | undefined;
  /** Where clients connect, host:port. */
  readonly address: string;
  /** The other gateways on the same storage; undefined when there are none. */
  readonly gateways: GatewayGroup | undefined;
  readonly plans: PlanCache;
  /** Shared: it is used within one turn of the event loop only. */
  readonly normalizer: Normalizer;
  readonly systemTimeZone: TimeZone;
  /** What all running statements hold together. */
  readonly memory: MemoryAccount;
  /** What one of them may hold; 1037 beyond. */
  readonly statementMemoryBytes: number;
  /** The regions and stores below; undefined for a storage that has none. */
  readonly cluster: ClusterView | undefined;
  /** VERSION(). */
  readonly version: string;
}
