/**
 * How JSON functions see their arguments. A function declares the role of each argument; `readers` turns values into
 * documents, paths and JSON values by the argument's type. SQL NULL is `undefined` here, since `null` is JSON's.
 */

import { defined } from '../../../base/index.ts';
import { findCollation } from '../../charset/collations.ts';
import { sqlErrors } from '../../errors/sql-errors.ts';
import type { Datum } from '../../types/datum.ts';
import { Json, type JsonNode } from '../../types/json.ts';
import { castToText } from '../cast/implicit-cast.ts';
import { jsonNodeOf } from '../cast/json-cast.ts';
import { liftMany } from '../compiled-node.ts';
import type { FunctionDefinition, ResultShape } from '../definition.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import type { CallExpression, Expression } from '../expression.ts';
import { type JsonPath, parseJsonPath } from '../json/json-path.ts';
import { parseJsonText } from '../json/parse-json.ts';

/** The collation of all texts that JSON functions answer. */
export const jsonTextCollation = defined(findCollation('utf8mb4_bin'), 'utf8mb4_bin exists');

/** 'document': JSON or text to be parsed · 'path' · 'value': any value as a JSON scalar · 'text'. */
export type JsonRole = 'document' | 'path' | 'value' | 'text';

export type JsonArgument = JsonNode | JsonPath | undefined;

/** Typed access to the arguments of one call. */
export class JsonArguments {
  values: readonly JsonArgument[] = [];

  get count(): number {
    return this.values.length;
  }

  /** A document or value; undefined for NULL. */
  node(index: number): JsonNode | undefined {
    return this.values[index] as JsonNode | undefined;
  }

  path(index: number): JsonPath | undefined {
    return this.values[index] as JsonPath | undefined;
  }

  text(index: number): string | undefined {
    return this.values[index] as string | undefined;
  }

  /** True when one of the arguments from … to − 1 is NULL. */
  hasNull(from = 0, to = this.values.length): boolean {
    for (let i = from; i < to; i++) if (this.values[i] === undefined) return true;
    return false;
  }
}

export interface JsonFunctionSpec {
  readonly name: string;
  readonly minArgs: number;
  readonly maxArgs?: number;
  readonly role: (index: number, count: number) => JsonRole;
  readonly result: (args: readonly Expression[]) => ResultShape;
  /** True when any NULL argument answers NULL; else the body sees them. */
  readonly nullPropagates: boolean;
  readonly evaluate: (args: JsonArguments, context: EvaluationContext) => Datum;
}

export function jsonFunction(spec: JsonFunctionSpec): FunctionDefinition {
  const { name, minArgs, maxArgs = Number.POSITIVE_INFINITY } = spec;
  return {
    name,
    minArgs,
    maxArgs,
    pure: true,
    sequential: false,
    resolve: (args) => {
      const { type, coercibility } = spec.result(args);
      const converted = args.map((arg, i) => {
        const role = spec.role(i, args.length);
        const isText = role === 'path' || role === 'text';
        return isText && arg.type.class !== 'null' ? castToText(arg, jsonTextCollation) : arg;
      });
      return { kind: 'call', name, args: converted, type, coercibility };
    },
    compile: (call, args) => {
      const readers = call.args.map((arg, i) => readerOf(arg, spec.role(i, call.args.length), i + 1, call));
      return liftMany({ type: call.type, pure: true }, args, 'pass', (context, values) => {
        const read = new Array<JsonArgument>(values.length).fill(undefined);
        for (let i = 0; i < values.length; i++) {
          const value = values[i] as Datum;
          if (value !== null) read[i] = readers[i]?.(value);
          else if (spec.nullPropagates) return null;
        }
        const given = new JsonArguments();
        given.values = read;
        return spec.evaluate(given, context);
      });
    },
  };
}

type Reader = (value: Exclude<Datum, null>) => JsonArgument;

function readerOf(argument: Expression, role: JsonRole, position: number, call: CallExpression): Reader {
  switch (role) {
    case 'document':
      return documentReader(argument, position, call.name);
    case 'path':
      return pathReader();
    case 'value':
      return jsonNodeOf(argument);
    case 'text':
      return (value) => value as string;
  }
}

/** Throws 3141 for text that is not JSON, 3146 for values that are neither text nor JSON. */
function documentReader(argument: Expression, position: number, functionName: string): Reader {
  switch (argument.type.class) {
    case 'json':
      return (value) => (value as Json).root;
    case 'string':
      return lastParsed((text) => parseJsonText(text, position, functionName));
    case 'null':
      return () => undefined;
    case 'bytes':
      return () => {
        throw sqlErrors.invalidJsonCharset('binary');
      };
    default:
      return () => {
        throw sqlErrors.invalidTypeForJson(position, functionName);
      };
  }
}

function pathReader(): Reader {
  return lastParsed(parseJsonPath);
}

/** The same text as in the row before needs no second parse. */
function lastParsed<T extends JsonArgument>(parse: (text: string) => T): Reader {
  let text: string | undefined;
  let parsed: T;
  return (value) => {
    if (value !== text) {
      parsed = parse(value as string);
      text = value as string;
    }
    return parsed;
  };
}

/** A JSON answer; undefined is NULL. */
export function answer(node: JsonNode | undefined): Datum {
  return node === undefined ? null : new Json(node);
}
