/**
 * Accounts, their credentials and grants: one JSON record per account under `mshoal:account:USER@HOST`, all of them in
 * memory. A version record tells other nodes to read again.
 */

import { type Key, keyOf, keyToBytes, prefixRange, type ValueOrPromise } from '../../../base/index.ts';
import type { Storage } from '../../../tikv-lite/index.ts';
import type { AccountCredentials } from '../../server/session-port.ts';
import { changeKeys } from '../change-keys.ts';
import { hostMatches, hostRank } from './host-pattern.ts';

export interface Account {
  readonly user: string;
  readonly host: string;
  readonly plugin: AccountCredentials['plugin'];
  /** The authentication string, one character per byte. */
  readonly authentication: string;
  readonly locked: boolean;
  readonly requireTls: boolean;
  readonly expired: boolean;
  /** A role: created by CREATE ROLE, cannot log in. */
  readonly isRole: boolean;
  readonly comment: string | undefined;
  readonly grants: readonly Grant[];
  readonly roles: readonly RoleGrant[];
  readonly defaultRoles: readonly string[];
}

export interface Grant {
  /** '*' for all. */
  readonly schema: string;
  readonly object: string;
  /** Upper case; 'ALL PRIVILEGES' stands for itself. */
  readonly privileges: readonly string[];
  /** Privileges on single columns. */
  readonly columns: Readonly<Record<string, readonly string[]>>;
  readonly grantOption: boolean;
}

export interface RoleGrant {
  /** user@host of the role. */
  readonly role: string;
  readonly adminOption: boolean;
}

const PREFIX = 'mshoal:account:';
const VERSION_KEY = keyOf('mshoal:accounts-version');
const MAX_ACCOUNTS = 1_000_000;

export function accountName(user: string, host: string): string {
  return `${user}@${host}`;
}

function keyFor(name: string): Key {
  return keyOf(`${PREFIX}${name}`);
}

const EVERYTHING: Grant = {
  schema: '*',
  object: '*',
  privileges: ['ALL PRIVILEGES'],
  columns: {},
  grantOption: true,
};

/** Without a password, and without a right but to connect. */
export function newAccount(user: string, host: string): Account {
  return {
    user,
    host,
    plugin: 'caching_sha2_password',
    authentication: '',
    locked: false,
    requireTls: false,
    expired: false,
    isRole: false,
    comment: undefined,
    grants: [],
    roles: [],
    defaultRoles: [],
  };
}

/** The account of a new server: root, from this machine only, without a password. */
const ROOT: Account = { ...newAccount('root', 'localhost'), grants: [EVERYTHING] };

export class AccountStore {
  readonly #storage: Storage;
  #accounts = new Map<string, Account>();
  /** Most specific host first, as MySQL sorts its user table. */
  #byUser = new Map<string, readonly Account[]>();
  #version = '';

  private constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Reads the accounts; a new store gets root. */
  static async open(storage: Storage): Promise<AccountStore> {
    const store = new AccountStore(storage);
    await store.reload();
    if (store.#accounts.size === 0) await store.change([[accountName('root', 'localhost'), ROOT]]);
    return store;
  }

  /** Reads all accounts again: FLUSH PRIVILEGES. */
  async reload(): Promise<void> {
    const reader = this.#storage.snapshot(await this.#storage.currentTs());
    const version = await reader.get(VERSION_KEY);
    const accounts = new Map<string, Account>();
    const scanner = reader.scan(prefixRange(keyOf(PREFIX)), {});
    for (;;) {
      const page = await scanner.next(1000);
      if (page.length === 0) break;
      for (const { key, value } of page) {
        const name = keyToBytes(key).toString('utf8').slice(PREFIX.length);
        accounts.set(name, JSON.parse(Buffer.from(value).toString('utf8')) as Account);
      }
      if (accounts.size > MAX_ACCOUNTS) break;
    }
    scanner.close();
    this.#version = version === undefined ? '' : Buffer.from(version).toString('latin1');
    this.#index(accounts);
  }

  #index(accounts: Map<string, Account>): void {
    const byUser = new Map<string, Account[]>();
    for (const account of accounts.values()) {
      const list = byUser.get(account.user) ?? [];
      list.push(account);
      byUser.set(account.user, list);
    }
    for (const list of byUser.values()) list.sort((left, right) => hostRank(left.host) - hostRank(right.host));
    this.#accounts = accounts;
    this.#byUser = byUser;
  }

  all(): readonly Account[] {
    return [...this.#accounts.values()].sort((left, right) =>
      left.host < right.host ? -1 : left.host > right.host ? 1 : left.user < right.user ? -1 : 1,
    );
  }

  get(user: string, host: string): Account | undefined {
    return this.#accounts.get(accountName(user, host));
  }

  /** The account that a client logs in as: most specific host first, the anonymous account last. */
  async match(user: string, host: string): Promise<Account | undefined> {
    await this.#refresh();
    const matching = (name: string): Account | undefined =>
      this.#byUser.get(name)?.find((account) => !account.isRole && hostMatches(account.host, host));
    return matching(user) ?? (user === '' ? undefined : matching(''));
  }

  async #refresh(): Promise<void> {
    const version: ValueOrPromise<Uint8Array | undefined> = this.#storage.getLatest(VERSION_KEY);
    const bytes = await version;
    const text = bytes === undefined ? '' : Buffer.from(bytes).toString('latin1');
    if (text !== this.#version) await this.reload();
  }

  /** Writes and deletes (undefined) accounts by `user@host` in one transaction. Throws TransactionError. */
  async change(changes: readonly (readonly [name: string, account: Account | undefined])[]): Promise<void> {
    const version = String(await this.#storage.currentTs());
    await changeKeys(this.#storage, [
      ...changes.map(([name, account]) => ({
        key: keyFor(name),
        value: account === undefined ? undefined : Buffer.from(JSON.stringify(account), 'utf8'),
      })),
      { key: VERSION_KEY, value: Buffer.from(version, 'latin1') },
    ]);
    const accounts = new Map(this.#accounts);
    for (const [name, account] of changes) {
      if (account === undefined) accounts.delete(name);
      else accounts.set(name, account);
    }
    this.#version = version;
    this.#index(accounts);
  }
}

export function credentialsOf(account: Account): AccountCredentials {
  return {
    user: account.user,
    hostPattern: account.host,
    plugin: account.plugin,
    authenticationString: Buffer.from(account.authentication, 'latin1'),
    locked: account.locked || account.isRole,
    requireTls: account.requireTls,
  };
}
