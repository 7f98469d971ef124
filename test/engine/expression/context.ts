/** An evaluation context for tests: fixed clock, UTC, warnings collected. */

import { createHash } from 'node:crypto';
import {
  type Datum,
  type EvaluationContext,
  nullType,
  type SqlWarning,
  type TypedValue,
} from '../../../engine/index.ts';

export interface TestContext extends EvaluationContext {
  readonly warnings: SqlWarning[];
}

/** 2024-02-29 12:34:56.789012 UTC. */
export const TEST_NOW_MICROS = 1_709_210_096_789_012;

export function testContext(options: { readonly parameters?: readonly Datum[] } = {}): TestContext {
  const warnings: SqlWarning[] = [];
  const variables = new Map<string, TypedValue>();
  return {
    parameters: options.parameters ?? [],
    sqlMode: {
      strict: true,
      strictAllTables: false,
      noZeroDate: true,
      noZeroInDate: true,
      allowInvalidDates: false,
      errorForDivisionByZero: true,
      noUnsignedSubtraction: false,
      padCharToFullLength: false,
      onlyFullGroupBy: true,
      noAutoValueOnZero: false,
      ansiQuotes: false,
      pipesAsConcat: false,
      noBackslashEscapes: false,
      highNotPrecedence: false,
      ignoreSpace: false,
      realAsFloat: false,
      timeTruncateFractional: false,
    },
    timeZone: { name: 'UTC', offsetSecondsAt: () => 0, toUtcMicros: (localMicros) => localMicros },
    statementMicros: TEST_NOW_MICROS,
    currentMicros: () => TEST_NOW_MICROS,
    random: () => 0.5,
    randomBytes: (length) => new Uint8Array(length).fill(7),
    digest: (algorithm, bytes) => createHash(algorithm).update(bytes).digest(),
    session: {
      database: () => 'test',
      currentUser: () => 'root@%',
      user: () => 'root@localhost',
      connectionId: () => 7,
      lastInsertId: () => 0,
      setLastInsertId: () => undefined,
      sleep: () => 0,
      getLock: () => 1,
      releaseLock: () => null,
      releaseAllLocks: () => 0,
      lockHolder: () => null,
      rowCount: () => -1,
      foundRows: () => 0,
      version: () => '8.0.44-Shoal',
      userVariable: (name) => variables.get(name) ?? { value: null, type: nullType() },
      setUserVariable: (name, value) => void variables.set(name, value),
      systemVariable: () => ({ value: null, type: nullType() }),
    },
    statementKind: 'select',
    ignoreErrors: false,
    warn: (warning) => void warnings.push(warning),
    warnError: (error) => void warnings.push({ level: 'Warning', errno: error.errno, message: error.message }),
    maxAllowedPacket: 67_108_864,
    checkInterrupted: () => undefined,
    memory: { consume: () => undefined, release: () => undefined },
    warnings,
  };
}
