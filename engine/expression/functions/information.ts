/** Functions about the session, and user and system variables. */

import { sqlErrors } from '../../errors/sql-errors.ts';
import { canonicalInt, type Datum } from '../../types/datum.ts';
import type { FieldType } from '../../types/field-type.ts';
import { converter } from '../cast/cast.ts';
import { castNode, castTo } from '../cast/implicit-cast.ts';
import { coercibilityOf } from '../collation-aggregation.ts';
import { liftMany, liftNullary, liftRows } from '../compiled-node.ts';
import type { FunctionDefinition, ResolveOptions } from '../definition.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import type { CallExpression, Expression } from '../expression.ts';
import { bigintType, binaryCollation, stringType, withNullable } from '../result-types.ts';

interface SessionSpec {
  readonly name: string;
  readonly type: (options: ResolveOptions) => FieldType;
  readonly evaluate: (context: EvaluationContext) => Datum;
}

/** No arguments; the value is fixed for one execution but not across executions. */
function sessionFunction(spec: SessionSpec): FunctionDefinition {
  return {
    name: spec.name,
    minArgs: 0,
    maxArgs: 0,
    pure: false,
    sequential: false,
    resolve: (_args, options) => ({
      kind: 'call',
      name: spec.name,
      args: [],
      type: spec.type(options),
      coercibility: 3,
    }),
    compile: (call) => {
      const node = liftNullary({ type: call.type, pure: false, quiet: true }, spec.evaluate);
      return { ...node, constant: true };
    },
  };
}

function text(length: number, nullable = false) {
  return (options: ResolveOptions) => withNullable(stringType(length, options.collationConnection), nullable);
}

const integer = () => withNullable(bigintType(false, 21), false);
const unsigned = () => withNullable(bigintType(true, 21), false);

function user(name: string): FunctionDefinition {
  return sessionFunction({ name, type: text(288), evaluate: (context) => context.session.user() });
}

function database(name: string): FunctionDefinition {
  return sessionFunction({ name, type: text(34, true), evaluate: (context) => context.session.database() });
}

/** LAST_INSERT_ID(): the session's. LAST_INSERT_ID(n): sets it. */
const lastInsertId: FunctionDefinition = {
  name: 'last_insert_id',
  minArgs: 0,
  maxArgs: 1,
  pure: false,
  sequential: false,
  resolve: (args) => ({
    kind: 'call',
    name: 'last_insert_id',
    args: args.map((arg) => castTo(arg, 'int', binaryCollation)),
    type: withNullable(bigintType(true, 21), args.length > 0),
  }),
  compile: (call, args) => {
    const traits = { type: call.type, pure: false };
    if (args.length === 0) return liftNullary(traits, (context) => context.session.lastInsertId());
    return liftMany({ ...traits, sequential: true }, args, 'pass', (context, [value]) => {
      const id = value === null ? 0 : canonicalInt(BigInt.asUintN(64, BigInt(value as number)));
      context.session.setLastInsertId(id);
      return value === null ? null : id;
    });
  },
};

/** A property of the argument's type: known when bound, whatever the value. */
function typeProperty(name: string, length: number, property: (arg: Expression) => Datum): FunctionDefinition {
  return {
    name,
    minArgs: 1,
    maxArgs: 1,
    pure: true,
    sequential: false,
    resolve: ([arg], options) => {
      const value = property(arg!);
      const type = typeof value === 'number' ? integer() : text(length)(options);
      return { kind: 'constant', value, type, coercibility: 4 };
    },
    compile: () => {
      throw new Error(`${name} is resolved to a constant`);
    },
  };
}

function isCharacter(arg: Expression): boolean {
  return arg.type.class === 'string' || arg.type.class === 'enum' || arg.type.class === 'set';
}

/** BENCHMARK(n, expression): evaluates it n times and answers 0. */
const benchmark: FunctionDefinition = {
  name: 'benchmark',
  minArgs: 2,
  maxArgs: 2,
  pure: false,
  sequential: true,
  resolve: ([count, expression]) => ({
    kind: 'call',
    name: 'benchmark',
    args: [castTo(count!, 'int', binaryCollation), expression!],
    type: integer(),
  }),
  compile: (call, [count, expression]) =>
    liftRows({ type: call.type, pure: false, sequential: true }, [count!, expression!], (row, context) => {
      const times = Number(count!.row(row, context) ?? 0);
      for (let i = 0; i < times; i++) {
        if (i % 1024 === 0) context.checkInterrupted();
        expression!.row(row, context);
      }
      return 0;
    }),
};

/** SLEEP(seconds): the session passes the time. */
const sleep: FunctionDefinition = {
  name: 'sleep',
  minArgs: 1,
  maxArgs: 1,
  pure: false,
  sequential: true,
  resolve: ([seconds]) => ({
    kind: 'call',
    name: 'sleep',
    args: [castTo(seconds!, 'real', binaryCollation)],
    type: integer(),
  }),
  compile: (call, args) =>
    liftRows({ type: call.type, pure: false, sequential: true }, args, (row, context) => {
      const seconds = args[0]!.row(row, context);
      if (seconds === null || (seconds as number) < 0) throw sqlErrors.wrongArguments('sleep.');
      return context.session.sleep(seconds as number);
    }),
};

/** A node whose first argument is the variable's name and whose type was known when it was bound. */
function nameOf(call: CallExpression): string {
  const [name] = call.args;
  return name?.kind === 'constant' ? String(name.value) : '';
}

function nameConstant(name: string, options: ResolveOptions): Expression {
  return { kind: 'constant', value: name, type: stringType(name.length, options.collationConnection) };
}

/** `@name`. `type` is the type of the value it has now; other values are converted. */
export function resolveUserVariable(name: string, type: FieldType, options: ResolveOptions): Expression {
  const typed = type.class === 'null' ? withNullable(stringType(0, options.collationConnection), true) : type;
  return {
    kind: 'call',
    name: '@',
    args: [nameConstant(name, options)],
    type: withNullable(typed, true),
    coercibility: 2,
  };
}

/** `@name := value`. */
export function resolveAssignment(name: string, value: Expression, options: ResolveOptions): Expression {
  return setVariable(nameConstant(name, options), value, options);
}

function setVariable(name: Expression, value: Expression, options: ResolveOptions): Expression {
  const stored = storable(value, options);
  return { kind: 'call', name: ':=', args: [name, stored], type: stored.type, coercibility: 2 };
}

/** Variables hold integers, decimals, doubles and strings; other values become strings. */
function storable(value: Expression, options: ResolveOptions): Expression {
  switch (value.type.class) {
    case 'int':
      return value.type.name === 'bigint' ? value : castNode(value, bigintType(value.type.unsigned));
    case 'real':
    case 'decimal':
    case 'string':
    case 'bytes':
    case 'null':
      return value;
    default:
      return castTo(value, 'text', options.collationConnection);
  }
}

const getUserVariable: FunctionDefinition = {
  name: '@',
  minArgs: 1,
  maxArgs: 1,
  pure: false,
  sequential: true,
  resolve: (args) => args[0]!,
  compile: (call) => {
    const name = nameOf(call);
    return liftRows({ type: call.type, pure: false, sequential: true }, [], (_row, context) => {
      const { value, type } = context.session.userVariable(name);
      if (value === null || type.class === call.type.class) return value;
      return converter({ kind: 'constant', value, type }, call.type)(context, value);
    });
  },
};

const setUserVariable: FunctionDefinition = {
  name: ':=',
  minArgs: 2,
  maxArgs: 2,
  pure: false,
  sequential: true,
  resolve: ([name, value], options) => setVariable(name!, value!, options),
  compile: (call, [, source]) => {
    const name = nameOf(call);
    const { type } = source!;
    return liftRows({ type: call.type, pure: false, sequential: true }, [source!], (row, context) => {
      const value = source!.row(row, context);
      context.session.setUserVariable(name, { value, type });
      return value;
    });
  },
};

/** ANY_VALUE outside of an aggregation: its argument. */
const anyValue: FunctionDefinition = {
  name: 'any_value',
  minArgs: 1,
  maxArgs: 1,
  pure: true,
  sequential: false,
  resolve: ([arg]) => arg!,
  compile: (_call, [arg]) => arg!,
};

/** NAME_CONST(name, value): the value; the name is the column's, which the planner sees to. */
const nameConst: FunctionDefinition = {
  ...anyValue,
  name: 'name_const',
  minArgs: 2,
  maxArgs: 2,
  resolve: ([, value]) => value!,
};

export const informationFunctions: readonly FunctionDefinition[] = [
  database('database'),
  database('schema'),
  user('user'),
  user('session_user'),
  user('system_user'),
  sessionFunction({ name: 'current_user', type: text(288), evaluate: (context) => context.session.currentUser() }),
  sessionFunction({ name: 'current_role', type: text(288), evaluate: () => 'NONE' }),
  sessionFunction({ name: 'version', type: text(60), evaluate: (context) => context.session.version() }),
  sessionFunction({
    name: 'connection_id',
    type: unsigned,
    evaluate: (context) => context.session.connectionId(),
  }),
  sessionFunction({
    name: 'ps_current_thread_id',
    type: unsigned,
    evaluate: (context) => context.session.connectionId(),
  }),
  sessionFunction({ name: 'row_count', type: integer, evaluate: (context) => context.session.rowCount() }),
  sessionFunction({ name: 'found_rows', type: integer, evaluate: (context) => context.session.foundRows() }),
  sessionFunction({ name: 'icu_version', type: text(60), evaluate: () => '77.1' }),
  anyValue,
  nameConst,
  lastInsertId,
  typeProperty('charset', 64, (arg) => (isCharacter(arg) ? arg.type.charset.name : 'binary')),
  typeProperty('collation', 64, (arg) => (isCharacter(arg) ? arg.type.collation.name : 'binary')),
  typeProperty('coercibility', 0, coercibilityOf),
  benchmark,
  sleep,
  getUserVariable,
  setUserVariable,
];
