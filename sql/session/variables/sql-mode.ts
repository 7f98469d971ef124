/** @@sql_mode: the list of modes, its combinations, and the flags the engine and the parser work with. */

import { type SqlMode, sqlErrors } from '../../../engine/index.ts';

/** Modes by bit; the gaps are modes that MySQL dropped, kept because SET accepts the number. */
const MODES: readonly (string | undefined)[] = [
  'REAL_AS_FLOAT',
  'PIPES_AS_CONCAT',
  'ANSI_QUOTES',
  'IGNORE_SPACE',
  undefined,
  'ONLY_FULL_GROUP_BY',
  'NO_UNSIGNED_SUBTRACTION',
  'NO_DIR_IN_CREATE',
  undefined,
  undefined,
  undefined,
  undefined,
  undefined,
  undefined,
  undefined,
  undefined,
  undefined,
  undefined,
  'ANSI',
  'NO_AUTO_VALUE_ON_ZERO',
  'NO_BACKSLASH_ESCAPES',
  'STRICT_TRANS_TABLES',
  'STRICT_ALL_TABLES',
  'NO_ZERO_IN_DATE',
  'NO_ZERO_DATE',
  'ALLOW_INVALID_DATES',
  'ERROR_FOR_DIVISION_BY_ZERO',
  'TRADITIONAL',
  undefined,
  'HIGH_NOT_PRECEDENCE',
  'NO_ENGINE_SUBSTITUTION',
  'PAD_CHAR_TO_FULL_LENGTH',
  'TIME_TRUNCATE_FRACTIONAL',
];

const COMBINATIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['ANSI', ['REAL_AS_FLOAT', 'PIPES_AS_CONCAT', 'ANSI_QUOTES', 'IGNORE_SPACE', 'ONLY_FULL_GROUP_BY', 'ANSI']],
  [
    'TRADITIONAL',
    [
      'STRICT_TRANS_TABLES',
      'STRICT_ALL_TABLES',
      'NO_ZERO_IN_DATE',
      'NO_ZERO_DATE',
      'ERROR_FOR_DIVISION_BY_ZERO',
      'TRADITIONAL',
      'NO_ENGINE_SUBSTITUTION',
    ],
  ],
]);

/** Accepted and without effect: modes of MySQL 5.7 that dumps still set. */
const FORGOTTEN = new Set([
  'NO_AUTO_CREATE_USER',
  'NO_FIELD_OPTIONS',
  'NO_KEY_OPTIONS',
  'NO_TABLE_OPTIONS',
  'DB2',
  'MAXDB',
  'MSSQL',
  'MYSQL323',
  'MYSQL40',
  'ORACLE',
  'POSTGRESQL',
  'NOT_USED',
]);

/** The canonical list: known modes in bit order, combinations expanded. Throws 1231 for an unknown mode. */
export function normalizeSqlMode(text: string): string {
  const chosen = new Set<string>();
  for (const word of text.split(',')) {
    const mode = word.trim().toUpperCase();
    if (mode === '' || FORGOTTEN.has(mode)) continue;
    const combination = COMBINATIONS.get(mode);
    if (combination !== undefined) for (const part of combination) chosen.add(part);
    else if (MODES.includes(mode)) chosen.add(mode);
    else throw sqlErrors.wrongValueForVariable('sql_mode', word.trim());
  }
  return MODES.filter((mode) => mode !== undefined && chosen.has(mode)).join(',');
}

/** SET sql_mode = number. Throws 1231. */
export function sqlModeFromNumber(bits: bigint): string {
  if (bits < 0n || bits >= 1n << BigInt(MODES.length)) throw sqlErrors.wrongValueForVariable('sql_mode', String(bits));
  return normalizeSqlMode(MODES.filter((mode, i) => mode !== undefined && ((bits >> BigInt(i)) & 1n) === 1n).join(','));
}

/** The flags of a canonical list. */
export function parseSqlMode(text: string): SqlMode {
  const modes = new Set(text.split(','));
  return {
    strict: modes.has('STRICT_TRANS_TABLES') || modes.has('STRICT_ALL_TABLES'),
    strictAllTables: modes.has('STRICT_ALL_TABLES'),
    noZeroDate: modes.has('NO_ZERO_DATE'),
    noZeroInDate: modes.has('NO_ZERO_IN_DATE'),
    allowInvalidDates: modes.has('ALLOW_INVALID_DATES'),
    errorForDivisionByZero: modes.has('ERROR_FOR_DIVISION_BY_ZERO'),
    noUnsignedSubtraction: modes.has('NO_UNSIGNED_SUBTRACTION'),
    padCharToFullLength: modes.has('PAD_CHAR_TO_FULL_LENGTH'),
    onlyFullGroupBy: modes.has('ONLY_FULL_GROUP_BY'),
    noAutoValueOnZero: modes.has('NO_AUTO_VALUE_ON_ZERO'),
    ansiQuotes: modes.has('ANSI_QUOTES'),
    pipesAsConcat: modes.has('PIPES_AS_CONCAT'),
    noBackslashEscapes: modes.has('NO_BACKSLASH_ESCAPES'),
    highNotPrecedence: modes.has('HIGH_NOT_PRECEDENCE'),
    ignoreSpace: modes.has('IGNORE_SPACE'),
    realAsFloat: modes.has('REAL_AS_FLOAT'),
    timeTruncateFractional: modes.has('TIME_TRUNCATE_FRACTIONAL'),
  };
}
