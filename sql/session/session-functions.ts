/** The information functions of SQL (USER(), LAST_INSERT_ID() …), user and system variables, for one session. */

import { type SessionFunctions, sqlErrors, type TypedValue } from '../../engine/index.ts';
import type { ConnectionIdentity } from '../server/session-port.ts';
import type { ServerContext } from './server-context.ts';
import type { SessionState } from './session-state.ts';
import { MAX_WAIT_MS, type StatementWaits } from './statement-waits.ts';
import { findVariable } from './variables/variable-definition.ts';

export class SessionFunctionsView implements SessionFunctions {
  readonly #server: ServerContext;
  readonly #state: SessionState;
  readonly #identity: ConnectionIdentity;
  readonly #account: string;
  readonly #waits: StatementWaits;

  /** `account`: user@host pattern as authenticated. */
  constructor(
    server: ServerContext,
    state: SessionState,
    identity: ConnectionIdentity,
    account: string,
    waits: StatementWaits,
  ) {
    this.#server = server;
    this.#state = state;
    this.#identity = identity;
    this.#account = account;
    this.#waits = waits;
  }

  database(): string | null {
    return this.#state.database;
  }

  currentUser(): string {
    return this.#account;
  }

  user(): string {
    return `${this.#identity.user}@${this.#identity.host}`;
  }

  connectionId(): number {
    return this.#identity.connectionId;
  }

  lastInsertId(): number | bigint {
    return this.#state.lastInsertId;
  }

  setLastInsertId(value: number | bigint): void {
    this.#state.lastInsertId = value;
  }

  rowCount(): number {
    return this.#state.rowCount;
  }

  foundRows(): number {
    return this.#state.foundRows;
  }

  version(): string {
    return this.#server.version;
  }

  userVariable(name: string): TypedValue {
    return this.#state.userVariable(name);
  }

  setUserVariable(name: string, value: TypedValue): void {
    this.#state.setUserVariable(name, value);
  }

  /** Throws 1193 (unknown) and 1238 (asked for in a scope it does not have). */
  systemVariable(scope: 'session' | 'global' | undefined, name: string): TypedValue {
    const definition = findVariable(name);
    if (definition === undefined) throw sqlErrors.unknownSystemVariable(name);
    if (scope === 'global' && !definition.hasGlobal) {
      throw sqlErrors.incorrectGlobalLocalVariable(definition.name, 'SESSION');
    }
    if (scope === 'session' && !definition.hasSession) {
      throw sqlErrors.incorrectGlobalLocalVariable(definition.name, 'GLOBAL');
    }
    const value = scope === 'global' ? this.#server.globals.get(definition) : this.#state.variables.get(definition);
    return this.#state.typed(definition, value);
  }

  sleep(seconds: number): number {
    return this.#waits.sleep(seconds);
  }

  getLock(name: string, timeoutSeconds: number): number {
    const { clusterLocks, userLocks } = this.#server;
    const { connectionId } = this.#identity;
    if (clusterLocks === undefined) return this.#waits.getLock(userLocks, name, connectionId, timeoutSeconds);
    const timeoutMs = timeoutSeconds < 0 ? MAX_WAIT_MS : Math.min(timeoutSeconds * 1000, MAX_WAIT_MS);
    return Number(this.#waits.ask((signal) => clusterLocks.take(name, connectionId, timeoutMs, signal)));
  }

  releaseLock(name: string): number | null {
    const { clusterLocks, userLocks } = this.#server;
    const { connectionId } = this.#identity;
    if (clusterLocks === undefined) return userLocks.release(name, connectionId);
    return this.#waits.ask(() => clusterLocks.release(name, connectionId));
  }

  releaseAllLocks(): number {
    const { clusterLocks, userLocks } = this.#server;
    const { connectionId } = this.#identity;
    if (clusterLocks === undefined) return userLocks.releaseAll(connectionId);
    return Number(this.#waits.ask(() => clusterLocks.releaseAll(connectionId)));
  }

  lockHolder(name: string): number | null {
    const { clusterLocks, userLocks } = this.#server;
    return clusterLocks === undefined ? userLocks.holder(name) : this.#waits.ask(() => clusterLocks.holder(name));
  }
}
