/**
 * Conversions between type classes, written for non-null values: `converter(from, to)`. They serve CAST, CONVERT and the
 * casts that binding puts in.
 */

import { sqlErrors } from '../../errors/sql-errors.ts';
import { type DateTime, MICROS_PER_SECOND, roundMicros } from '../../types/date-time.ts';
import { canonicalInt, type Datum } from '../../types/datum.ts';
import { Decimal } from '../../types/decimal.ts';
import type { FieldType } from '../../types/field-type.ts';
import { Json } from '../../types/json.ts';
import { lift1 } from '../compiled-node.ts';
import type { FunctionDefinition } from '../definition.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import type { CallExpression, Expression } from '../expression.ts';
import { compareJson } from '../json/compare-json.ts';
import { bytesOfBinaryString } from '../text/binary-string.ts';
import { jsonConverter, jsonNodeOf, jsonToDecimal, jsonToReal } from './json-cast.ts';
import { asSigned, asUnsigned, decimalOfText, intOfDecimal, intOfReal, intOfText, realOfText } from './number-text.ts';
import { datetimeConverter, timeConverter, yearConverter } from './temporal-cast.ts';
import { textFunction } from './text-of.ts';

export type Converter = (context: EvaluationContext, value: Exclude<Datum, null>) => Datum;

const identity: Converter = (_context, value) => value;

/** The conversion of values of `source.type` to `to`; `explicit` for CAST, which warns and pads. */
export function converter(source: Expression, to: FieldType): Converter {
  const from = source.type;
  if (from.class === 'null') return () => null;
  switch (to.class) {
    case 'int':
      if (to.name === 'year') return yearConverter(from);
      return toInt(source, to.unsigned);
    case 'real':
      return toReal(source, to);
    case 'decimal':
      return toDecimal(source);
    case 'string':
      return toText(from, to);
    case 'bytes':
      return toBytes(from);
    case 'datetime':
      return datetimeConverter(from, to);
    case 'time':
      return timeConverter(from, to);
    case 'json':
      return jsonConverter(source);
    default:
      return identity;
  }
}

function isHexLiteral(source: Expression): boolean {
  return source.kind === 'constant' && source.isHexLiteral === true;
}

/** The value of a byte string read as a big-endian number, its last eight bytes at most. */
function intOfBytes(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (const byte of bytes.subarray(-8)) value = (value << 8n) | BigInt(byte);
  return canonicalInt(value);
}

function toInt(source: Expression, unsigned: boolean): Converter {
  const from = source.type;
  switch (from.class) {
    case 'int':
      if (from.unsigned === unsigned) return identity;
      return unsigned
        ? (_context, value) => asUnsigned(value as number)
        : (_context, value) => asSigned(value as number);
    case 'real':
      return (_context, value) => intOfReal(value as number, unsigned);
    case 'decimal':
      return (context, value) => intOfDecimal(context, value as Decimal, unsigned);
    case 'datetime':
      return from.name === 'date'
        ? (_context, value) => (value as DateTime).toDateNumber()
        : (_context, value) => ((value as DateTime).roundTo(0) ?? (value as DateTime)).toNumber();
    case 'time':
      return (_context, value) => {
        const number = timeNumber(roundMicros(value as number, 0));
        return unsigned ? asUnsigned(number) : number;
      };
    case 'enum':
    case 'set':
      return identity;
    case 'json':
      return (context, value) => {
        const decimal = jsonToDecimal(context, value as Json, 'INTEGER');
        return intOfDecimal(context, decimal, unsigned);
      };
    default: {
      if (isHexLiteral(source)) return (_context, value) => intOfBytes(value as Uint8Array);
      const text = textFunction(from);
      return (context, value) => intOfText(context, text(value), unsigned);
    }
  }
}

/** hhmmss of a TIME, negative before zero. */
function timeNumber(micros: number): number {
  const seconds = Math.floor(Math.abs(micros) / MICROS_PER_SECOND);
  const number = Math.floor(seconds / 3600) * 10_000 + (Math.floor(seconds / 60) % 60) * 100 + (seconds % 60);
  return micros < 0 ? 0 - number : number;
}

function toReal(source: Expression, to: FieldType): Converter {
  const convert = toDouble(source);
  if (to.name !== 'float') return convert;
  return (context, value) => Math.fround(convert(context, value) as number);
}

function toDouble(source: Expression): Converter {
  const from = source.type;
  switch (from.class) {
    case 'int':
      return (_context, value) => Number(value);
    case 'real':
      return identity;
    case 'decimal':
      return (_context, value) => (value as Decimal).toNumber();
    case 'datetime':
    case 'time': {
      const exact = temporalDecimal(from);
      return (_context, value) => exact(value).toNumber();
    }
    case 'enum':
    case 'set':
      return (_context, value) => Number(value);
    case 'json':
      return (context, value) => jsonToReal(context, value as Json);
    default: {
      if (isHexLiteral(source)) return (_context, value) => Number(intOfBytes(value as Uint8Array));
      const text = textFunction(from);
      return (context, value) => realOfText(context, text(value));
    }
  }
}

function temporalDecimal(from: FieldType): (value: Exclude<Datum, null>) => Decimal {
  const { scale } = from;
  if (from.class === 'time') {
    return (value) => {
      const whole = timeNumber(value as number);
      const fraction = Math.abs(value as number) % MICROS_PER_SECOND;
      return withFraction(whole, fraction, (value as number) < 0, scale);
    };
  }
  if (from.name === 'date') return (value) => Decimal.fromInt((value as DateTime).toDateNumber());
  return (value) => withFraction((value as DateTime).toNumber(), (value as DateTime).microsecond, false, scale);
}

function withFraction(whole: number, microsecond: number, negative: boolean, scale: number): Decimal {
  const exact = new Decimal(microsecond, 6);
  const fraction = negative ? exact.negate() : exact;
  return Decimal.fromInt(whole).add(fraction).truncate(scale);
}

function toDecimal(source: Expression): Converter {
  const from = source.type;
  switch (from.class) {
    case 'int':
    case 'enum':
    case 'set':
      return (_context, value) => Decimal.fromInt(value as number | bigint);
    case 'real':
      return (_context, value) => Decimal.fromDouble(value as number);
    case 'decimal':
      return identity;
    case 'datetime':
    case 'time': {
      const exact = temporalDecimal(from);
      return (_context, value) => exact(value);
    }
    case 'json':
      return (context, value) => jsonToDecimal(context, value as Json, 'DECIMAL');
    default: {
      if (isHexLiteral(source)) return (_context, value) => Decimal.fromInt(intOfBytes(value as Uint8Array));
      const text = textFunction(from);
      return (context, value) => decimalOfText(context, text(value));
    }
  }
}

function toText(from: FieldType, to: FieldType): Converter {
  if (from.class === 'string') return identity;
  if (from.class === 'bytes' || from.name === 'bit') {
    return (context, value) => {
      const bytes =
        value instanceof Uint8Array ? value : bytesOfBinaryString(textFunction(from)(value as Exclude<Datum, null>));
      const text = to.charset.decode(bytes);
      if (text !== undefined) return text;
      context.warnError(
        sqlErrors.invalidCharacterString(to.charset.name, Buffer.from(bytes).toString('hex').toUpperCase()),
      );
      return null;
    };
  }
  const text = textFunction(from);
  return (_context, value) => text(value);
}

function toBytes(from: FieldType): Converter {
  if (from.class === 'bytes') return identity;
  if (from.class === 'string') return (_context, value) => from.charset.encode(value as string);
  const text = textFunction(from);
  return (_context, value) => bytesOfBinaryString(text(value));
}

/** A conversion to the type of the call. */
export function castDefinition(name: string, convert: (call: CallExpression) => Converter): FunctionDefinition {
  return {
    name,
    minArgs: 1,
    maxArgs: 1,
    pure: true,
    sequential: false,
    resolve: (args) => args[0]!,
    compile: (call, args) => lift1({ type: call.type, pure: true }, args[0]!, convert(call)),
  };
}

function define(name: string): FunctionDefinition {
  return castDefinition(name, (call) => converter(call.args[0]!, call.type));
}

/** Implicit conversions; never resolved by name. */
export const castFunction = define('cast');
export const toDecimalFunction = define('to decimal');

/** For comparisons with JSON: unlike CAST(… AS JSON), a text becomes a JSON string. */
export const toJsonFunction: FunctionDefinition = {
  ...define('to json'),
  compile: (call, args) => {
    const node = jsonNodeOf(call.args[0]!);
    return lift1({ type: call.type, pure: true, quiet: true }, args[0]!, (_context, value: Exclude<Datum, null>) => {
      return new Json(node(value));
    });
  },
};

/** JSON as a condition: anything but the number 0 is true. */
export const jsonTruthFunction: FunctionDefinition = {
  ...define('json truth'),
  compile: (call, args) =>
    lift1({ type: call.type, pure: true, quiet: true }, args[0]!, (_context, value: Json) =>
      compareJson(value.root, 0n) === 0 ? 0 : 1,
    ),
};
