/** Builders of function definitions from their bodies; `definition.ts` tells the rules. */

import type { Datum } from '../types/datum.ts';
import { castTo } from './cast/implicit-cast.ts';
import { aggregateCollations, type StringShape } from './collation-aggregation.ts';
import { type CompiledNode, lift1, lift2, lift3, liftMany, liftNullary } from './compiled-node.ts';
import type {
  ArgumentKind,
  FunctionDefinition,
  KindValue,
  ResolveOptions,
  ResultRule,
  ResultShape,
  ScalarBody,
} from './definition.ts';
import type { EvaluationContext } from './evaluation-context.ts';
import type { CallExpression, Expression } from './expression.ts';
import { binaryStringOf, bytesOfBinaryString } from './text/binary-string.ts';

export interface ScalarSpec<K extends readonly ArgumentKind[]> {
  readonly name: string;
  readonly args: K;
  /** How many of the last `args` may be left out. */
  readonly optional?: number;
  readonly result: ResultRule;
  readonly pure?: boolean;
  readonly evaluate: ScalarBody<K>;
}

export interface BoundScalarSpec<K extends readonly ArgumentKind[]> extends Omit<ScalarSpec<K>, 'evaluate'> {
  /** For bodies that depend on argument types or the result's scale or collation. */
  readonly bind: (call: CallExpression) => ScalarBody<K>;
}

type AnyBody = (context: EvaluationContext, ...values: never[]) => Datum;

/** A function with a fixed list of arguments: NULL in, NULL out. */
export function scalar<const K extends readonly ArgumentKind[]>(
  spec: ScalarSpec<K> | BoundScalarSpec<K>,
): FunctionDefinition {
  const { name, args: kinds, optional = 0, pure = true } = spec;
  return {
    name,
    minArgs: kinds.length - optional,
    maxArgs: kinds.length,
    pure,
    sequential: false,
    resolve: (args, options) => resolveWithKinds(name, args, (i) => kinds[i]!, spec.result, options),
    compile: (call, args) => {
      const body = ('bind' in spec ? spec.bind(call) : spec.evaluate) as unknown as AnyBody;
      return liftBody(call, args, pure, body, (i) => kinds[i] === 'text');
    },
  };
}

export interface VariadicSpec<K extends ArgumentKind> {
  readonly name: string;
  readonly minArgs: number;
  readonly maxArgs?: number;
  /** The kind of all arguments, or by position. */
  readonly kind: K | ((index: number, count: number) => K);
  readonly result: ResultRule;
  readonly pure?: boolean;
}

/** Any number of arguments, NULL if one of them is. */
export function variadic<K extends ArgumentKind>(
  spec: VariadicSpec<K> & { readonly evaluate: (context: EvaluationContext, values: KindValue[K][]) => Datum },
): FunctionDefinition {
  return many(spec, 'propagate', () => spec.evaluate as ManyBody);
}

/** Any number of arguments; the body sees the NULLs. */
export function variadicWithNulls<K extends ArgumentKind>(
  spec: VariadicSpec<K> &
    (
      | { readonly evaluate: (context: EvaluationContext, values: (KindValue[K] | null)[]) => Datum }
      | {
          readonly bind: (
            call: CallExpression,
          ) => (context: EvaluationContext, values: (KindValue[K] | null)[]) => Datum;
        }
    ),
): FunctionDefinition {
  return many(spec, 'pass', (call) => ('bind' in spec ? spec.bind(call) : spec.evaluate) as ManyBody);
}

type ManyBody = (context: EvaluationContext, values: Datum[]) => Datum;

function many<K extends ArgumentKind>(
  spec: VariadicSpec<K>,
  nullRule: 'propagate' | 'pass',
  bodyOf: (call: CallExpression) => ManyBody,
): FunctionDefinition {
  const { name, pure = true } = spec;
  const kindOf = (index: number, count: number) =>
    typeof spec.kind === 'function' ? spec.kind(index, count) : spec.kind;
  return {
    name,
    minArgs: spec.minArgs,
    maxArgs: spec.maxArgs ?? Number.POSITIVE_INFINITY,
    pure,
    sequential: false,
    resolve: (args, options) => resolveWithKinds(name, args, (i) => kindOf(i, args.length), spec.result, options),
    compile: (call, args) => {
      const plain = bodyOf(call);
      const textual = args.some((arg, i) => arg.type.class === 'bytes' && kindOf(i, args.length) === 'text');
      const body = textual ? bridgeMany(plain, (i, count) => kindOf(i, count) === 'text', call) : plain;
      return liftMany({ type: call.type, pure }, args, nullRule, body);
    },
  };
}

function bridgeMany(body: ManyBody, isText: (index: number, count: number) => boolean, call: CallExpression): ManyBody {
  const answersBytes = call.type.class === 'bytes';
  return (context, values) => {
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (value instanceof Uint8Array && isText(i, values.length)) values[i] = binaryStringOf(value);
    }
    const answer = body(context, values);
    return answersBytes && typeof answer === 'string' ? bytesOfBinaryString(answer) : answer;
  };
}

function resolveWithKinds(
  name: string,
  args: readonly Expression[],
  kindOf: (index: number) => ArgumentKind,
  rule: ResultRule,
  options: ResolveOptions,
): Expression {
  const texts = args.filter((_, i) => kindOf(i) === 'text');
  const shape: StringShape =
    texts.length > 0
      ? aggregateCollations(texts, name, options, false)
      : { collation: options.collationConnection, coercibility: 4 };
  const converted = args.map((arg, i) => castTo(arg, kindOf(i), shape.collation));
  const answer: ResultShape | { type: ResultShape['type'] } =
    typeof rule === 'function'
      ? shapeOfAnswer(
          rule({
            args: converted,
            originals: args,
            collation: shape.collation,
            coercibility: shape.coercibility,
            options,
          }),
        )
      : { type: rule };
  const coercibility = 'coercibility' in answer && answer.coercibility !== undefined ? answer.coercibility : undefined;
  return {
    kind: 'call',
    name,
    args: converted,
    type: answer.type,
    coercibility: coercibility ?? (texts.length > 0 ? shape.coercibility : undefined),
  };
}

function shapeOfAnswer(answer: ResultShape['type'] | ResultShape): ResultShape {
  return 'class' in answer ? { type: answer } : answer;
}

/** Chooses the lift by the number of arguments given; byte strings go in and come out as binary strings. */
function liftBody(
  call: CallExpression,
  args: readonly CompiledNode[],
  pure: boolean,
  original: AnyBody,
  isText: (index: number) => boolean,
): CompiledNode {
  const traits = { type: call.type, pure };
  const textual = args.some((arg, i) => isText(i) && arg.type.class === 'bytes');
  const body = textual ? bridgeBytes(original, isText, call.type.class === 'bytes') : original;
  switch (args.length) {
    case 0:
      return liftNullary(traits, body as (context: EvaluationContext) => Datum);
    case 1:
      return lift1(traits, args[0]!, body);
    case 2:
      return lift2(traits, args[0]!, args[1]!, body);
    case 3:
      return lift3(traits, args[0]!, args[1]!, args[2]!, body);
    default:
      return liftMany(traits, args, 'propagate', (context, values) => body(context, ...(values as never[])));
  }
}

function bridgeBytes(body: AnyBody, isText: (index: number) => boolean, answersBytes: boolean): AnyBody {
  return (context, ...values) => {
    const inputs = (values as Datum[]).map((value, i) =>
      value instanceof Uint8Array && isText(i) ? binaryStringOf(value) : value,
    );
    const answer = body(context, ...(inputs as never[]));
    return answersBytes && typeof answer === 'string' ? bytesOfBinaryString(answer) : answer;
  };
}
