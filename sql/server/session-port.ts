/**
 * The seam between the wire protocol (`sql/server`) and the SQL session (`sql/session`): the server decodes packets and
 * calls a `SqlSession`; the session answers through a `ResultWriter`, which writes the text or the binary protocol.
 */

import type { ValueOrPromise } from '../../base/index.ts';
import type { Batch, Datum, FieldType } from '../../engine/index.ts';

/** One result column as the protocol describes it (Protocol::ColumnDefinition41). */
export interface ResultColumn {
  readonly database: string;
  /** Alias in the query, and the table's own name. */
  readonly table: string;
  readonly originalTable: string;
  readonly name: string;
  readonly originalName: string;
  readonly type: FieldType;
  /** MySQL's field flags beyond what the type says: PRI_KEY, UNIQUE_KEY, MULTIPLE_KEY, AUTO_INCREMENT, NO_DEFAULT_VALUE, ON_UPDATE_NOW. */
  readonly flags: number;
}

export interface OkResult {
  readonly affectedRows: number;
  readonly lastInsertId: number | bigint;
  readonly warnings: number;
  /** e.g. 'Rows matched: 1  Changed: 1  Warnings: 0'. */
  readonly info: string;
}

/** Calls come as: ok | columns rows* end. Several results may follow each other (multi-statements). */
export interface ResultWriter {
  ok(result: OkResult, moreResults: boolean): void;
  /** `columns` is kept by reference; the same array again means the encoded definitions can be reused. */
  columns(columns: readonly ResultColumn[]): void;
  /** A promise means the client reads slowly: wait for it before the next call. */
  rows(batch: Batch): ValueOrPromise<void>;
  end(warnings: number, moreResults: boolean): void;
}

export interface PreparedStatementInfo {
  readonly statementId: number;
  readonly parameterCount: number;
  /** Empty when the statement answers no rows. */
  readonly columns: readonly ResultColumn[];
  readonly warnings: number;
}

/** A bound parameter of COM_STMT_EXECUTE, decoded from its wire type. */
export interface BoundParameter {
  readonly value: Datum;
  readonly type: FieldType;
}

/** What CLIENT_SESSION_TRACK reports: a new current database, or a new value of a tracked session variable. */
export type SessionStateChange =
  | { readonly kind: 'schema'; readonly name: string }
  | { readonly kind: 'variable'; readonly name: string; readonly value: string };

export interface SqlSession {
  readonly connectionId: number;
  /** SERVER_STATUS_* flags that the session knows: IN_TRANS, AUTOCOMMIT, NO_BACKSLASH_ESCAPES, IN_TRANS_READONLY. */
  statusFlags(): number;
  /** COM_QUERY. `sql` is a view of the packet in the client's character set, valid until the call settles. Throws SqlError. */
  query(sql: Buffer, writer: ResultWriter, options: { readonly multiStatements: boolean }): ValueOrPromise<void>;
  prepare(sql: Buffer): ValueOrPromise<PreparedStatementInfo>;
  /** Throws SqlError 1243 for an unknown id. */
  execute(statementId: number, parameters: readonly BoundParameter[], writer: ResultWriter): ValueOrPromise<void>;
  closeStatement(statementId: number): void;
  /** COM_INIT_DB and USE. */
  useDatabase(name: string): ValueOrPromise<void>;
  /** COM_RESET_CONNECTION and COM_CHANGE_USER: rolls back, forgets variables, prepared statements, locks. */
  reset(): ValueOrPromise<void>;
  setMultiStatements(enabled: boolean): void;
  /** COM_FIELD_LIST. */
  fieldList(table: string, wildcard: string): ValueOrPromise<readonly ResultColumn[]>;
  /** The value of a session variable that the protocol itself needs (character_set_results, max_allowed_packet, net_write_timeout …). */
  protocolVariable(name: string): Datum;
  /**
   * The collation that text columns of results are described with, undefined for the default of character_set_results:
   * the handshake names one, and it holds until the session sets its character set anew.
   */
  resultCollationId(): number | undefined;
  /** Changes since the last call, for clients with CLIENT_SESSION_TRACK; undefined when there are none. */
  takeStateChanges(): readonly SessionStateChange[] | undefined;
  /** Marks the running statement as killed (KILL QUERY) from any other connection. */
  interrupt(): void;
  close(): ValueOrPromise<void>;
}

export interface ConnectionIdentity {
  readonly user: string;
  /** Client address, e.g. '127.0.0.1' or 'localhost'. */
  readonly host: string;
  readonly connectionId: number;
  readonly database: string | undefined;
  /** MySQL's collation number of the handshake response. */
  readonly collationId: number;
  readonly attributes: ReadonlyMap<string, string>;
  readonly tls: boolean;
  /** CLIENT_* flags both sides agreed on: FOUND_ROWS, INTERACTIVE, IGNORE_SPACE and LOCAL_FILES concern the session. */
  readonly capabilities: number;
}

/** What an account stores for authentication, as mysql.user shows it. */
export interface AccountCredentials {
  readonly user: string;
  readonly hostPattern: string;
  readonly plugin: 'caching_sha2_password' | 'mysql_native_password';
  readonly authenticationString: Uint8Array;
  readonly locked: boolean;
  readonly requireTls: boolean;
}

/** The session layer's entrance, implemented by `sql/session` and called by the server for each connection. */
export interface SessionFactory {
  /** Ids that no connection of another server has; undefined where connections are numbered through. */
  readonly newConnectionId?: (() => number) | undefined;
  findAccount(user: string, host: string): ValueOrPromise<AccountCredentials | undefined>;
  /** Throws SqlError (1049 unknown database, 1040 too many connections …). */
  open(identity: ConnectionIdentity, control: ConnectionControl): ValueOrPromise<SqlSession>;
}

/** What a session may do to its connection. */
export interface ConnectionControl {
  /** Closes the connection after the current response (KILL CONNECTION, idle timeout). */
  disconnect(): void;
  /** TLS protocol and cipher of the connection, for the Ssl_version and Ssl_cipher status variables. */
  tlsDetails(): { readonly version: string; readonly cipher: string } | undefined;
  /** LOAD DATA LOCAL INFILE: asks the client for a file and yields its chunks. */
  requestLocalFile(name: string): AsyncIterable<Uint8Array>;
}
