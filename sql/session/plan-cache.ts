/**
 * Plans by normalised text: the hot path of COM_QUERY never parses. A key is the skeleton of the text (literals taken
 * out), the current database, sql_mode, collation, the schema version and the types of the literals; where literals
 * shaped a plan (`fixedSlots`), their values too.
 *
 * A plan is kept when its text comes the second time, so that texts that come once cost no memory. Two generations bound
 * the size: what was not used while the younger one filled up is dropped.
 */

import { type Datum, Decimal, type FieldType, fieldTypes } from '../../engine/index.ts';
import { type Normalized, type Normalizer, SLOT } from '../parser/normalize.ts';
import type { ExecutablePlan } from './session-context.ts';
import type { SessionState } from './session-state.ts';
import type { StatementKind } from './statement-run.ts';

/** Hashes in one generation, and variants (types, databases, fixed values) of one hash. */
const GENERATION_SIZE = 4096;
const MAX_VARIANTS = 16;

export interface CachedStatement {
  readonly plan: ExecutablePlan;
  readonly kind: StatementKind;
  readonly ignore: boolean;
}

interface Entry extends CachedStatement {
  readonly skeleton: Uint8Array;
  readonly database: string | null;
  readonly sqlMode: string;
  readonly collation: string;
  readonly coprocessor: string;
  readonly schemaVersion: number;
  readonly types: readonly FieldType[];
  /** Values of the literals at the plan's fixed slots. */
  readonly fixed: readonly Datum[];
}

/** The literals of one text, decoded. */
export interface LiteralValues {
  readonly types: readonly FieldType[];
  readonly values: readonly Datum[];
}

export class PlanCache {
  #young = new Map<number, Entry[]>();
  #old = new Map<number, Entry[]>();
  /** Hashes of texts without a plan that came once. */
  readonly #seenOnce = new Set<number>();
  hits = 0;
  misses = 0;

  find(
    normalized: Normalized,
    { types, values }: LiteralValues,
    state: SessionState,
    schemaVersion: number,
  ): CachedStatement | undefined {
    const entries = this.#entries(normalized.hash);
    if (entries !== undefined) {
      for (const entry of entries) {
        if (
          entry.schemaVersion === schemaVersion &&
          entry.database === state.database &&
          entry.sqlMode === state.sqlModeText &&
          entry.collation === state.collationConnection.name &&
          entry.coprocessor === state.coprocessor &&
          sameTypes(entry.types, types) &&
          sameFixed(entry, values) &&
          normalized.matches(entry.skeleton)
        ) {
          this.hits++;
          return entry;
        }
      }
    }
    this.misses++;
    return undefined;
  }

  #entries(hash: number): Entry[] | undefined {
    const young = this.#young.get(hash);
    if (young !== undefined) return young;
    const old = this.#old.get(hash);
    if (old !== undefined) this.#put(hash, old);
    return old;
  }

  #put(hash: number, entries: Entry[]): void {
    if (this.#young.size >= GENERATION_SIZE) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(hash, entries);
  }

  /** Whether the text of that hash is worth keeping a plan for: it came before. */
  isWorthKeeping(hash: number): boolean {
    if (this.#entries(hash) !== undefined || this.#seenOnce.delete(hash)) return true;
    if (this.#seenOnce.size >= GENERATION_SIZE) this.#seenOnce.clear();
    this.#seenOnce.add(hash);
    return false;
  }

  /** `normalized` must still be the one of the statement. */
  keep(
    key: { readonly hash: number; readonly skeleton: Uint8Array },
    { types, values }: LiteralValues,
    state: SessionState,
    schemaVersion: number,
    statement: CachedStatement,
  ): void {
    const entry: Entry = {
      ...statement,
      skeleton: key.skeleton,
      database: state.database,
      sqlMode: state.sqlModeText,
      collation: state.collationConnection.name,
      coprocessor: state.coprocessor,
      schemaVersion,
      types,
      fixed: statement.plan.fixedSlots.map((slot) => values[slot] ?? null),
    };
    const known = this.#entries(key.hash)?.filter((other) => other.schemaVersion === schemaVersion) ?? [];
    this.#put(key.hash, [entry, ...known].slice(0, MAX_VARIANTS));
  }
}

function sameTypes(left: readonly FieldType[], right: readonly FieldType[]): boolean {
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}

function sameFixed(entry: Entry, values: readonly Datum[]): boolean {
  const slots = entry.plan.fixedSlots;
  for (let i = 0; i < slots.length; i++) {
    const value = values[slots[i] as number] ?? null;
    const fixed = entry.fixed[i] ?? null;
    if (value !== fixed && !(value instanceof Decimal && fixed instanceof Decimal && value.equals(fixed))) return false;
  }
  return true;
}

const BIGINT = fieldTypes.bigint();
const UNSIGNED = fieldTypes.bigint({ unsigned: true });
const DOUBLE = fieldTypes.double();

/** One type object per shape, so that types compare by identity. */
const textTypes: FieldType[] = [];
const decimalTypes = new Map<number, FieldType>();

function textType(length: number): FieldType {
  const size = length <= 1 ? length : 33 - Math.clz32(length - 1);
  return (textTypes[size] ??= fieldTypes.varchar(size === 0 ? 0 : 2 ** (size - 1)));
}

function decimalType(value: Decimal): FieldType {
  const precision = Math.max(value.integerDigits + value.scale, 1);
  const key = precision * 64 + value.scale;
  let type = decimalTypes.get(key);
  if (type === undefined) {
    type = fieldTypes.decimal(precision, value.scale);
    decimalTypes.set(key, type);
  }
  return type;
}

/** Undefined when a literal cannot be decoded: the statement then goes the uncached way. */
export function literalValues(normalizer: Normalizer): LiteralValues | undefined {
  const { count, kinds } = normalizer;
  const types = new Array<FieldType>(count);
  const values = new Array<Datum>(count);
  for (let slot = 0; slot < count; slot++) {
    const value = normalizer.value(slot);
    if (value === undefined) return undefined;
    const kind = kinds[slot];
    if (kind === SLOT.integer) types[slot] = BIGINT;
    else if (kind === SLOT.bigInteger) types[slot] = UNSIGNED;
    else if (kind === SLOT.float) types[slot] = DOUBLE;
    else if (kind === SLOT.string) types[slot] = textType((value as string).length);
    if (kind === SLOT.decimal) {
      const decimal = Decimal.parse(value as string);
      if (decimal === undefined) return undefined;
      types[slot] = decimalType(decimal);
      values[slot] = decimal;
    } else {
      values[slot] = value;
    }
  }
  return { types, values };
}
