/** The syntax tree of session, transaction, account and administration statements. Invariants as in `ast.ts`. */

import type { Expression, Identifier, Span, TableName, UserVariable, VariableScope } from './ast.ts';
import type { AccountName } from './ast-ddl.ts';

/* ------------------------------------------------------------------ transactions */

export interface StartTransaction extends Span {
  readonly kind: 'start-transaction';
  readonly consistentSnapshot: boolean;
  readonly access: 'read only' | 'read write' | undefined;
  /** BEGIN PESSIMISTIC | OPTIMISTIC (TiDB). */
  readonly mode: 'pessimistic' | 'optimistic' | undefined;
  /** START TRANSACTION READ ONLY AS OF TIMESTAMP. */
  readonly asOf: Expression | undefined;
}

/** COMMIT and ROLLBACK; undefined chain and release follow @@completion_type. */
export interface EndTransaction extends Span {
  readonly kind: 'commit' | 'rollback';
  readonly chain: boolean | undefined;
  readonly release: boolean | undefined;
}

export interface SavepointStatement extends Span {
  readonly kind: 'savepoint' | 'rollback-to-savepoint' | 'release-savepoint';
  readonly name: Identifier;
}

export interface SetTransaction extends Span {
  readonly kind: 'set-transaction';
  /** Undefined: the next transaction only. */
  readonly scope: 'global' | 'session' | undefined;
  readonly isolation: 'read uncommitted' | 'read committed' | 'repeatable read' | 'serializable' | undefined;
  readonly access: 'read only' | 'read write' | undefined;
  readonly asOf: Expression | undefined;
}

export interface LockTables extends Span {
  readonly kind: 'lock-tables';
  readonly tables: readonly {
    readonly table: TableName;
    readonly alias: Identifier | undefined;
    readonly mode: 'read' | 'read local' | 'write';
  }[];
}

/** UNLOCK TABLES, LOCK INSTANCE FOR BACKUP, UNLOCK INSTANCE. */
export interface LockControl extends Span {
  readonly kind: 'unlock-tables' | 'lock-instance' | 'unlock-instance';
}

export interface XaStatement extends Span {
  readonly kind: 'xa';
  readonly action: 'start' | 'end' | 'prepare' | 'commit' | 'rollback' | 'recover';
  /** gtrid, bqual, format id as bytes in a latin1 string; undefined for RECOVER. */
  readonly xid: { readonly gtrid: string; readonly bqual: string; readonly formatId: number } | undefined;
  readonly option: 'join' | 'resume' | 'suspend' | 'suspend for migrate' | 'one phase' | 'convert xid' | undefined;
}

/* ------------------------------------------------------------------ SET */

export interface SetStatement extends Span {
  readonly kind: 'set';
  readonly assignments: readonly SetAssignment[];
}

export type SetAssignment =
  | { readonly kind: 'user-variable'; readonly name: string; readonly value: Expression }
  /** Bare names of stored programs arrive here too, with scope undefined. A bare word value (`ON`, `utf8mb4`) is a string literal. */
  | {
      readonly kind: 'system-variable';
      readonly scope: VariableScope | undefined;
      /** Lower case. */
      readonly name: string;
      /** 'default': SET x = DEFAULT. */
      readonly value: Expression | 'default';
    }
  /** SET NAMES; undefined charset: DEFAULT. */
  | { readonly kind: 'names'; readonly charset: string | undefined; readonly collation: string | undefined }
  /** SET CHARACTER SET. */
  | { readonly kind: 'charset'; readonly charset: string | undefined }
  /** SET NEW.column = value in triggers. */
  | {
      readonly kind: 'row-variable';
      readonly row: Identifier;
      readonly column: Identifier;
      readonly value: Expression;
    };

export interface SetPassword extends Span {
  readonly kind: 'set-password';
  /** Undefined: the current user. */
  readonly account: AccountName | undefined;
  /** Undefined: TO RANDOM. */
  readonly password: string | undefined;
  readonly replace: string | undefined;
  readonly retainCurrent: boolean;
}

export interface SetRole extends Span {
  readonly kind: 'set-role';
  readonly roles: RoleSelection;
}

export interface SetDefaultRole extends Span {
  readonly kind: 'set-default-role';
  readonly roles: RoleSelection;
  readonly accounts: readonly AccountName[];
}

export type RoleSelection =
  | { readonly kind: 'none' | 'default' }
  | { readonly kind: 'all'; readonly except: readonly AccountName[] }
  | { readonly kind: 'roles'; readonly roles: readonly AccountName[] };

/** SET RESOURCE GROUP name [FOR thread…]. */
export interface SetResourceGroup extends Span {
  readonly kind: 'set-resource-group';
  readonly name: Identifier;
}

/* ------------------------------------------------------------------ SHOW and DESCRIBE */

export interface ShowStatement extends Span {
  readonly kind: 'show';
  readonly what: ShowTarget;
  readonly filter: ShowFilter | undefined;
}

export type ShowFilter =
  | { readonly kind: 'like'; readonly pattern: string }
  | { readonly kind: 'where'; readonly condition: Expression };

/** Targets that are only words. */
export type BareShowKind =
  | 'databases'
  | 'character set'
  | 'collation'
  | 'plugins'
  | 'privileges'
  | 'profiles'
  | 'procedure status'
  | 'function status'
  | 'library status'
  | 'binary logs'
  | 'replicas'
  | 'builtins'
  | 'regions'
  | 'stats_meta'
  | 'stats_histograms'
  | 'stats_topn'
  | 'stats_buckets'
  | 'stats_healthy'
  | 'analyze status'
  | 'config'
  | 'placement'
  | 'placement labels'
  | 'master status'
  | 'replica status'
  | 'sequences';

export type ShowTarget =
  | { readonly kind: BareShowKind }
  /** SHOW [FULL | EXTENDED] TABLES. */
  | {
      readonly kind: 'tables';
      readonly full: boolean;
      readonly extended: boolean;
      readonly database: Identifier | undefined;
    }
  | { readonly kind: 'table status' | 'triggers' | 'events' | 'open tables'; readonly database: Identifier | undefined }
  | {
      readonly kind: 'columns';
      readonly full: boolean;
      readonly extended: boolean;
      readonly table: TableName;
    }
  | { readonly kind: 'index'; readonly extended: boolean; readonly table: TableName }
  | { readonly kind: 'variables' | 'status'; readonly scope: 'global' | 'session' | undefined }
  | { readonly kind: 'processlist'; readonly full: boolean }
  | { readonly kind: 'warnings' | 'errors'; readonly limit: ShowLimit | undefined }
  | { readonly kind: 'warning count' | 'error count' }
  | { readonly kind: 'engines' }
  | { readonly kind: 'engine'; readonly engine: string; readonly about: 'status' | 'mutex' | 'logs' }
  | { readonly kind: 'create table' | 'create view' | 'create sequence'; readonly table: TableName }
  | { readonly kind: 'create database'; readonly ifNotExists: boolean; readonly database: Identifier }
  | {
      readonly kind: 'create procedure' | 'create function' | 'create trigger' | 'create event' | 'create library';
      readonly name: TableName;
    }
  | { readonly kind: 'create user'; readonly account: AccountName | undefined }
  | {
      readonly kind: 'grants';
      /** Undefined: the current user. */
      readonly account: AccountName | undefined;
      readonly using: readonly AccountName[];
    }
  | {
      readonly kind: 'binlog events' | 'relaylog events';
      readonly file: string | undefined;
      readonly position: number | bigint | undefined;
      readonly limit: ShowLimit | undefined;
      readonly channel: string | undefined;
    }
  | { readonly kind: 'procedure code' | 'function code'; readonly name: TableName }
  | {
      readonly kind: 'profile';
      readonly types: readonly string[];
      readonly query: number | undefined;
      readonly limit: ShowLimit | undefined;
    }
  /** SHOW TABLE t [PARTITION (…)] [INDEX i] REGIONS (TiDB). */
  | {
      readonly kind: 'table regions';
      readonly table: TableName;
      readonly partitions: readonly Identifier[];
      readonly index: Identifier | undefined;
    }
  | { readonly kind: 'table next_row_id'; readonly table: TableName }
  /** Anything else, upper-cased words as written: the session answers an empty set or an error. */
  | { readonly kind: 'other'; readonly text: string };

export interface ShowLimit {
  readonly offset: number;
  readonly count: number;
}

/** DESCRIBE t [column | 'wildcard']. */
export interface DescribeTable extends Span {
  readonly kind: 'describe-table';
  readonly table: TableName;
  readonly column: string | undefined;
}

/* ------------------------------------------------------------------ session */

export interface UseDatabase extends Span {
  readonly kind: 'use';
  readonly database: Identifier;
}

/** KILL [CONNECTION | QUERY] expression; TiDB's KILL TIDB is the same. */
export interface KillStatement extends Span {
  readonly kind: 'kill';
  readonly target: 'connection' | 'query';
  readonly id: Expression;
}

export interface DoStatement extends Span {
  readonly kind: 'do';
  readonly expressions: readonly Expression[];
}

export interface CallStatement extends Span {
  readonly kind: 'call';
  readonly procedure: TableName;
  readonly args: readonly Expression[];
}

export interface PrepareStatement extends Span {
  readonly kind: 'prepare';
  readonly name: Identifier;
  readonly source: { readonly kind: 'text'; readonly text: string } | UserVariable;
}

export interface ExecuteStatement extends Span {
  readonly kind: 'execute';
  readonly name: Identifier;
  readonly variables: readonly UserVariable[];
}

export interface DeallocateStatement extends Span {
  readonly kind: 'deallocate';
  readonly name: Identifier;
}

/** SIGNAL and RESIGNAL. */
export interface SignalStatement extends Span {
  readonly kind: 'signal' | 'resignal';
  readonly sqlState: string | undefined;
  readonly condition: Identifier | undefined;
  readonly items: readonly { readonly name: string; readonly value: Expression }[];
}

export interface GetDiagnostics extends Span {
  readonly kind: 'get-diagnostics';
  readonly area: 'current' | 'stacked';
  /** Undefined: statement information. */
  readonly condition: Expression | undefined;
  readonly items: readonly { readonly target: UserVariable | Identifier; readonly name: string }[];
}

export interface HandlerStatement extends Span {
  readonly kind: 'handler';
  readonly table: TableName;
  readonly action: 'open' | 'read' | 'close';
  readonly alias: Identifier | undefined;
  /** What follows READ, as written. */
  readonly text: string;
}

export interface HelpStatement extends Span {
  readonly kind: 'help';
  readonly topic: string;
}

/* ------------------------------------------------------------------ maintenance */

export interface TableMaintenance extends Span {
  readonly kind: 'table-maintenance';
  readonly operation: 'check' | 'optimize' | 'repair' | 'checksum';
  readonly tables: readonly TableName[];
  /** QUICK, FAST, EXTENDED, FOR UPGRADE, USE_FRM … in lower case. */
  readonly options: readonly string[];
}

export interface AnalyzeTable extends Span {
  readonly kind: 'analyze-table';
  readonly tables: readonly TableName[];
  readonly partitions: readonly Identifier[];
  /** ANALYZE TABLE t COLUMNS a, b / ALL COLUMNS / PREDICATE COLUMNS / INDEX i. */
  readonly columns: readonly Identifier[];
  readonly indexes: readonly Identifier[];
  readonly histogram:
    | { readonly action: 'update'; readonly columns: readonly Identifier[]; readonly buckets: number | undefined }
    | { readonly action: 'drop'; readonly columns: readonly Identifier[] }
    | undefined;
  /** WITH n BUCKETS, n TOPN, n SAMPLES, n SAMPLERATE (TiDB), names in lower case. */
  readonly options: readonly { readonly name: string; readonly value: number }[];
}

export interface FlushStatement extends Span {
  readonly kind: 'flush';
  /** 'tables', 'logs', 'binary logs', 'privileges', 'status', 'hosts' …, in lower case. */
  readonly targets: readonly string[];
  readonly tables: readonly TableName[];
  readonly lock: 'read lock' | 'for export' | undefined;
}

export interface ResetStatement extends Span {
  readonly kind: 'reset';
  /** 'master', 'binary logs and gtids', 'replica', 'persist x' …, in lower case. */
  readonly target: string;
}

export interface PurgeBinaryLogs extends Span {
  readonly kind: 'purge-binary-logs';
  readonly to: string | undefined;
  readonly before: Expression | undefined;
}

/** BINLOG 'base64'. */
export interface BinlogStatement extends Span {
  readonly kind: 'binlog';
  readonly text: string;
}

/** CHANGE REPLICATION SOURCE TO, START/STOP REPLICA …: recognised by their words, kept as text. */
export interface ReplicationStatement extends Span {
  readonly kind: 'replication';
  readonly action: 'change-source' | 'change-filter' | 'start' | 'stop';
  readonly text: string;
}

/* ------------------------------------------------------------------ accounts */

export interface UserSpecification {
  readonly account: AccountName;
  readonly plugin: string | undefined;
  /** BY 'password' in clear. */
  readonly password: string | undefined;
  readonly randomPassword: boolean;
  /** AS 'hash'. */
  readonly authenticationString: Uint8Array | undefined;
  readonly replace: string | undefined;
  readonly retainCurrent: boolean;
  readonly discardOld: boolean;
}

export interface UserOptions {
  readonly require: 'none' | 'ssl' | 'x509' | readonly { readonly name: string; readonly value: string }[] | undefined;
  /** MAX_QUERIES_PER_HOUR …, names in lower case. */
  readonly resources: readonly { readonly name: string; readonly value: number }[];
  /** PASSWORD EXPIRE, PASSWORD HISTORY, FAILED_LOGIN_ATTEMPTS …, as written in lower case. */
  readonly password: readonly string[];
  readonly locked: boolean | undefined;
  readonly comment: string | undefined;
  readonly attribute: string | undefined;
}

export interface CreateUser extends Span {
  readonly kind: 'create-user';
  readonly ifNotExists: boolean;
  readonly users: readonly UserSpecification[];
  readonly defaultRoles: readonly AccountName[];
  readonly options: UserOptions;
}

export interface AlterUser extends Span {
  readonly kind: 'alter-user';
  readonly ifExists: boolean;
  readonly users: readonly UserSpecification[];
  readonly defaultRoles: RoleSelection | undefined;
  readonly options: UserOptions;
}

export interface DropUser extends Span {
  readonly kind: 'drop-user';
  readonly ifExists: boolean;
  readonly accounts: readonly AccountName[];
}

export interface RenameUser extends Span {
  readonly kind: 'rename-user';
  readonly renames: readonly { readonly from: AccountName; readonly to: AccountName }[];
}

export interface RoleStatement extends Span {
  readonly kind: 'create-role' | 'drop-role';
  /** IF NOT EXISTS or IF EXISTS. */
  readonly conditional: boolean;
  readonly roles: readonly AccountName[];
}

export interface Privilege {
  /** Upper case, e.g. 'SELECT', 'ALL PRIVILEGES', 'CREATE TEMPORARY TABLES', dynamic ones as written. */
  readonly name: string;
  readonly columns: readonly Identifier[];
}

export interface PrivilegeLevel {
  readonly object: 'table' | 'function' | 'procedure' | 'library' | undefined;
  /** '*' as name. Both '*' for *.*. Undefined schema: the current database. */
  readonly schema: string | undefined;
  readonly name: string;
}

export interface GrantPrivileges extends Span {
  readonly kind: 'grant';
  readonly privileges: readonly Privilege[];
  readonly on: PrivilegeLevel;
  readonly to: readonly UserSpecification[];
  readonly grantOption: boolean;
}

export interface RevokePrivileges extends Span {
  readonly kind: 'revoke';
  readonly ifExists: boolean;
  /** Empty with `on` undefined: REVOKE ALL PRIVILEGES, GRANT OPTION. */
  readonly privileges: readonly Privilege[];
  readonly on: PrivilegeLevel | undefined;
  readonly from: readonly AccountName[];
  readonly ignoreUnknownUser: boolean;
}

export interface GrantRoles extends Span {
  readonly kind: 'grant-roles';
  readonly roles: readonly AccountName[];
  readonly to: readonly AccountName[];
  readonly adminOption: boolean;
}

export interface RevokeRoles extends Span {
  readonly kind: 'revoke-roles';
  readonly ifExists: boolean;
  readonly roles: readonly AccountName[];
  readonly from: readonly AccountName[];
  readonly ignoreUnknownUser: boolean;
}

/** GRANT PROXY and REVOKE PROXY. */
export interface ProxyStatement extends Span {
  readonly kind: 'grant-proxy' | 'revoke-proxy';
  readonly proxied: AccountName;
  readonly accounts: readonly AccountName[];
  readonly grantOption: boolean;
}

/* ------------------------------------------------------------------ TiDB's own */

export type AdminAction =
  | { readonly kind: 'show-ddl' }
  | { readonly kind: 'show-ddl-jobs'; readonly limit: number | undefined; readonly where: Expression | undefined }
  | { readonly kind: 'cancel-ddl-jobs' | 'pause-ddl-jobs' | 'resume-ddl-jobs'; readonly jobIds: readonly number[] }
  | { readonly kind: 'check-table' | 'checksum-table'; readonly tables: readonly TableName[] }
  | {
      readonly kind: 'check-index' | 'recover-index' | 'cleanup-index';
      readonly table: TableName;
      readonly index: Identifier;
    }
  | { readonly kind: 'other'; readonly text: string };

export interface AdminStatement extends Span {
  readonly kind: 'admin';
  readonly action: AdminAction;
}

/** SPLIT [PARTITION] TABLE t [INDEX i] BETWEEN … AND … REGIONS n | BY (…), (…). */
export interface SplitStatement extends Span {
  readonly kind: 'split';
  readonly table: TableName;
  readonly partitions: readonly Identifier[];
  readonly index: Identifier | undefined;
  readonly by:
    | {
        readonly kind: 'between';
        readonly low: readonly Expression[];
        readonly high: readonly Expression[];
        readonly regions: number;
      }
    | { readonly kind: 'values'; readonly rows: readonly (readonly Expression[])[] };
}

/** Statements that are recognised and answered with "not supported": CREATE SERVER, TABLESPACE, INSTALL PLUGIN … */
export interface OtherStatement extends Span {
  readonly kind: 'other';
  /** The leading words in upper case, e.g. 'CREATE TABLESPACE'. */
  readonly command: string;
  /** The whole statement as written. */
  readonly text: string;
}
