/** Assigning one system variable: scope rules, conversion, the checks of single variables, what follows from the change. */

import { isPromise } from '../../../base/index.ts';
import {
  type Datum,
  findCharset,
  findCollation,
  findTimeZone,
  sqlErrors,
  type TypedValue,
} from '../../../engine/index.ts';
import type { VariableScope } from '../../parser/ast.ts';
import { snapshotTimestamp } from '../past-reads.ts';
import type { Session } from '../session.ts';
import { normalizeSqlMode, sqlModeFromNumber } from '../variables/sql-mode.ts';
import { typedVariable } from '../variables/typed-variable.ts';
import { findVariable, type VariableDefinition } from '../variables/variable-definition.ts';
import { convertForVariable } from '../variables/variable-values.ts';

/** Session values that clients cannot set although they exist per session: 1621. */
const SESSION_READ_ONLY: ReadonlySet<string> = new Set([
  'max_allowed_packet',
  'max_user_connections',
  'net_buffer_length',
]);

const ENGINES: ReadonlySet<string> = new Set(['innodb', 'shoal', 'myisam', 'memory', 'csv', 'archive', 'blackhole']);

/** Character sets no client may speak: their bytes are not ASCII's. */
const NO_CLIENT_CHARSETS: ReadonlySet<string> = new Set(['ucs2', 'utf16', 'utf16le', 'utf32']);

/** Throws 1193, 1228, 1229, 1238, 1621 and what `checked` throws. */
export async function assignSystemVariable(
  session: Session,
  scope: VariableScope | undefined,
  name: string,
  value: Datum,
): Promise<void> {
  const definition = requireSettable(scope, name);
  await store(session, scope, definition, convert(session, definition, typedVariable(definition, value)));
}

/** SET x = expression. */
export async function assignExpressionValue(
  session: Session,
  scope: VariableScope | undefined,
  name: string,
  value: TypedValue,
): Promise<void> {
  const definition = requireSettable(scope, name);
  await store(session, scope, definition, convert(session, definition, value));
}

/** SET x = DEFAULT: the global value for a session, the built-in one globally. */
export async function assignDefault(session: Session, scope: VariableScope | undefined, name: string): Promise<void> {
  const definition = requireSettable(scope, name);
  const { globals } = session.server;
  const isSession = scope === undefined || scope === 'session';
  const value = isSession && definition.hasGlobal ? globals.get(definition) : globals.defaultOf(definition);
  await store(session, scope, definition, value);
}

function requireSettable(scope: VariableScope | undefined, name: string): VariableDefinition {
  const definition = findVariable(name);
  if (definition === undefined) throw sqlErrors.unknownSystemVariable(name);
  const isSession = scope === undefined || scope === 'session';
  if (definition.readOnly) throw sqlErrors.incorrectGlobalLocalVariable(definition.name, 'read only');
  if (isSession && !definition.hasSession) throw sqlErrors.globalVariable(definition.name);
  if (!isSession && !definition.hasGlobal) throw sqlErrors.localVariable(definition.name);
  if (isSession && SESSION_READ_ONLY.has(definition.name)) {
    throw sqlErrors.variableIsReadonly('SESSION', definition.name, 'GLOBAL');
  }
  return definition;
}

function convert(session: Session, definition: VariableDefinition, given: TypedValue): Datum {
  const { name } = definition;
  if (name === 'sql_mode') return sqlModeValue(given.value);
  if (name.startsWith('collation_')) return collationName(definition, given.value);
  if (name.startsWith('character_set_') && name !== 'character_sets_dir') return charsetName(definition, given.value);
  const value = convertForVariable(definition, given, (warning) => session.state.warn(warning));
  return checked(definition, value);
}

function sqlModeValue(value: Datum): Datum {
  if (typeof value === 'string') return normalizeSqlMode(value);
  if (typeof value === 'number' || typeof value === 'bigint') return sqlModeFromNumber(BigInt(value));
  throw sqlErrors.wrongValueForVariable('sql_mode', value === null ? 'NULL' : String(value));
}

function collationName(definition: VariableDefinition, value: Datum): Datum {
  if (value === null) throw sqlErrors.wrongValueForVariable(definition.name, 'NULL');
  const isNumber = typeof value === 'number';
  const collation = isNumber ? findCollation(value) : findCollation(String(value).toLowerCase());
  if (collation === undefined) throw sqlErrors.unknownCollation(String(value));
  return collation.name;
}

function charsetName(definition: VariableDefinition, value: Datum): Datum {
  const { name } = definition;
  if (value === null) {
    if (name === 'character_set_results') return null;
    throw sqlErrors.wrongValueForVariable(name, 'NULL');
  }
  const charset =
    typeof value === 'number' ? findCharset(findCollation(value)?.charset ?? '') : findCharset(charsetAlias(value));
  if (charset === undefined) throw sqlErrors.unknownCharacterSet(String(value));
  if (name === 'character_set_client' && NO_CLIENT_CHARSETS.has(charset.name)) {
    throw sqlErrors.wrongValueForVariable(name, charset.name);
  }
  return charset.name;
}

/** utf8 still means utf8mb3 to MySQL 8.0. */
function charsetAlias(value: Datum): string {
  const name = String(value).toLowerCase();
  return name === 'utf8' ? 'utf8mb3' : name;
}

function checked(definition: VariableDefinition, value: Datum): Datum {
  switch (definition.name) {
    case 'time_zone': {
      const name = String(value ?? 'NULL');
      if (value === null || (name.toUpperCase() !== 'SYSTEM' && findTimeZone(name) === undefined)) {
        throw sqlErrors.unknownTimeZone(name);
      }
      return name.toUpperCase() === 'SYSTEM' ? 'SYSTEM' : (findTimeZone(name)?.name ?? name);
    }
    case 'default_storage_engine':
    case 'default_tmp_storage_engine':
      if (!ENGINES.has(String(value).toLowerCase())) throw sqlErrors.unknownStorageEngine(String(value));
      return value;
    default:
      return value;
  }
}

async function store(
  session: Session,
  scope: VariableScope | undefined,
  definition: VariableDefinition,
  value: Datum,
): Promise<void> {
  if (scope === undefined || scope === 'session') {
    await storeInSession(session, definition, value);
    return;
  }
  if (scope === 'persist' || scope === 'persist_only') await session.server.persisted.set(definition, value);
  if (scope !== 'persist_only') session.server.globals.set(definition, value);
}

async function storeInSession(session: Session, definition: VariableDefinition, value: Datum): Promise<void> {
  const { state } = session;
  const { name } = definition;
  if (name === 'autocommit' && value === 1 && !state.autocommit) {
    const committed = session.transaction.commit();
    if (isPromise(committed)) await committed;
  }
  if (name === 'last_insert_id' || name === 'identity') state.lastInsertId = value as number | bigint;
  if (name === 'character_set_results') state.resultCollationId = undefined;
  if (name === 'tidb_snapshot') {
    if (session.transaction.inTransaction) throw sqlErrors.invalidAsOf("as of timestamp can't be set in transaction.");
    state.snapshotTs = await snapshotTimestamp(session, value);
  }
  state.variables.set(definition, value);
  alsoSet(session, name, value);
  state.refresh();
  state.noteVariable(name);
}

/** Variables that go together: a connection's character set and its collation. */
function alsoSet(session: Session, name: string, value: Datum): void {
  const { variables } = session.state;
  for (const kind of ['connection', 'database', 'server']) {
    if (name === `character_set_${kind}` && typeof value === 'string') {
      variables.setByName(`collation_${kind}`, findCharset(value)?.defaultCollation ?? null);
    }
    if (name === `collation_${kind}` && typeof value === 'string') {
      variables.setByName(`character_set_${kind}`, findCollation(value)?.charset ?? null);
    }
  }
}
