/**
 * What a session remembers between statements: its variables, the settings derived from them, current database, the
 * results LAST_INSERT_ID(), ROW_COUNT() and FOUND_ROWS() speak of, and the warnings of the last statement.
 *
 * Invariant: the derived settings (`sqlMode`, `timeZone`, `collationConnection`, `autocommit`) always match the
 * variables; `refresh` is called after every change.
 */

import type { Ts } from '../../base/index.ts';
import {
  type Collation,
  type Datum,
  defaultCollation,
  findCollation,
  type SqlError,
  type SqlMode,
  type SqlWarning,
  sqlErrors,
  type TimeZone,
  type TypedValue,
} from '../../engine/index.ts';
import type { ReadOptions, ReplicaRead } from '../../tikv-lite/index.ts';
import type { SessionStateChange } from '../server/session-port.ts';
import { MAX_USER_VARIABLES } from './limits.ts';
import { timeZoneOf } from './time-zone.ts';
import { parseSqlMode } from './variables/sql-mode.ts';
import { typedVariable, UNSET_USER_VARIABLE } from './variables/typed-variable.ts';
import { findVariable, type VariableDefinition, variableText } from './variables/variable-definition.ts';
import type { SessionVariables } from './variables/variable-store.ts';

export class SessionState {
  readonly variables: SessionVariables;
  readonly userVariables = new Map<string, TypedValue>();
  database: string | null;
  lastInsertId: number | bigint = 0;
  rowCount = 0;
  foundRows = 0;
  warnings: SqlWarning[] = [];
  /** All warnings of the last statement, also those beyond max_error_count. */
  warningCount = 0;
  errorCount = 0;
  /** As they were when the running statement began: @@warning_count and @@error_count. */
  previousWarningCount = 0;
  previousErrorCount = 0;
  sqlMode: SqlMode;
  timeZone: TimeZone;
  collationConnection: Collation;
  autocommit = true;
  /** As in the handshake, until character_set_results is set. */
  resultCollationId: number | undefined;
  /** Text of sql_mode: part of the key of cached plans. */
  sqlModeText = '';
  /** Where work is done (`shoal_coprocessor`): part of that key too. */
  coprocessor = 'AUTO';
  /** `tidb_snapshot`: queries read as of this timestamp, and nothing is written. */
  snapshotTs: Ts | undefined;
  /** `tidb_read_staleness`: queries of their own read as of so many seconds ago; 0 or negative. */
  readStalenessSeconds = 0;
  /** `tidb_replica_read`; undefined for the leaders. */
  reads: ReadOptions | undefined;
  readonly #systemZone: TimeZone;
  #changes: SessionStateChange[] | undefined;

  constructor(variables: SessionVariables, database: string | null, systemZone: TimeZone) {
    this.variables = variables;
    this.database = database;
    this.#systemZone = systemZone;
    this.timeZone = systemZone;
    this.sqlMode = parseSqlMode('');
    this.collationConnection = defaultCollation;
    this.refresh();
  }

  /** Recomputes what is derived from variables. */
  refresh(): void {
    const text = this.variables.getByName('sql_mode') as string;
    if (text !== this.sqlModeText || text === '') {
      this.sqlModeText = text;
      this.sqlMode = parseSqlMode(text);
    }
    this.timeZone = timeZoneOf(this.variables.getByName('time_zone') as string, this.#systemZone);
    // Literals are text to the engine; under SET NAMES binary they compare like bytes.
    const name = this.variables.getByName('collation_connection') as string;
    this.collationConnection = findCollation(name === 'binary' ? 'utf8mb4_bin' : name) ?? defaultCollation;
    this.coprocessor = this.variables.getByName('shoal_coprocessor') as string;
    this.autocommit = this.variables.getByName('autocommit') === 1;
    this.readStalenessSeconds = Number(this.variables.getByName('tidb_read_staleness'));
    this.reads = readOptions(this.variables.getByName('tidb_replica_read') as string);
    if (this.variables.getByName('tidb_snapshot') === '') this.snapshotTs = undefined;
  }

  number(name: string): number {
    return Number(this.variables.getByName(name) ?? 0);
  }

  typed(definition: VariableDefinition, value: Datum): TypedValue {
    return typedVariable(definition, value);
  }

  userVariable(name: string): TypedValue {
    return this.userVariables.get(name.toLowerCase()) ?? UNSET_USER_VARIABLE;
  }

  setUserVariable(name: string, value: TypedValue): void {
    const key = name.toLowerCase();
    if (!this.userVariables.has(key) && this.userVariables.size >= MAX_USER_VARIABLES) throw sqlErrors.outOfResources();
    this.userVariables.set(key, value);
  }

  // ---- diagnostics ----------------------------------------------------------------------------------------------------

  /** A new statement: the diagnostics of the one before are gone, except for their counts. */
  startDiagnostics(): void {
    this.previousWarningCount = this.warningCount;
    this.previousErrorCount = this.errorCount;
    if (this.warningCount === 0) return;
    this.warnings = [];
    this.warningCount = 0;
    this.errorCount = 0;
  }

  warn(warning: SqlWarning): void {
    this.warningCount++;
    if (warning.level === 'Error') this.errorCount++;
    if (this.warnings.length < this.number('max_error_count')) this.warnings.push(warning);
  }

  warnError(error: SqlError): void {
    this.warn({ level: 'Error', errno: error.errno, message: error.message });
  }

  // ---- CLIENT_SESSION_TRACK -------------------------------------------------------------------------------------------

  useDatabase(name: string | null): void {
    this.database = name;
    if (this.variables.getByName('session_track_schema') === 1) this.#note({ kind: 'schema', name: name ?? '' });
  }

  noteVariable(name: string): void {
    const tracked = this.variables.getByName('session_track_system_variables') as string;
    const definition = findVariable(name);
    if (definition === undefined) return;
    if (tracked !== '*' && !tracked.split(',').some((word) => word.trim() === definition.name)) return;
    this.#note({
      kind: 'variable',
      name: definition.name,
      value: variableText(definition, this.variables.get(definition)),
    });
  }

  #note(change: SessionStateChange): void {
    this.#changes ??= [];
    this.#changes.push(change);
  }

  takeChanges(): readonly SessionStateChange[] | undefined {
    const changes = this.#changes;
    this.#changes = undefined;
    return changes;
  }

  /** COM_RESET_CONNECTION. */
  reset(): void {
    this.variables.reset();
    this.userVariables.clear();
    this.lastInsertId = 0;
    this.rowCount = 0;
    this.foundRows = 0;
    this.warnings = [];
    this.warningCount = 0;
    this.errorCount = 0;
    this.refresh();
  }
}

/** Which replica is near does not depend on how busy it is: closest-adaptive is closest-replicas. */
function readOptions(name: string): ReadOptions | undefined {
  if (name === 'leader') return undefined;
  return { replicaRead: name === 'closest-adaptive' ? 'closest-replicas' : (name as ReplicaRead) };
}
