/** Accounts and grants as tables: information_schema.*_PRIVILEGES and the grant tables of the mysql schema. */

import type { Account, Grant } from '../session/accounts/account-store.ts';
import { GLOBAL_PRIVILEGES } from '../session/accounts/grants.ts';
import type { RowProviders, VirtualContext, VirtualRow } from './virtual-rows.ts';

const CATALOG = 'def';

function grantee({ user, host }: Account): string {
  return `'${user}'@'${host}'`;
}

function isAll(grant: Grant): boolean {
  return grant.privileges.includes('ALL PRIVILEGES');
}

function expanded(grant: Grant): readonly string[] {
  return isAll(grant) ? GLOBAL_PRIVILEGES : grant.privileges;
}

/** Grants by level: *.*, db.*, db.table. */
function levelOf({ schema, object }: Grant): 'global' | 'schema' | 'table' {
  if (schema === '*') return 'global';
  return object === '*' ? 'schema' : 'table';
}

function* grantsAt(
  { server }: VirtualContext,
  level: 'global' | 'schema' | 'table',
): Generator<{ readonly account: Account; readonly grant: Grant }> {
  for (const account of server.accounts.all()) {
    for (const grant of account.grants) if (levelOf(grant) === level) yield { account, grant };
  }
}

function* userPrivileges(context: VirtualContext): Generator<VirtualRow> {
  for (const account of context.server.accounts.all()) {
    const grant = account.grants.find((each) => levelOf(each) === 'global');
    const names = grant === undefined ? [] : expanded(grant);
    for (const name of names.length === 0 ? ['USAGE'] : names) {
      yield {
        GRANTEE: grantee(account),
        TABLE_CATALOG: CATALOG,
        PRIVILEGE_TYPE: name,
        IS_GRANTABLE: grant?.grantOption === true ? 'YES' : 'NO',
      };
    }
  }
}

function* schemaPrivileges(context: VirtualContext): Generator<VirtualRow> {
  for (const { account, grant } of grantsAt(context, 'schema')) {
    for (const name of expanded(grant)) {
      yield {
        GRANTEE: grantee(account),
        TABLE_CATALOG: CATALOG,
        TABLE_SCHEMA: grant.schema,
        PRIVILEGE_TYPE: name,
        IS_GRANTABLE: grant.grantOption ? 'YES' : 'NO',
      };
    }
  }
}

function* tablePrivileges(context: VirtualContext): Generator<VirtualRow> {
  for (const { account, grant } of grantsAt(context, 'table')) {
    for (const name of expanded(grant)) {
      yield {
        GRANTEE: grantee(account),
        TABLE_CATALOG: CATALOG,
        TABLE_SCHEMA: grant.schema,
        TABLE_NAME: grant.object,
        PRIVILEGE_TYPE: name,
        IS_GRANTABLE: grant.grantOption ? 'YES' : 'NO',
      };
    }
  }
}

function* columnPrivileges(context: VirtualContext): Generator<VirtualRow> {
  for (const { account, grant } of grantsAt(context, 'table')) {
    for (const [name, columns] of Object.entries(grant.columns)) {
      for (const column of columns) {
        yield {
          GRANTEE: grantee(account),
          TABLE_CATALOG: CATALOG,
          TABLE_SCHEMA: grant.schema,
          TABLE_NAME: grant.object,
          COLUMN_NAME: column,
          PRIVILEGE_TYPE: name,
          IS_GRANTABLE: grant.grantOption ? 'YES' : 'NO',
        };
      }
    }
  }
}

export const privilegeRows: RowProviders = {
  user_privileges: userPrivileges,
  schema_privileges: schemaPrivileges,
  table_privileges: tablePrivileges,
  column_privileges: columnPrivileges,
  *user_attributes({ server }) {
    for (const { user, host, comment } of server.accounts.all()) {
      yield { USER: user, HOST: host, ATTRIBUTE: comment === undefined ? null : JSON.stringify({ comment }) };
    }
  },
};

/** Privileges by the name of their column in mysql.user and mysql.db, where it is not simply `Name_priv`. */
const PRIVILEGE_COLUMNS: ReadonlyMap<string, string> = new Map([
  ['SHOW DATABASES', 'Show_db_priv'],
  ['CREATE TEMPORARY TABLES', 'Create_tmp_table_priv'],
  ['REPLICATION SLAVE', 'Repl_slave_priv'],
  ['REPLICATION CLIENT', 'Repl_client_priv'],
  ['CREATE TABLESPACE', 'Create_tablespace_priv'],
]);

function privilegeColumn(name: string): string {
  const words = name.toLowerCase().replaceAll(' ', '_');
  return PRIVILEGE_COLUMNS.get(name) ?? `${words.slice(0, 1).toUpperCase()}${words.slice(1)}_priv`;
}

function privilegeFlags(grant: Grant | undefined): Record<string, string> {
  const held = new Set(grant === undefined ? [] : expanded(grant));
  const flags: Record<string, string> = { Grant_priv: grant?.grantOption === true ? 'Y' : 'N' };
  for (const name of GLOBAL_PRIVILEGES) flags[privilegeColumn(name)] = held.has(name) ? 'Y' : 'N';
  return flags;
}

function userRow(account: Account): VirtualRow {
  return {
    Host: account.host,
    User: account.user,
    ...privilegeFlags(account.grants.find((grant) => levelOf(grant) === 'global')),
    ssl_type: account.requireTls ? 'ANY' : '',
    plugin: account.plugin,
    authentication_string: account.authentication,
    password_expired: account.expired ? 'Y' : 'N',
    password_last_changed: null,
    account_locked: account.locked ? 'Y' : 'N',
    User_attributes: null,
  };
}

export const mysqlRows: RowProviders = {
  *user({ server }) {
    for (const account of server.accounts.all()) yield userRow(account);
  },
  *db(context) {
    for (const { account, grant } of grantsAt(context, 'schema')) {
      yield { Host: account.host, Db: grant.schema, User: account.user, ...privilegeFlags(grant) };
    }
  },
  *tables_priv(context) {
    for (const { account, grant } of grantsAt(context, 'table')) {
      const titles = (names: readonly string[]): string => names.map(titleCase).join(',');
      yield {
        Host: account.host,
        Db: grant.schema,
        User: account.user,
        Table_name: grant.object,
        Grantor: '',
        Table_priv: titles(expanded(grant)),
        Column_priv: titles(Object.keys(grant.columns)),
      };
    }
  },
  *columns_priv(context) {
    for (const { account, grant } of grantsAt(context, 'table')) {
      const byColumn = new Map<string, string[]>();
      for (const [name, columns] of Object.entries(grant.columns)) {
        for (const column of columns) byColumn.set(column, [...(byColumn.get(column) ?? []), titleCase(name)]);
      }
      for (const [column, names] of byColumn) {
        yield {
          Host: account.host,
          Db: grant.schema,
          User: account.user,
          Table_name: grant.object,
          Column_name: column,
          Column_priv: names.join(','),
        };
      }
    }
  },
  *role_edges({ server }) {
    for (const account of server.accounts.all()) {
      for (const { role, adminOption } of account.roles) {
        const at = role.lastIndexOf('@');
        yield {
          FROM_HOST: role.slice(at + 1),
          FROM_USER: role.slice(0, at),
          TO_HOST: account.host,
          TO_USER: account.user,
          WITH_ADMIN_OPTION: adminOption ? 'Y' : 'N',
        };
      }
    }
  },
  *default_roles({ server }) {
    for (const account of server.accounts.all()) {
      for (const role of account.defaultRoles) {
        const at = role.lastIndexOf('@');
        yield {
          HOST: account.host,
          USER: account.user,
          DEFAULT_ROLE_HOST: role.slice(at + 1),
          DEFAULT_ROLE_USER: role.slice(0, at),
        };
      }
    }
  },
};

function titleCase(name: string): string {
  return name.toLowerCase().replace(/\b[a-z]/g, (letter, at: number) => (at === 0 ? letter.toUpperCase() : letter));
}
