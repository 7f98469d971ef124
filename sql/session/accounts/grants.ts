/** Grants of an account: adding, removing, and the texts of SHOW GRANTS and SHOW CREATE USER. */

import { sqlErrors } from '../../../engine/index.ts';
import type { Privilege, PrivilegeLevel } from '../../parser/ast-utility.ts';
import type { Account, Grant } from './account-store.ts';

export interface GrantLevel {
  readonly schema: string;
  readonly object: string;
}

const ALL = 'ALL PRIVILEGES';

/** Static privileges in the order SHOW GRANTS lists them for *.*. */
export const GLOBAL_PRIVILEGES: readonly string[] = [
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'CREATE',
  'DROP',
  'RELOAD',
  'SHUTDOWN',
  'PROCESS',
  'FILE',
  'REFERENCES',
  'INDEX',
  'ALTER',
  'SHOW DATABASES',
  'SUPER',
  'CREATE TEMPORARY TABLES',
  'LOCK TABLES',
  'EXECUTE',
  'REPLICATION SLAVE',
  'REPLICATION CLIENT',
  'CREATE VIEW',
  'SHOW VIEW',
  'CREATE ROUTINE',
  'ALTER ROUTINE',
  'CREATE USER',
  'EVENT',
  'TRIGGER',
  'CREATE TABLESPACE',
  'CREATE ROLE',
  'DROP ROLE',
];

/** The level of ON …; throws 1046 where it needs a current database and there is none. */
export function levelOf(on: PrivilegeLevel, database: string | null): GrantLevel {
  const schema = on.schema ?? database;
  if (schema === null) throw sqlErrors.noDb();
  return { schema, object: on.name };
}

function normalized(name: string): string {
  return name === 'ALL' ? ALL : name;
}

function sameLevel(grant: Grant, level: GrantLevel): boolean {
  return grant.schema === level.schema && grant.object === level.object;
}

export function addGrant(
  grants: readonly Grant[],
  level: GrantLevel,
  privileges: readonly Privilege[],
  grantOption: boolean,
): readonly Grant[] {
  const existing = grants.find((grant) => sameLevel(grant, level));
  const plain = privileges.filter(({ columns }) => columns.length === 0).map(({ name }) => normalized(name));
  const columns: Record<string, readonly string[]> = { ...existing?.columns };
  for (const { name, columns: given } of privileges) {
    if (given.length === 0) continue;
    columns[name] = [...new Set([...(columns[name] ?? []), ...given.map((column) => column.name)])];
  }
  const all = [...new Set([...(existing?.privileges ?? []), ...plain])].filter((name) => name !== 'USAGE');
  const grant: Grant = {
    ...level,
    privileges: all.includes(ALL) ? [ALL] : all,
    columns,
    grantOption: grantOption || (existing?.grantOption ?? false),
  };
  return [...grants.filter((other) => !sameLevel(other, level)), grant];
}

/** Undefined when there is no such grant. */
export function removeGrant(
  grants: readonly Grant[],
  level: GrantLevel,
  privileges: readonly Privilege[],
): readonly Grant[] | undefined {
  const existing = grants.find((grant) => sameLevel(grant, level));
  if (existing === undefined) return undefined;
  const names = new Set(privileges.filter(({ columns }) => columns.length === 0).map(({ name }) => normalized(name)));
  const others = grants.filter((grant) => grant !== existing);
  if (names.has(ALL)) return others;
  const held = existing.privileges.includes(ALL) ? GLOBAL_PRIVILEGES : existing.privileges;
  const columns: Record<string, readonly string[]> = { ...existing.columns };
  for (const { name, columns: taken } of privileges) {
    if (taken.length === 0) continue;
    const left = (columns[name] ?? []).filter((column) => !taken.some((other) => other.name === column));
    if (left.length > 0) columns[name] = left;
    else delete columns[name];
  }
  const rest: Grant = {
    ...existing,
    privileges: held.filter((name) => !names.has(name)),
    columns,
    grantOption: existing.grantOption && !names.has('GRANT OPTION'),
  };
  const isEmpty = rest.privileges.length === 0 && Object.keys(rest.columns).length === 0 && !rest.grantOption;
  return isEmpty ? others : [...others, rest];
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

function objectText({ schema, object }: Grant): string {
  const part = (name: string): string => (name === '*' ? '*' : quoted(name));
  return `${part(schema)}.${part(object)}`;
}

function privilegeText(grant: Grant): string {
  const plain =
    grant.schema === '*' && grant.privileges.includes(ALL) ? GLOBAL_PRIVILEGES.join(', ') : grant.privileges.join(', ');
  const columns = Object.entries(grant.columns).map(([name, names]) => `${name} (${names.map(quoted).join(', ')})`);
  return [plain, ...columns].filter((text) => text !== '').join(', ') || 'USAGE';
}

/** The rows of SHOW GRANTS: *.* first, then databases and tables, then roles. */
export function grantTexts(account: Account): readonly string[] {
  const to = `${quoted(account.user)}@${quoted(account.host)}`;
  const text = (grant: Grant): string =>
    `GRANT ${privilegeText(grant)} ON ${objectText(grant)} TO ${to}${grant.grantOption ? ' WITH GRANT OPTION' : ''}`;
  const global = account.grants.filter(({ schema }) => schema === '*');
  const rows = global.length > 0 ? global.map(text) : [`GRANT USAGE ON *.* TO ${to}`];
  rows.push(...account.grants.filter(({ schema }) => schema !== '*').map(text));
  const roles = account.roles.map(({ role }) => {
    const at = role.lastIndexOf('@');
    return `${quoted(role.slice(0, at))}@${quoted(role.slice(at + 1))}`;
  });
  if (roles.length > 0) rows.push(`GRANT ${roles.join(',')} TO ${to}`);
  return rows;
}

/** The text of SHOW CREATE USER. */
export function createUserText(account: Account): string {
  const printable = /^[\x20-\x7e]*$/.test(account.authentication) && !/['\\]/.test(account.authentication);
  const secret = printable
    ? `'${account.authentication}'`
    : `0x${Buffer.from(account.authentication, 'latin1').toString('hex').toUpperCase()}`;
  const as = account.authentication === '' ? '' : ` AS ${secret}`;
  const require = account.requireTls ? 'SSL' : 'NONE';
  return (
    `CREATE USER ${quoted(account.user)}@${quoted(account.host)} IDENTIFIED WITH '${account.plugin}'${as} ` +
    `REQUIRE ${require} PASSWORD EXPIRE${account.expired ? '' : ' DEFAULT'} ACCOUNT ${account.locked ? 'LOCK' : 'UNLOCK'} ` +
    'PASSWORD HISTORY DEFAULT PASSWORD REUSE INTERVAL DEFAULT PASSWORD REQUIRE CURRENT DEFAULT'
  );
}
