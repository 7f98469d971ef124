/** CREATE, ALTER, DROP, RENAME USER; roles; GRANT and REVOKE; SET PASSWORD. All are recorded in the AccountStore. */

import { sqlErrors } from '../../../engine/index.ts';
import type { AccountName } from '../../parser/ast-ddl.ts';
import type {
  AlterUser,
  CreateUser,
  DropUser,
  GrantPrivileges,
  GrantRoles,
  ProxyStatement,
  RenameUser,
  RevokePrivileges,
  RevokeRoles,
  RoleStatement,
  SetDefaultRole,
  SetPassword,
  SetRole,
  UserOptions,
  UserSpecification,
} from '../../parser/ast-utility.ts';
import { hashCachingSha2Password } from '../../server/auth/caching-sha2-password.ts';
import { hashNativePassword } from '../../server/auth/native-password.ts';
import { type Account, accountName, newAccount } from '../accounts/account-store.ts';
import { addGrant, levelOf, removeGrant } from '../accounts/grants.ts';
import type { Answer, Session } from '../session.ts';

export type AccountStatement =
  | CreateUser
  | AlterUser
  | DropUser
  | RenameUser
  | RoleStatement
  | GrantPrivileges
  | RevokePrivileges
  | GrantRoles
  | RevokeRoles
  | ProxyStatement
  | SetPassword
  | SetRole
  | SetDefaultRole;

type Changes = Map<string, Account | undefined>;

/** Each statement commits the open transaction and changes all its accounts or none. */
export async function runAccountStatement(
  session: Session,
  statement: AccountStatement,
  answer: Answer,
): Promise<void> {
  await session.transaction.commit();
  const changes: Changes = new Map();
  switch (statement.kind) {
    case 'create-user':
      createUsers(session, statement, changes);
      break;
    case 'alter-user':
      alterUsers(session, statement, changes);
      break;
    case 'drop-user':
      dropAccounts(session, statement.accounts, statement.ifExists, 'DROP USER', changes);
      break;
    case 'rename-user':
      renameUsers(session, statement, changes);
      break;
    case 'create-role':
      createRoles(session, statement, changes);
      break;
    case 'drop-role':
      dropAccounts(session, statement.roles, statement.conditional, 'DROP ROLE', changes);
      break;
    case 'set-password':
      setPassword(session, statement, changes);
      break;
    default:
      changeGrants(session, statement, changes);
  }
  if (changes.size > 0) await session.server.accounts.change([...changes]);
  session.ok(answer);
}

function changeGrants(
  session: Session,
  statement: Exclude<AccountStatement, CreateUser | AlterUser | DropUser | RenameUser | RoleStatement | SetPassword>,
  changes: Changes,
): void {
  switch (statement.kind) {
    case 'grant':
      grantPrivileges(session, statement, changes);
      break;
    case 'revoke':
      revokePrivileges(session, statement, changes);
      break;
    case 'grant-roles':
      changeRoles(session, statement.to, statement.roles, statement.adminOption, true, changes);
      break;
    case 'revoke-roles':
      changeRoles(session, statement.from, statement.roles, false, false, changes);
      break;
    case 'set-default-role':
      setDefaultRoles(session, statement, changes);
      break;
    case 'set-role':
    case 'grant-proxy':
    case 'revoke-proxy':
      break;
  }
}

// ---- names ----------------------------------------------------------------------------------------------------------

/** user and host of a name; the current user by its authenticated account. */
export function resolveAccount(session: Session, name: AccountName): { readonly user: string; readonly host: string } {
  if (name.kind === 'account') return { user: name.user, host: name.host.toLowerCase() };
  const at = session.account.lastIndexOf('@');
  return { user: session.account.slice(0, at), host: session.account.slice(at + 1) };
}

function keyOfAccount(session: Session, name: AccountName): string {
  const { user, host } = resolveAccount(session, name);
  return accountName(user, host);
}

/** As messages show accounts: 'user'@'host'. */
function shown(session: Session, name: AccountName): string {
  const { user, host } = resolveAccount(session, name);
  return `'${user}'@'${host}'`;
}

function current(session: Session, changes: Changes, key: string): Account | undefined {
  if (changes.has(key)) return changes.get(key);
  const at = key.lastIndexOf('@');
  return session.server.accounts.get(key.slice(0, at), key.slice(at + 1));
}

/** Throws 1396 naming all accounts that stand in the way, or notes them when the statement is conditional. */
function refuse(
  session: Session,
  names: readonly AccountName[],
  conditional: boolean,
  operation: string,
  note: { readonly errno: number; readonly verb: string },
): void {
  if (names.length === 0) return;
  if (!conditional) {
    throw sqlErrors.cannotUser(operation, names.map((name) => shown(session, name)).join(','));
  }
  for (const name of names) {
    const message = `Authorization ID ${shown(session, name)} ${note.verb}.`;
    session.state.warn({ level: 'Note', errno: note.errno, message });
  }
}

// ---- users ----------------------------------------------------------------------------------------------------------

function pluginOf(name: string): Account['plugin'] {
  const plugin = name.toLowerCase();
  if (plugin === 'caching_sha2_password' || plugin === 'mysql_native_password') return plugin;
  throw sqlErrors.pluginIsNotLoaded(name);
}

function hashPassword(session: Session, plugin: Account['plugin'], password: string): string {
  if (plugin === 'mysql_native_password') return hashNativePassword(password);
  return hashCachingSha2Password(password, session.env.random.bytes(20));
}

/** The account with the credentials of IDENTIFIED …; unchanged where nothing is said. */
function withCredentials(session: Session, account: Account, given: UserSpecification): Account {
  const plugin = given.plugin === undefined ? account.plugin : pluginOf(given.plugin);
  if (given.authenticationString !== undefined) {
    const authentication = Buffer.from(given.authenticationString).toString('latin1');
    return { ...account, plugin, authentication, expired: false };
  }
  if (given.password !== undefined) {
    return { ...account, plugin, authentication: hashPassword(session, plugin, given.password), expired: false };
  }
  if (given.randomPassword) throw sqlErrors.notSupportedYet('RANDOM PASSWORD');
  return given.plugin === undefined ? account : { ...account, plugin, authentication: '' };
}

function withOptions(account: Account, options: UserOptions): Account {
  const { require, locked, comment, password } = options;
  return {
    ...account,
    ...(require === undefined ? {} : { requireTls: require !== 'none' }),
    ...(locked === undefined ? {} : { locked }),
    ...(comment === undefined ? {} : { comment }),
    ...(password.some((words) => words === 'password expire') ? { expired: true } : {}),
  };
}

function createUsers(session: Session, statement: CreateUser, changes: Changes): void {
  const existing = statement.users
    .map(({ account }) => account)
    .filter((name) => current(session, changes, keyOfAccount(session, name)) !== undefined);
  refuse(session, existing, statement.ifNotExists, 'CREATE USER', { errno: 3163, verb: 'already exists' });
  for (const given of statement.users) {
    if (existing.includes(given.account)) continue;
    const { user, host } = resolveAccount(session, given.account);
    const account = withOptions(withCredentials(session, newAccount(user, host), given), statement.options);
    const defaultRoles = statement.defaultRoles.map((role) => keyOfAccount(session, role));
    changes.set(accountName(user, host), { ...account, defaultRoles });
  }
}

function alterUsers(session: Session, statement: AlterUser, changes: Changes): void {
  const missing = statement.users
    .map(({ account }) => account)
    .filter((name) => current(session, changes, keyOfAccount(session, name)) === undefined);
  refuse(session, missing, statement.ifExists, 'ALTER USER', { errno: 3162, verb: 'does not exist' });
  for (const given of statement.users) {
    const key = keyOfAccount(session, given.account);
    const account = current(session, changes, key);
    if (account === undefined) continue;
    const changed = withOptions(withCredentials(session, account, given), statement.options);
    const { defaultRoles } = statement;
    const roles = defaultRoles === undefined ? changed.defaultRoles : selectedRoles(session, changed, defaultRoles);
    changes.set(key, { ...changed, defaultRoles: roles });
  }
}

function dropAccounts(
  session: Session,
  names: readonly AccountName[],
  conditional: boolean,
  operation: string,
  changes: Changes,
): void {
  const missing = names.filter((name) => current(session, changes, keyOfAccount(session, name)) === undefined);
  refuse(session, missing, conditional, operation, { errno: 3162, verb: 'does not exist' });
  for (const name of names) if (!missing.includes(name)) changes.set(keyOfAccount(session, name), undefined);
}

function renameUsers(session: Session, statement: RenameUser, changes: Changes): void {
  for (const { from, to } of statement.renames) {
    const account = current(session, changes, keyOfAccount(session, from));
    const target = resolveAccount(session, to);
    const key = accountName(target.user, target.host);
    if (account === undefined || current(session, changes, key) !== undefined) {
      throw sqlErrors.cannotUser('RENAME USER', shown(session, from));
    }
    changes.set(keyOfAccount(session, from), undefined);
    changes.set(key, { ...account, ...target });
  }
}

function setPassword(session: Session, statement: SetPassword, changes: Changes): void {
  const name = statement.account ?? { kind: 'current-user' };
  const key = keyOfAccount(session, name);
  const account = current(session, changes, key);
  if (account === undefined) throw sqlErrors.passwordNoMatch();
  if (statement.password === undefined) throw sqlErrors.notSupportedYet('SET PASSWORD TO RANDOM');
  const authentication = hashPassword(session, account.plugin, statement.password);
  changes.set(key, { ...account, authentication, expired: false });
}

// ---- roles ----------------------------------------------------------------------------------------------------------

function createRoles(session: Session, statement: RoleStatement, changes: Changes): void {
  const existing = statement.roles.filter(
    (name) => current(session, changes, keyOfAccount(session, name)) !== undefined,
  );
  refuse(session, existing, statement.conditional, 'CREATE ROLE', { errno: 3163, verb: 'already exists' });
  for (const name of statement.roles) {
    if (existing.includes(name)) continue;
    const { user, host } = resolveAccount(session, name);
    changes.set(accountName(user, host), { ...newAccount(user, host), isRole: true, locked: true, expired: true });
  }
}

function changeRoles(
  session: Session,
  accounts: readonly AccountName[],
  roles: readonly AccountName[],
  adminOption: boolean,
  grants: boolean,
  changes: Changes,
): void {
  const keys = roles.map((role) => keyOfAccount(session, role));
  const unknown = roles.find((role) => current(session, changes, keyOfAccount(session, role)) === undefined);
  if (unknown !== undefined) throw sqlErrors.unknownAuthid(shown(session, unknown));
  for (const name of accounts) {
    const key = keyOfAccount(session, name);
    const account = current(session, changes, key);
    if (account === undefined) throw sqlErrors.unknownAuthid(shown(session, name));
    const others = account.roles.filter(({ role }) => !keys.includes(role));
    const added = grants ? keys.map((role) => ({ role, adminOption })) : [];
    changes.set(key, { ...account, roles: [...others, ...added] });
  }
}

function selectedRoles(session: Session, account: Account, selection: SetDefaultRole['roles']): readonly string[] {
  if (selection.kind === 'roles') return selection.roles.map((role) => keyOfAccount(session, role));
  if (selection.kind !== 'all') return [];
  const except = selection.except.map((role) => keyOfAccount(session, role));
  return account.roles.map(({ role }) => role).filter((role) => !except.includes(role));
}

function setDefaultRoles(session: Session, statement: SetDefaultRole, changes: Changes): void {
  for (const name of statement.accounts) {
    const key = keyOfAccount(session, name);
    const account = current(session, changes, key);
    if (account === undefined) throw sqlErrors.cannotUser('SET DEFAULT ROLE', shown(session, name));
    changes.set(key, { ...account, defaultRoles: selectedRoles(session, account, statement.roles) });
  }
}

// ---- privileges -----------------------------------------------------------------------------------------------------

function grantPrivileges(session: Session, statement: GrantPrivileges, changes: Changes): void {
  const level = levelOf(statement.on, session.state.database);
  for (const { account: name } of statement.to) {
    const key = keyOfAccount(session, name);
    const account = current(session, changes, key);
    if (account === undefined) throw sqlErrors.cantCreateUserWithGrant();
    changes.set(key, {
      ...account,
      grants: addGrant(account.grants, level, statement.privileges, statement.grantOption),
    });
  }
}

function revokePrivileges(session: Session, statement: RevokePrivileges, changes: Changes): void {
  for (const name of statement.from) {
    const key = keyOfAccount(session, name);
    const account = current(session, changes, key);
    if (account === undefined) {
      if (statement.ignoreUnknownUser) continue;
      const { user, host } = resolveAccount(session, name);
      throw sqlErrors.nonexistingGrant(user, host);
    }
    const { on } = statement;
    const grants =
      on === undefined ? [] : removeGrant(account.grants, levelOf(on, session.state.database), statement.privileges);
    if (grants === undefined) {
      if (statement.ifExists) continue;
      throw sqlErrors.nonexistingGrant(account.user, account.host);
    }
    changes.set(key, { ...account, grants });
  }
}
