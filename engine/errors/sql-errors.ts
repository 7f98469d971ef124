/**
 * MySQL's errors by name: each constructor answers a SqlError with MySQL's own number, SQLSTATE and wording (8.0).
 * Names are MySQL's symbols without `ER_`. Kept in the order of the numbers. Values that MySQL cuts inside a message
 * (`%-.64s`) are cut here too.
 */

import { SqlError } from './sql-error.ts';

function error(errno: number, sqlState: string, message: string): SqlError {
  return new SqlError(errno, sqlState, message);
}

function cut(text: string, length: number): string {
  return text.length > length ? text.slice(0, length) : text;
}

export const sqlErrors = {
  canNotCreateTable: (table: string, errno: number, reason: string) =>
    error(1005, 'HY000', `Can't create table '${table}' (errno: ${errno} - ${reason})`),
  dbCreateExists: (name: string) => error(1007, 'HY000', `Can't create database '${name}'; database exists`),
  dbDropExists: (name: string) => error(1008, 'HY000', `Can't drop database '${name}'; database doesn't exist`),
  diskFull: (path: string) =>
    error(
      1021,
      'HY000',
      `Disk full (${path}); waiting for someone to free some space... (errno: 28 - No space left on device)`,
    ),
  getErrno: (errno: number, reason: string) =>
    error(1030, 'HY000', `Got error ${errno} - '${reason}' from storage engine`),
  outOfMemory: (bytes: number) =>
    error(1037, 'HY001', `Out of memory; restart server and try again (needed ${bytes} bytes)`),
  outOfSortMemory: () => error(1038, 'HY001', 'Out of sort memory, consider increasing server sort buffer size'),
  conCountError: () => error(1040, '08004', 'Too many connections'),
  outOfResources: () =>
    error(
      1041,
      'HY000',
      "Out of memory; check if mysqld or some other process uses all available memory; if not, you may have to use 'ulimit' to allow mysqld to use more memory or you can add more swap space",
    ),
  badHost: () => error(1042, '08S01', "Can't get hostname for your address"),
  handshakeError: () => error(1043, '08S01', 'Bad handshake'),
  dbAccessDenied: (user: string, host: string, database: string) =>
    error(1044, '42000', `Access denied for user '${user}'@'${host}' to database '${database}'`),
  accessDenied: (user: string, host: string, usingPassword: boolean) =>
    error(
      1045,
      '28000',
      `Access denied for user '${user}'@'${host}' (using password: ${usingPassword ? 'YES' : 'NO'})`,
    ),
  noDb: () => error(1046, '3D000', 'No database selected'),
  unknownCommand: () => error(1047, '08S01', 'Unknown command'),
  badNull: (column: string) => error(1048, '23000', `Column '${column}' cannot be null`),
  badDb: (name: string) => error(1049, '42000', `Unknown database '${name}'`),
  tableExists: (name: string) => error(1050, '42S01', `Table '${name}' already exists`),
  /** `name` may be a list, as DROP TABLE reports it: 'db.a,db.b'. */
  badTable: (name: string) => error(1051, '42S02', `Unknown table '${name}'`),
  nonUniq: (column: string, clause: string) => error(1052, '23000', `Column '${column}' in ${clause} is ambiguous`),
  serverShutdown: () => error(1053, '08S01', 'Server shutdown in progress'),
  badField: (column: string, clause: string) => error(1054, '42S22', `Unknown column '${column}' in '${clause}'`),
  wrongFieldWithGroup: (expression: string) => error(1055, '42000', `'${expression}' isn't in GROUP BY`),
  /** ONLY_FULL_GROUP_BY's long form of 1055; `where` is 'SELECT list', 'ORDER BY clause' or 'HAVING clause'. */
  wrongFieldWithGroupV2: (position: number, where: string, column: string) =>
    error(
      1055,
      '42000',
      `Expression #${position} of ${where} is not in GROUP BY clause and contains nonaggregated column '${column}' which is not functionally dependent on columns in GROUP BY clause; this is incompatible with sql_mode=only_full_group_by`,
    ),
  wrongGroupField: (expression: string) => error(1056, '42000', `Can't group on '${expression}'`),
  wrongSumSelect: () => error(1057, '42000', 'Statement has sum functions and columns in same statement'),
  wrongValueCount: () => error(1058, '21S01', "Column count doesn't match value count"),
  tooLongIdent: (name: string) => error(1059, '42000', `Identifier name '${cut(name, 100)}' is too long`),
  dupFieldName: (name: string) => error(1060, '42S21', `Duplicate column name '${name}'`),
  dupKeyName: (name: string) => error(1061, '42000', `Duplicate key name '${name}'`),
  /** `key` is `table.index`. Composite values are joined with '-'. */
  dupEntry: (value: string, key: string) =>
    error(1062, '23000', `Duplicate entry '${cut(value, 64)}' for key '${cut(key, 385)}'`),
  wrongFieldSpec: (column: string) => error(1063, '42000', `Incorrect column specifier for column '${column}'`),
  /** `near` is the rest of the statement from the offending token on; MySQL shows 80 characters of it. */
  parseError: (near: string, line: number) =>
    error(
      1064,
      '42000',
      `You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right syntax to use near '${cut(near, 80)}' at line ${line}`,
    ),
  emptyQuery: () => error(1065, '42000', 'Query was empty'),
  nonUniqTable: (alias: string) => error(1066, '42000', `Not unique table/alias: '${alias}'`),
  invalidDefault: (column: string) => error(1067, '42000', `Invalid default value for '${column}'`),
  multiplePriKey: () => error(1068, '42000', 'Multiple primary key defined'),
  tooManyKeys: (max: number) => error(1069, '42000', `Too many keys specified; max ${max} keys allowed`),
  tooManyKeyParts: (max: number) => error(1070, '42000', `Too many key parts specified; max ${max} parts allowed`),
  tooLongKey: (maxBytes: number) =>
    error(1071, '42000', `Specified key was too long; max key length is ${maxBytes} bytes`),
  keyColumnDoesNotExist: (column: string) => error(1072, '42000', `Key column '${column}' doesn't exist in table`),
  blobUsedAsKey: (column: string) =>
    error(1073, '42000', `BLOB column '${column}' can't be used in key specification with the used table type`),
  tooBigFieldLength: (column: string, max: number) =>
    error(1074, '42000', `Column length too big for column '${column}' (max = ${max}); use BLOB or TEXT instead`),
  wrongAutoKey: () =>
    error(
      1075,
      '42000',
      'Incorrect table definition; there can be only one auto column and it must be defined as a key',
    ),
  fileExists: (path: string) => error(1086, 'HY000', `File '${path}' already exists`),
  wrongSubKey: () =>
    error(
      1089,
      'HY000',
      "Incorrect prefix key; the used key part isn't a string, the used length is longer than the key part, or the storage engine doesn't support unique prefix keys",
    ),
  cantRemoveAllFields: () =>
    error(1090, '42000', "You can't delete all columns with ALTER TABLE; use DROP TABLE instead"),
  cantDropFieldOrKey: (name: string) => error(1091, '42000', `Can't DROP '${name}'; check that column/key exists`),
  updateTableUsed: (table: string) =>
    error(1093, 'HY000', `You can't specify target table '${table}' for update in FROM clause`),
  noSuchThread: (id: number | bigint) => error(1094, 'HY000', `Unknown thread id: ${id}`),
  killDenied: (id: number | bigint) => error(1095, 'HY000', `You are not owner of thread ${id}`),
  noTablesUsed: () => error(1096, 'HY000', 'No tables used'),
  tableNotLockedForWrite: (table: string) =>
    error(1099, 'HY000', `Table '${table}' was locked with a READ lock and can't be updated`),
  tableNotLocked: (table: string) => error(1100, 'HY000', `Table '${table}' was not locked with LOCK TABLES`),
  blobCantHaveDefault: (column: string) =>
    error(1101, '42000', `BLOB, TEXT, GEOMETRY or JSON column '${column}' can't have a default value`),
  wrongDbName: (name: string) => error(1102, '42000', `Incorrect database name '${cut(name, 100)}'`),
  wrongTableName: (name: string) => error(1103, '42000', `Incorrect table name '${cut(name, 100)}'`),
  tooBigSelect: () =>
    error(
      1104,
      '42000',
      'The SELECT would examine more than MAX_JOIN_SIZE rows; check your WHERE and use SET SQL_BIG_SELECTS=1 or SET MAX_JOIN_SIZE=# if the SELECT is okay',
    ),
  unknownError: (message = 'Unknown error') => error(1105, 'HY000', message),
  unknownProcedure: (name: string) => error(1106, '42000', `Unknown procedure '${name}'`),
  unknownTable: (table: string, clause: string) => error(1109, '42S02', `Unknown table '${table}' in ${clause}`),
  fieldSpecifiedTwice: (column: string) => error(1110, '42000', `Column '${column}' specified twice`),
  invalidGroupFuncUse: () => error(1111, 'HY000', 'Invalid use of group function'),
  tableMustHaveColumns: () => error(1113, '42000', 'A table must have at least 1 column'),
  recordFileFull: (table: string) => error(1114, 'HY000', `The table '${table}' is full`),
  unknownCharacterSet: (name: string) => error(1115, '42000', `Unknown character set: '${cut(name, 64)}'`),
  tooManyTables: (max: number) => error(1116, 'HY000', `Too many tables; MySQL can only use ${max} tables in a join`),
  tooManyFields: () => error(1117, 'HY000', 'Too many columns'),
  tooBigRowSize: (maxBytes: number) =>
    error(
      1118,
      '42000',
      `Row size too large. The maximum row size for the used table type, not counting BLOBs, is ${maxBytes}. This includes storage overhead, check the manual. You have to change some columns to TEXT or BLOBs`,
    ),
  wrongOuterJoin: () => error(1120, '42000', 'Cross dependency found in OUTER JOIN; examine your ON conditions'),
  functionNotDefined: (name: string) => error(1128, 'HY000', `Function '${name}' is not defined`),
  hostNotPrivileged: (host: string) =>
    error(1130, 'HY000', `Host '${host}' is not allowed to connect to this MySQL server`),
  passwordNoMatch: () => error(1133, '42000', "Can't find any matching row in the user table"),
  wrongValueCountOnRow: (row: number) => error(1136, '21S01', `Column count doesn't match value count at row ${row}`),
  invalidUseOfNull: () => error(1138, '22004', 'Invalid use of NULL value'),
  regexpError: (reason: string) => error(1139, '42000', `Got error '${cut(reason, 64)}' from regexp`),
  mixOfGroupFuncAndFields: () =>
    error(
      1140,
      '42000',
      'Mixing of GROUP columns (MIN(),MAX(),COUNT(),...) with no GROUP columns is illegal if there is no GROUP BY clause',
    ),
  mixOfGroupFuncAndFieldsV2: (position: number, where: string, column: string) =>
    error(
      1140,
      '42000',
      `In aggregated query without GROUP BY, expression #${position} of ${where} contains nonaggregated column '${column}'; this is incompatible with sql_mode=only_full_group_by`,
    ),
  nonexistingGrant: (user: string, host: string) =>
    error(1141, '42000', `There is no such grant defined for user '${user}' on host '${host}'`),
  tableAccessDenied: (command: string, user: string, host: string, table: string) =>
    error(1142, '42000', `${command} command denied to user '${user}'@'${host}' for table '${cut(table, 64)}'`),
  columnAccessDenied: (command: string, user: string, host: string, column: string, table: string) =>
    error(
      1143,
      '42000',
      `${command} command denied to user '${user}'@'${host}' for column '${column}' in table '${table}'`,
    ),
  noSuchTable: (database: string, table: string) => error(1146, '42S02', `Table '${database}.${table}' doesn't exist`),
  nonexistingTableGrant: (user: string, host: string, table: string) =>
    error(1147, '42000', `There is no such grant defined for user '${user}' on host '${host}' on table '${table}'`),
  notAllowedCommand: () => error(1148, '42000', 'The used command is not allowed with this MySQL version'),
  syntaxError: () =>
    error(
      1149,
      '42000',
      'You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right syntax to use',
    ),
  netPacketTooLarge: () => error(1153, '08S01', "Got a packet bigger than 'max_allowed_packet' bytes"),
  netPacketsOutOfOrder: () => error(1156, '08S01', 'Got packets out of order'),
  netReadError: () => error(1158, '08S01', 'Got an error reading communication packets'),
  netReadInterrupted: () => error(1159, '08S01', 'Got timeout reading communication packets'),
  netErrorOnWrite: () => error(1160, '08S01', 'Got an error writing communication packets'),
  netWriteInterrupted: () => error(1161, '08S01', 'Got timeout writing communication packets'),
  tooLongString: () => error(1162, '42000', "Result string is longer than 'max_allowed_packet' bytes"),
  wrongColumnName: (name: string) => error(1166, '42000', `Incorrect column name '${cut(name, 100)}'`),
  wrongKeyColumn: (column: string) => error(1167, '42000', `The used storage engine can't index column '${column}'`),
  blobKeyWithoutLength: (column: string) =>
    error(1170, '42000', `BLOB/TEXT column '${column}' used in key specification without a key length`),
  primaryCantHaveNull: () =>
    error(1171, '42000', 'All parts of a PRIMARY KEY must be NOT NULL; if you need NULL in a key, use UNIQUE instead'),
  tooManyRows: () => error(1172, '42000', 'Result consisted of more than one row'),
  requiresPrimaryKey: () => error(1173, '42000', 'This table type requires a primary key'),
  keyDoesNotExist: (key: string, table: string) =>
    error(1176, '42000', `Key '${key}' doesn't exist in table '${table}'`),
  checkNotImplemented: (what: string) =>
    error(1178, '42000', `The storage engine for the table doesn't support ${what}`),
  cantDoThisDuringATransaction: () =>
    error(1179, '25000', 'You are not allowed to execute this command in a transaction'),
  errorDuringCommit: (errno: number, reason: string) =>
    error(1180, 'HY000', `Got error ${errno} - '${reason}' during COMMIT`),
  fulltextMatchingKeyNotFound: () => error(1191, 'HY000', "Can't find FULLTEXT index matching the column list"),
  lockOrActiveTransaction: () =>
    error(
      1192,
      'HY000',
      "Can't execute the given command because you have active locked tables or an active transaction",
    ),
  unknownSystemVariable: (name: string) => error(1193, 'HY000', `Unknown system variable '${cut(name, 64)}'`),
  tooManyUserConnections: (user: string) =>
    error(1203, '42000', `User ${user} already has more than 'max_user_connections' active connections`),
  setConstantsOnly: () => error(1204, 'HY000', 'You may only use constant expressions with SET'),
  lockWaitTimeout: () => error(1205, 'HY000', 'Lock wait timeout exceeded; try restarting transaction'),
  lockTableFull: () => error(1206, 'HY000', 'The total number of locks exceeds the lock table size'),
  wrongArguments: (where: string) => error(1210, 'HY000', `Incorrect arguments to ${where}`),
  lockDeadlock: () => error(1213, '40001', 'Deadlock found when trying to get lock; try restarting transaction'),
  tableCantHandleFulltext: () => error(1214, 'HY000', "The used table type doesn't support FULLTEXT indexes"),
  cannotAddForeign: () => error(1215, 'HY000', 'Cannot add foreign key constraint'),
  noReferencedRow: () => error(1216, '23000', 'Cannot add or update a child row: a foreign key constraint fails'),
  rowIsReferenced: () => error(1217, '23000', 'Cannot delete or update a parent row: a foreign key constraint fails'),
  errorWhenExecutingCommand: (command: string, reason: string) =>
    error(1220, 'HY000', `Error when executing command ${command}: ${cut(reason, 128)}`),
  wrongUsage: (first: string, second: string) => error(1221, 'HY000', `Incorrect usage of ${first} and ${second}`),
  wrongNumberOfColumnsInSelect: () =>
    error(1222, '21000', 'The used SELECT statements have a different number of columns'),
  cantUpdateWithReadLock: () =>
    error(1223, 'HY000', "Can't execute the query because you have a conflicting read lock"),
  userLimitReached: (user: string, resource: string, current: number) =>
    error(1226, '42000', `User '${user}' has exceeded the '${resource}' resource (current value: ${current})`),
  specificAccessDenied: (privilege: string) =>
    error(1227, '42000', `Access denied; you need (at least one of) the ${privilege} privilege(s) for this operation`),
  localVariable: (name: string) =>
    error(1228, 'HY000', `Variable '${cut(name, 64)}' is a SESSION variable and can't be used with SET GLOBAL`),
  globalVariable: (name: string) =>
    error(1229, 'HY000', `Variable '${cut(name, 64)}' is a GLOBAL variable and should be set with SET GLOBAL`),
  noDefault: (name: string) => error(1230, '42000', `Variable '${cut(name, 64)}' doesn't have a default value`),
  wrongValueForVariable: (name: string, value: string) =>
    error(1231, '42000', `Variable '${cut(name, 64)}' can't be set to the value of '${cut(value, 200)}'`),
  wrongTypeForVariable: (name: string) =>
    error(1232, '42000', `Incorrect argument type to variable '${cut(name, 64)}'`),
  variableCantBeRead: (name: string) => error(1233, 'HY000', `Variable '${cut(name, 64)}' can only be set, not read`),
  cantUseOptionHere: (what: string) => error(1234, '42000', `Incorrect usage/placement of '${what}'`),
  notSupportedYet: (what: string) => error(1235, '42000', `This version of MySQL doesn't yet support '${what}'`),
  /** `kind` is 'read only' or 'SESSION' or 'GLOBAL'. */
  incorrectGlobalLocalVariable: (name: string, kind: string) =>
    error(1238, 'HY000', `Variable '${name}' is a ${kind} variable`),
  wrongFkDef: (name: string, reason: string) =>
    error(1239, '42000', `Incorrect foreign key definition for '${name}': ${reason}`),
  operandColumns: (count: number) => error(1241, '21000', `Operand should contain ${count} column(s)`),
  subqueryNo1Row: () => error(1242, '21000', 'Subquery returns more than 1 row'),
  unknownStatementHandler: (name: string, command: string) =>
    error(1243, 'HY000', `Unknown prepared statement handler (${name}) given to ${command}`),
  illegalReference: (name: string, reason: string) =>
    error(1247, '42S22', `Reference '${cut(name, 64)}' not supported (${reason})`),
  derivedMustHaveAlias: () => error(1248, '42000', 'Every derived table must have its own alias'),
  tablenameNotAllowedHere: (table: string, clause: string) =>
    error(1250, '42000', `Table '${table}' from one of the SELECTs cannot be used in ${clause}`),
  notSupportedAuthMode: () =>
    error(
      1251,
      '08004',
      'Client does not support authentication protocol requested by server; consider upgrading MySQL client',
    ),
  collationCharsetMismatch: (collation: string, charset: string) =>
    error(1253, '42000', `COLLATION '${collation}' is not valid for CHARACTER SET '${charset}'`),
  cutValueGroupConcat: (row: number) => error(1260, 'HY000', `Row ${row} was cut by GROUP_CONCAT()`),
  warnTooFewRecords: (row: number) => error(1261, '01000', `Row ${row} doesn't contain data for all columns`),
  warnTooManyRecords: (row: number) =>
    error(1262, '01000', `Row ${row} was truncated; it contained more data than there were input columns`),
  warnNullToNotNull: (column: string, row: number) =>
    error(1263, '22004', `Column set to default value; NULL supplied to NOT NULL column '${column}' at row ${row}`),
  warnDataOutOfRange: (column: string, row: number) =>
    error(1264, '22003', `Out of range value for column '${column}' at row ${row}`),
  warnDataTruncated: (column: string, row: number) =>
    error(1265, '01000', `Data truncated for column '${column}' at row ${row}`),
  /** Pairs are [collation, coercibility], e.g. ['utf8mb4_bin', 'IMPLICIT']. */
  cantAggregate2Collations: (left: readonly [string, string], right: readonly [string, string], operation: string) =>
    error(1267, 'HY000', `Illegal mix of collations (${left}) and (${right}) for operation '${operation}'`),
  cantAggregate3Collations: (
    first: readonly [string, string],
    second: readonly [string, string],
    third: readonly [string, string],
    operation: string,
  ) =>
    error(1270, 'HY000', `Illegal mix of collations (${first}), (${second}), (${third}) for operation '${operation}'`),
  cantAggregateNCollations: (operation: string) =>
    error(1271, 'HY000', `Illegal mix of collations for operation '${operation}'`),
  unknownCollation: (name: string) => error(1273, 'HY000', `Unknown collation: '${cut(name, 64)}'`),
  wrongNameForIndex: (name: string) => error(1280, '42000', `Incorrect index name '${cut(name, 100)}'`),
  badFtColumn: (column: string) => error(1283, 'HY000', `Column '${column}' cannot be part of FULLTEXT index`),
  unknownStorageEngine: (name: string) => error(1286, '42000', `Unknown storage engine '${name}'`),
  warnDeprecatedSyntax: (what: string, instead: string) =>
    error(
      1287,
      'HY000',
      `'${what}' is deprecated and will be removed in a future release. Please use ${instead} instead`,
    ),
  nonUpdatableTable: (table: string, statement: string) =>
    error(1288, 'HY000', `The target table ${cut(table, 100)} of the ${statement} is not updatable`),
  featureDisabled: (feature: string, option: string) =>
    error(
      1289,
      'HY000',
      `The '${feature}' feature is disabled; you need MySQL built with '${option}' to have it working`,
    ),
  optionPreventsStatement: (option: string) =>
    error(1290, 'HY000', `The MySQL server is running with the ${option} option so it cannot execute this statement`),
  duplicatedValueInType: (column: string, value: string, type: string) =>
    error(1291, 'HY000', `Column '${cut(column, 100)}' has duplicated value '${cut(value, 64)}' in ${type}`),
  truncatedWrongValue: (kind: string, value: string) =>
    error(1292, '22007', `Truncated incorrect ${kind} value: '${cut(value, 128)}'`),
  /** 1292 as a column reports it: Incorrect datetime value: 'x' for column 'c' at row 1. */
  incorrectTemporalForColumn: (kind: string, value: string, column: string, row: number) =>
    error(1292, '22007', `Incorrect ${kind} value: '${cut(value, 128)}' for column '${column}' at row ${row}`),
  /** 1292 as an expression reports it. */
  incorrectTemporal: (kind: string, value: string) =>
    error(1292, '22007', `Incorrect ${kind} value: '${cut(value, 128)}'`),
  invalidOnUpdate: (column: string) => error(1294, 'HY000', `Invalid ON UPDATE clause for '${column}' column`),
  unsupportedPs: () => error(1295, 'HY000', 'This command is not supported in the prepared statement protocol yet'),
  unknownTimeZone: (name: string) => error(1298, 'HY000', `Unknown or incorrect time zone: '${cut(name, 64)}'`),
  warnInvalidTimestamp: (column: string, row: number) =>
    error(1299, 'HY000', `Invalid TIMESTAMP value in column '${column}' at row ${row}`),
  invalidCharacterString: (charset: string, value: string) =>
    error(1300, 'HY000', `Invalid ${charset} character string: '${cut(value, 64)}'`),
  warnAllowedPacketOverflowed: (functionName: string, maxBytes: number) =>
    error(1301, 'HY000', `Result of ${functionName}() was larger than max_allowed_packet (${maxBytes}) - truncated`),
  spAlreadyExists: (kind: string, name: string) => error(1304, '42000', `${kind} ${name} already exists`),
  spUndeclaredVar: (name: string) => error(1327, '42000', `Undeclared variable: ${cut(name, 64)}`),
  spDoesNotExist: (kind: string, name: string) => error(1305, '42000', `${kind} ${name} does not exist`),
  spBadSelect: (name: string) =>
    error(1312, '0A000', `PROCEDURE ${name} can't return a result set in the given context`),
  spBadStatement: (what: string) => error(1314, '0A000', `${what} is not allowed in stored procedures`),
  queryInterrupted: () => error(1317, '70100', 'Query execution was interrupted'),
  spWrongNoOfArgs: (kind: string, name: string, expected: number, got: number) =>
    error(1318, '42000', `Incorrect number of arguments for ${kind} ${name}; expected ${expected}, got ${got}`),
  spFetchNoData: () => error(1329, '02000', 'No data - zero rows fetched, selected, or processed'),
  spDupParam: (name: string) => error(1330, '42000', `Duplicate parameter: ${name}`),
  wrongObject: (database: string, name: string, kind: string) =>
    error(1347, 'HY000', `'${database}.${name}' is not ${kind}`),
  nonUpdatableColumn: (column: string) => error(1348, 'HY000', `Column '${column}' is not updatable`),
  viewSelectClause: (clause: string) => error(1350, 'HY000', `View's SELECT contains a '${clause}' clause`),
  viewSelectVariable: () => error(1351, 'HY000', "View's SELECT contains a variable or parameter"),
  viewSelectTmptable: (table: string) => error(1352, 'HY000', `View's SELECT refers to a temporary table '${table}'`),
  viewWrongList: () =>
    error(
      1353,
      'HY000',
      'In definition of view, derived table or common table expression, SELECT list and column names list have different column counts',
    ),
  viewInvalid: (database: string, view: string) =>
    error(
      1356,
      'HY000',
      `View '${database}.${view}' references invalid table(s) or column(s) or function(s) or definer/invoker of view lack rights to use them`,
    ),
  trgAlreadyExists: () => error(1359, 'HY000', 'Trigger already exists'),
  trgDoesNotExist: () => error(1360, 'HY000', 'Trigger does not exist'),
  noDefaultForField: (column: string) => error(1364, 'HY000', `Field '${column}' doesn't have a default value`),
  divisionByZero: () => error(1365, '22012', 'Division by 0'),
  truncatedWrongValueForField: (kind: string, value: string, column: string, row: number) =>
    error(1366, 'HY000', `Incorrect ${kind} value: '${cut(value, 128)}' for column '${column}' at row ${row}`),
  illegalValueForType: (type: string, value: string) =>
    error(1367, '22007', `Illegal ${type} '${cut(value, 192)}' value found during parsing`),
  viewNonupdCheck: (database: string, view: string) =>
    error(1368, 'HY000', `CHECK OPTION on non-updatable view '${database}.${view}'`),
  viewCheckFailed: (database: string, view: string) =>
    error(1369, 'HY000', `CHECK OPTION failed '${database}.${view}'`),
  procAccessDenied: (command: string, user: string, host: string, routine: string) =>
    error(1370, '42000', `${command} command denied to user '${user}'@'${host}' for routine '${routine}'`),
  unknownTargetBinlog: () => error(1373, 'HY000', 'Target log not found in binlog index'),
  viewRecursive: (database: string, view: string) =>
    error(1462, 'HY000', `\`${database}\`.\`${view}\` contains view recursion`),
  tooHighLevelOfNestingForSelect: () => error(1473, 'HY000', 'Too high level of nesting for select'),
  logPurgeNoFile: (name: string) => error(1612, 'HY000', `Being purged log ${name} was not found`),
  noBinaryLogging: () => error(1381, 'HY000', 'You are not using binary logging'),
  psManyParam: () => error(1390, 'HY000', 'Prepared statement contains too many placeholders'),
  keyPart0: (name: string) => error(1391, 'HY000', `Key part '${name}' length cannot be 0`),
  viewMultiupdate: (database: string, view: string) =>
    error(1393, 'HY000', `Can not modify more than one base table through a join view '${database}.${view}'`),
  viewNoInsertFieldList: (database: string, view: string) =>
    error(1394, 'HY000', `Can not insert into join view '${database}.${view}' without fields list`),
  viewDeleteMergeView: (database: string, view: string) =>
    error(1395, 'HY000', `Can not delete from join view '${database}.${view}'`),
  cannotUser: (operation: string, users: string) =>
    error(1396, 'HY000', `Operation ${operation} failed for ${cut(users, 256)}`),
  xaerNota: () => error(1397, 'XAE04', 'XAER_NOTA: Unknown XID'),
  xaerInval: () => error(1398, 'XAE05', 'XAER_INVAL: Invalid arguments (or unsupported command)'),
  xaerOutside: () => error(1400, 'XAE09', 'XAER_OUTSIDE: Some work is done outside global transaction'),
  xaerRmfail: (state: string) =>
    error(
      1399,
      'XAE07',
      `XAER_RMFAIL: The command cannot be executed when global transaction is in the  ${state} state`,
    ),
  dataTooLong: (column: string, row: number) =>
    error(1406, '22001', `Data too long for column '${column}' at row ${row}`),
  cantCreateUserWithGrant: () => error(1410, '42000', 'You are not allowed to create a user with GRANT'),
  wrongValueForFunction: (kind: string, value: string, functionName: string) =>
    error(1411, 'HY000', `Incorrect ${kind} value: '${cut(value, 128)}' for function ${functionName}`),
  tableDefChanged: () => error(1412, 'HY000', 'Table definition has changed, please retry transaction'),
  binlogUnsafeRoutine: () =>
    error(
      1418,
      'HY000',
      'This function has none of DETERMINISTIC, NO SQL, or READS SQL DATA in its declaration and binary logging is enabled (you *might* want to use the less safe log_bin_trust_function_creators variable)',
    ),
  statementHasNoOpenCursor: (id: number) => error(1421, 'HY000', `The statement (${id}) has no open cursor.`),
  tooBigScale: (scale: number, name: string, max: number) =>
    error(1425, '42000', `Too big scale ${scale} specified for column '${name}'. Maximum is ${max}.`),
  tooBigPrecision: (precision: number | bigint, name: string, max: number) =>
    error(1426, '42000', `Too-big precision ${precision} specified for '${name}'. Maximum is ${max}.`),
  mBiggerThanD: (column: string) =>
    error(1427, '42000', `For float(M,D), double(M,D) or decimal(M,D), M must be >= D (column '${column}').`),
  trgInWrongSchema: () => error(1435, 'HY000', 'Trigger in wrong schema'),
  stackOverrunNeedMore: (used: number, size: number, needed: number) =>
    error(
      1436,
      'HY000',
      `Thread stack overrun:  ${used} bytes used of a ${size} byte stack, and ${needed} bytes needed.  Use 'mysqld --thread_stack=#' to specify a bigger stack.`,
    ),
  tooBigDisplayWidth: (column: string, max: number) =>
    error(1439, '42000', `Display width out of range for column '${column}' (max = ${max})`),
  datetimeFunctionOverflow: (kind: string) => error(1441, '22008', `Datetime function: ${kind} field overflow`),
  rowIsReferenced2: (detail: string) =>
    error(1451, '23000', `Cannot delete or update a parent row: a foreign key constraint fails${cut(detail, 192)}`),
  noReferencedRow2: (detail: string) =>
    error(1452, '23000', `Cannot add or update a child row: a foreign key constraint fails${cut(detail, 192)}`),
  spBadVarShadow: (name: string) =>
    error(1453, '42000', `Variable '${cut(name, 64)}' must be quoted with \`...\`, or renamed`),
  maxPreparedStmtCountReached: (current: number) =>
    error(1461, '42000', `Can't create more than max_prepared_stmt_count statements (current value: ${current})`),
  nonGroupingFieldUsed: (column: string, clause: string) =>
    error(1463, '42000', `Non-grouping field '${column}' is used in ${clause} clause`),
  nonInsertableTable: (table: string, statement: string) =>
    error(1471, 'HY000', `The target table ${cut(table, 100)} of the ${statement} is not insertable-into`),
  illegalHaCreateOption: (engine: string, option: string) =>
    error(1478, 'HY000', `Table storage engine '${engine}' does not support the create option '${option}'`),
  partitionRequiresValues: (kind: string, values: string) =>
    error(
      1479,
      'HY000',
      `Syntax error: ${kind} PARTITIONING requires definition of VALUES ${values} for each partition`,
    ),
  noPartitionForGivenValue: (value: string) =>
    error(1526, 'HY000', `Table has no partition for value ${cut(value, 64)}`),
  uniqueKeyNeedAllFieldsInPf: (key: string) =>
    error(
      1503,
      'HY000',
      `A ${key} must include all columns in the table's partitioning function (prefixed columns are not considered).`,
    ),
  sameNamePartition: (name: string) => error(1517, 'HY000', `Duplicate partition name ${name}`),
  wrongValue: (kind: string, value: string) => error(1525, 'HY000', `Incorrect ${kind} value: '${cut(value, 128)}'`),
  pluginIsNotLoaded: (name: string) => error(1524, 'HY000', `Plugin '${name}' is not loaded`),
  eventDoesNotExist: (name: string) => error(1539, 'HY000', `Unknown event '${name}'`),
  dropIndexFk: (index: string) =>
    error(1553, 'HY000', `Cannot drop index '${index}': needed in a foreign key constraint`),
  cantChangeTxCharacteristics: () =>
    error(1568, '25001', "Transaction characteristics can't be changed while a transaction is in progress"),
  wrongParamcountToNativeFct: (name: string) =>
    error(1582, '42000', `Incorrect parameter count in the call to native function '${name}'`),
  wrongParametersToNativeFct: (name: string) =>
    error(1583, '42000', `Incorrect parameters in the call to native function '${name}'`),
  needReprepare: () => error(1615, 'HY000', 'Prepared statement needs to be re-prepared'),
  warnOptionIgnored: (option: string) => error(1618, 'HY000', `<${option}> option ignored`),
  variableIsReadonly: (scope: string, name: string, where: string) =>
    error(1621, 'HY000', `${scope} variable '${name}' is read-only. Use SET ${where} to assign the value`),
  dupSignalSet: (name: string) => error(1641, '42000', `Duplicate condition information item '${name}'`),
  signalNotFound: () => error(1643, '02000', 'Unhandled user-defined not found condition'),
  signalException: (message = 'Unhandled user-defined exception condition', sqlState = '45000') =>
    error(1644, sqlState, message),
  resignalWithoutActiveHandler: () => error(1645, '0K000', 'RESIGNAL when handler not active'),
  signalBadConditionType: () => error(1646, 'HY000', 'SIGNAL/RESIGNAL can only use a CONDITION defined with SQLSTATE'),
  unknownLocale: (name: string) => error(1649, 'HY000', `Unknown locale: '${cut(name, 64)}'`),
  warnDeprecatedSyntaxNoReplacement: (what: string) =>
    error(1681, 'HY000', `'${what}' is deprecated and will be removed in a future release.`),
  /** `type` is 'BIGINT', 'BIGINT UNSIGNED', 'DOUBLE' or 'DECIMAL'; `expression` as MySQL prints it, e.g. (1 + 2). */
  dataOutOfRange: (type: string, expression: string) =>
    error(1690, '22003', `${type} value is out of range in '${expression}'`),
  wrongSpVarInLimit: () => error(1691, 'HY000', 'A variable of a non-integer based type in LIMIT clause'),
  truncateIllegalFk: (detail: string) =>
    error(1701, '42000', `Cannot truncate a table referenced in a foreign key constraint (${cut(detail, 192)})`),
  unknownPartition: (partition: string, table: string) =>
    error(1735, 'HY000', `Unknown partition '${cut(partition, 64)}' in table '${cut(table, 64)}'`),
  partitionClauseOnNonpartitioned: () => error(1747, 'HY000', 'PARTITION () clause on non partitioned table'),
  cantExecuteInReadOnlyTransaction: () => error(1792, '25006', 'Cannot execute statement in a READ ONLY transaction.'),
  tooLongTableComment: (table: string, max: number) =>
    error(1628, 'HY000', `Comment for table '${table}' is too long (max = ${max})`),
  tooLongFieldComment: (column: string, max: number) =>
    error(1629, 'HY000', `Comment for field '${column}' is too long (max = ${max})`),
  internalError: (message: string) => error(1815, 'HY000', `Internal error: ${message}`),
  mustChangePassword: () =>
    error(1820, 'HY000', 'You must reset your password using ALTER USER statement before executing this statement.'),
  fkNoIndexParent: (constraint: string, table: string) =>
    error(
      1822,
      'HY000',
      `Failed to add the foreign key constraint. Missing index for constraint '${constraint}' in the referenced table '${table}'`,
    ),
  fkCannotOpenParent: (table: string) => error(1824, 'HY000', `Failed to open the referenced table '${table}'`),
  fkDupName: (name: string) => error(1826, 'HY000', `Duplicate foreign key constraint name '${name}'`),
  fkColumnCannotDrop: (column: string, constraint: string) =>
    error(1828, 'HY000', `Cannot drop column '${column}': needed in a foreign key constraint '${constraint}'`),
  fkColumnCannotDropChild: (column: string, constraint: string, table: string) =>
    error(
      1829,
      'HY000',
      `Cannot drop column '${column}': needed in a foreign key constraint '${constraint}' of table '${table}'`,
    ),
  fkColumnNotNull: (column: string, constraint: string) =>
    error(
      1830,
      'HY000',
      `Column '${column}' cannot be NOT NULL: needed in a foreign key constraint '${constraint}' SET NULL`,
    ),
  dupIndex: (index: string, database: string, table: string) =>
    error(
      1831,
      'HY000',
      `Duplicate index '${index}' defined on the table '${database}.${table}'. This is deprecated and will be disallowed in a future release.`,
    ),
  fkColumnCannotChange: (column: string, constraint: string) =>
    error(1832, 'HY000', `Cannot change column '${column}': used in a foreign key constraint '${constraint}'`),
  malformedPacket: () => error(1835, 'HY000', 'Malformed communication packet.'),
  readOnlyMode: () => error(1836, 'HY000', 'Running in read-only mode'),
  alterOperationNotSupported: (what: string, instead: string) =>
    error(1845, '0A000', `${what} is not supported for this operation. Try ${instead}.`),
  alterOperationNotSupportedReason: (what: string, reason: string, instead: string) =>
    error(1846, '0A000', `${what} is not supported. Reason: ${reason}. Try ${instead}.`),
  dupUnknownInIndex: (key: string) => error(1859, '23000', `Duplicate entry for key '${key}'`),
  mustChangePasswordLogin: () =>
    error(
      1862,
      'HY000',
      'Your password has expired. To log in you must change it using a client that supports expired passwords.',
    ),
  accessDeniedNoPassword: (user: string, host: string) =>
    error(1698, '28000', `Access denied for user '${user}'@'${host}'`),
  fkDepthExceeded: (depth: number) =>
    error(3008, 'HY000', `Foreign key cascade delete/update exceeds max depth of ${depth}.`),
  wrongColumnSize: (column: string) => error(3013, '42000', `Invalid size for column '${column}'.`),
  invalidArgumentForLogarithm: () => error(3020, '2201E', 'Invalid argument for logarithm'),
  queryTimeout: () =>
    error(3024, 'HY000', 'Query execution was interrupted, maximum statement execution time exceeded'),
  userLockDeadlock: () =>
    error(
      3058,
      'HY000',
      'Deadlock found when trying to get user-level lock; try rolling back transaction/releasing locks and restarting lock acquisition.',
    ),
  illegalUserVar: (name: string) => error(3061, '42000', `User variable name '${cut(name, 100)}' is illegal`),
  fieldInOrderNotSelect: (position: number, column: string, reason: string) =>
    error(
      3065,
      'HY000',
      `Expression #${position} of ORDER BY clause is not in SELECT list, references column '${column}' which is not in SELECT list; this is incompatible with ${reason}`,
    ),
  nonDefaultValueForGeneratedColumn: (column: string, table: string) =>
    error(3105, 'HY000', `The value specified for generated column '${column}' in table '${table}' is not allowed.`),
  unsupportedActionOnGeneratedColumn: (what: string) =>
    error(3106, 'HY000', `'${what}' is not supported for generated columns.`),
  userLockWrongName: (name: string) => error(3057, '42000', `Incorrect user-level lock name '${name}'.`),
  generatedColumnNonPrior: () =>
    error(3107, 'HY000', 'Generated column can refer only to generated columns defined prior to it.'),
  dependentByGeneratedColumn: (column: string) =>
    error(3108, 'HY000', `Column '${column}' has a generated column dependency.`),
  generatedColumnRefAutoInc: (column: string) =>
    error(3109, 'HY000', `Generated column '${column}' cannot refer to auto-increment column.`),
  accountHasBeenLocked: (user: string, host: string) =>
    error(3118, 'HY000', `Access denied for user '${user}'@'${host}'. Account is locked.`),
  invalidJsonText: (reason: string, position: number, column: string) =>
    error(3140, '22032', `Invalid JSON text: "${reason}" at position ${position} in value for column '${column}'.`),
  invalidJsonTextInParam: (argument: number, functionName: string, reason: string, position: number) =>
    error(
      3141,
      '22032',
      `Invalid JSON text in argument ${argument} to function ${functionName}: "${reason}" at position ${position}.`,
    ),
  invalidJsonBinaryData: () => error(3142, '22032', 'The JSON binary value contains invalid data.'),
  invalidJsonPath: (position: number) =>
    error(3143, '42000', `Invalid JSON path expression. The error is around character position ${position}.`),
  invalidJsonCharset: (charset: string) =>
    error(3144, '22032', `Cannot create a JSON value from a string with CHARACTER SET '${charset}'.`),
  invalidTypeForJson: (argument: number, functionName: string) =>
    error(
      3146,
      '22032',
      `Invalid data type for JSON data in argument ${argument} to function ${functionName}; a JSON string or JSON type is required.`,
    ),
  invalidCastToJson: () => error(3147, '22032', 'Cannot CAST value to JSON.'),
  invalidJsonPathWildcard: () =>
    error(3149, '42000', 'In this situation, path expressions may not contain the * and ** tokens or an array range.'),
  jsonUsedAsKey: (column: string) =>
    error(
      3152,
      '42000',
      `JSON column '${column}' supports indexing only via generated columns on a specified JSON path.`,
    ),
  jsonVacuousPath: () => error(3153, '42000', "The path expression '$' is not allowed in this context."),
  jsonBadOneOrAllArg: (functionName: string) =>
    error(3154, '42000', `The oneOrAll argument to ${functionName} may take these values: 'one' or 'all'.`),
  numericJsonValueOutOfRange: (type: string, column: string, row: number) =>
    error(3155, '22003', `Out of range JSON value for CAST to ${type} from column ${column} at row ${row}`),
  invalidJsonValueForCast: (type: string, column: string, row: number) =>
    error(3156, '22018', `Invalid JSON value for CAST to ${type} from column ${column} at row ${row}`),
  jsonDocumentTooDeep: () => error(3157, '22032', 'The JSON document exceeds the maximum depth.'),
  jsonDocumentNullKey: () => error(3158, '22032', 'JSON documents may not contain NULL member names.'),
  secureTransportRequired: () =>
    error(3159, 'HY000', 'Connections using insecure transport are prohibited while --require_secure_transport=ON.'),
  invalidJsonPathArrayCell: () => error(3165, '42000', 'A path expression is not a path to a cell in an array.'),
  sessionWasKilled: () => error(3169, 'HY000', 'Session was killed'),
  capacityExceeded: (bytes: number, what: string, consequence: string) =>
    error(3170, 'HY000', `Memory capacity of ${bytes} bytes for '${what}' exceeded. ${consequence}`),
  unsupportedAlterOnlineOnVirtualColumn: () => error(3178, '0A000', 'ADD COLUMN col...VIRTUAL, ADD INDEX(col)'),
  pkIndexCantBeInvisible: () => error(3522, 'HY000', 'A primary key index cannot be invisible'),
  unresolvedTableLock: (table: string) => error(3568, 'HY000', `Unresolved table name \`${table}\` in locking clause.`),
  windowCircularityInWindowGraph: () => error(3580, 'HY000', 'There is a circularity in the window dependency graph.'),
  fieldInGroupingNotGroupBy: (argument: number) =>
    error(3602, 'HY000', `Argument #${argument} of GROUPING function is not in GROUP BY`),
  fkCannotDropParent: (table: string, constraint: string, child: string) =>
    error(
      3730,
      'HY000',
      `Cannot drop table '${table}' referenced by a foreign key constraint '${constraint}' on table '${child}'.`,
    ),
  fkNoColumnParent: (column: string, constraint: string, table: string) =>
    error(
      3734,
      'HY000',
      `Failed to add the foreign key constraint. Missing column '${column}' for constraint '${constraint}' in the referenced table '${table}'`,
    ),
  defaultValGeneratedNamedFunctionIsNotAllowed: (column: string, functionName: string) =>
    error(
      3770,
      'HY000',
      `Default value expression of column '${column}' contains a disallowed function: ${functionName}.`,
    ),
  unknownAuthid: (account: string) => error(3523, 'HY000', `Unknown authorization ID ${account}`),
  noSystemTableAccess: (action: string, kind: string, name: string) =>
    error(3554, 'HY000', `Access to ${kind} '${name}' is ${action}.`),
  invalidBitwiseOperandsSize: () =>
    error(3513, 'HY000', 'Binary operands of bitwise operators must be of equal length'),
  lockNowait: () =>
    error(3572, 'HY000', 'Statement aborted because lock(s) could not be acquired immediately and NOWAIT is set.'),
  cteRecursiveRequiresUnion: (name: string) =>
    error(3573, 'HY000', `Recursive Common Table Expression '${name}' should contain a UNION`),
  cteRecursiveRequiresNonrecursiveFirst: (name: string) =>
    error(
      3574,
      'HY000',
      `Recursive Common Table Expression '${name}' should have one or more non-recursive query blocks followed by one or more recursive ones`,
    ),
  cteRecursiveForbidsAggregation: (name: string) =>
    error(
      3575,
      'HY000',
      `Recursive Common Table Expression '${name}' can contain neither aggregation nor window functions in recursive query block`,
    ),
  cteRecursiveForbiddenJoinOrder: (name: string) =>
    error(
      3576,
      'HY000',
      `In recursive query block of Recursive Common Table Expression '${name}', the recursive table must neither be in the right argument of a LEFT JOIN, nor be forced to be non-first with join order hints`,
    ),
  cteRecursiveRequiresSingleReference: (name: string) =>
    error(
      3577,
      'HY000',
      `In recursive query block of Recursive Common Table Expression '${name}', the recursive table must be referenced only once, and not in any subquery`,
    ),
  windowNoSuchWindow: (name: string) => error(3579, 'HY000', `Window name '${name}' is not defined.`),
  windowFrameIllegal: (name: string) =>
    error(3586, 'HY000', `Window '${name}': frame start or end is negative, NULL or of non-integral type`),
  windowDuplicateName: (name: string) => error(3591, 'HY000', `Window '${name}' is defined twice.`),
  windowInvalidWindowFuncUse: (name: string) =>
    error(3593, 'HY000', `You cannot use the window function '${name}' in this context.'`),
  cteMaxRecursionDepth: (depth: number) =>
    error(
      3636,
      'HY000',
      `Recursive query aborted after ${depth} iterations. Try increasing @@cte_max_recursion_depth to a larger value.`,
    ),
  regexpIllegalArgument: () => error(3685, 'HY000', 'Illegal argument to a regular expression.'),
  regexpIndexOutOfBounds: () => error(3686, 'HY000', 'Index out of bounds in regular expression search.'),
  regexpBadEscapeSequence: () => error(3687, 'HY000', 'Unrecognized escape sequence in regular expression.'),
  regexpRuleSyntax: (line: number, character: number) =>
    error(3688, 'HY000', `Syntax error in regular expression on line ${line}, character ${character}.`),
  regexpMismatchedParen: () => error(3691, 'HY000', 'Mismatched parenthesis in regular expression.'),
  regexpMissingCloseBracket: () =>
    error(3696, 'HY000', 'The regular expression contains an unclosed bracket expression.'),
  regexpInvalidRange: () =>
    error(3697, 'HY000', 'The regular expression contains an [x-y] character range where x comes after y.'),
  regexpTimeOut: () => error(3699, 'HY000', 'Timeout exceeded in regular expression match.'),
  characterSetMismatch: (left: string, right: string, functionName: string) =>
    error(
      3995,
      'HY000',
      `Character set '${left}' cannot be used in conjunction with '${right}' in call to ${functionName}.`,
    ),
  checkConstraintViolated: (name: string) => error(3819, 'HY000', `Check constraint '${name}' is violated.`),
  columnCheckConstraintReferencesOtherColumn: (name: string) =>
    error(3813, 'HY000', `Column check constraint '${name}' references other column.`),
  checkConstraintNamedFunctionIsNotAllowed: (name: string, functionName: string) =>
    error(
      3814,
      'HY000',
      `An expression of a check constraint '${name}' contains disallowed function: ${functionName}.`,
    ),
  checkConstraintRefersUnknownColumn: (name: string, column: string) =>
    error(3820, 'HY000', `Check constraint '${name}' refers to non-existing column '${column}'.`),
  checkConstraintNotFound: (name: string) =>
    error(3821, 'HY000', `Check constraint '${name}' is not found in the table.`),
  checkConstraintDupName: (name: string) => error(3822, 'HY000', `Duplicate check constraint name '${name}'.`),
  clientLocalFilesDisabled: () =>
    error(3948, '42000', 'Loading local data is disabled; this must be enabled on both the client and server sides'),
  constraintNotFound: (name: string) => error(3940, 'HY000', `Constraint '${name}' does not exist.`),
  dependentByCheckConstraint: (constraint: string, column: string) =>
    error(
      3959,
      'HY000',
      `Check constraint '${constraint}' uses column '${column}', hence column cannot be dropped or renamed.`,
    ),
  cannotConvertString: (value: string, from: string, to: string) =>
    error(3854, 'HY000', `Cannot convert string '${cut(value, 64)}' from ${from} to ${to}`),
  clientInteractionTimeout: () =>
    error(
      4031,
      'HY000',
      'The client was disconnected by the server because of inactivity. See wait_timeout and interactive_timeout for configuring this behavior.',
    ),
  /** TiDB's numbers: MySQL has no such limits. */
  transactionTooLarge: (reason: string) => error(8004, 'HY000', `Transaction is too large: ${reason}`),
  entryTooLarge: (reason: string) => error(8025, 'HY000', `entry too large: ${reason}`),
  /** TiDB's: another server changed a table while the transaction wrote it. */
  informationSchemaChanged: () =>
    error(
      8028,
      'HY000',
      'Information schema is changed during the execution of the statement (for example, table definition may be updated by other DDL ran in parallel). [try again later]',
    ),
  invalidAsOf: (cause: string) => error(8135, 'HY000', `invalid as of timestamp: ${cause}`),
  readTimestampInFuture: () => error(9006, 'HY000', 'cannot set read timestamp to a future time.'),
  gcTooEarly: (detail: string) => error(9006, 'HY000', `GC life time is shorter than transaction duration, ${detail}`),
  /** TiDB's: the cluster's placement driver does not answer. */
  pdServerTimeout: () => error(9001, 'HY000', 'PD server timeout'),
  invalidSplitRegionRanges: (cause: string) => error(8212, 'HY000', `Failed to split region ranges: ${cause}`),
  writeWithSnapshotSet: () => error(1105, 'HY000', "can not execute write statement when 'tidb_snapshot' is set"),
} as const;
