/** User-level locks: GET_LOCK, RELEASE_LOCK, RELEASE_ALL_LOCKS, IS_FREE_LOCK, IS_USED_LOCK. The session holds them. */

import { sqlErrors } from '../../errors/sql-errors.ts';
import type { Datum } from '../../types/datum.ts';
import { castTo } from '../cast/implicit-cast.ts';
import { liftRows } from '../compiled-node.ts';
import type { FunctionDefinition } from '../definition.ts';
import type { SessionFunctions } from '../evaluation-context.ts';
import { bigintType, binaryCollation, withNullable } from '../result-types.ts';

const MAX_NAME_CHARACTERS = 64;

interface LockFunction {
  readonly name: string;
  readonly arguments: 0 | 1 | 2;
  readonly evaluate: (session: SessionFunctions, name: string, timeoutSeconds: number) => number | null;
}

/** Names are compared without regard to case. Throws 3057. */
function lockName(value: Datum): string {
  const name = value === null ? '' : String(value);
  if (name === '' || name.length > MAX_NAME_CHARACTERS) {
    throw sqlErrors.userLockWrongName(value === null ? 'NULL' : name);
  }
  return name.toLowerCase();
}

function lockFunction(spec: LockFunction): FunctionDefinition {
  return {
    name: spec.name,
    minArgs: spec.arguments,
    maxArgs: spec.arguments,
    pure: false,
    sequential: true,
    resolve: ([name, timeout], options) => ({
      kind: 'call',
      name: spec.name,
      args: [
        ...(name === undefined ? [] : [castTo(name, 'text', options.collationConnection)]),
        ...(timeout === undefined ? [] : [castTo(timeout, 'real', binaryCollation)]),
      ],
      type: withNullable(bigintType(false, 1), spec.arguments > 0),
    }),
    compile: (call, args) =>
      liftRows({ type: call.type, pure: false, sequential: true }, args, (row, context) => {
        const name = args[0] === undefined ? '' : lockName(args[0].row(row, context));
        const timeout = args[1]?.row(row, context) ?? 0;
        return spec.evaluate(context.session, name, timeout as number);
      }),
  };
}

export const userLockFunctions: readonly FunctionDefinition[] = [
  lockFunction({
    name: 'get_lock',
    arguments: 2,
    evaluate: (session, name, timeout) => session.getLock(name, timeout),
  }),
  lockFunction({ name: 'release_lock', arguments: 1, evaluate: (session, name) => session.releaseLock(name) }),
  lockFunction({ name: 'release_all_locks', arguments: 0, evaluate: (session) => session.releaseAllLocks() }),
  lockFunction({
    name: 'is_free_lock',
    arguments: 1,
    evaluate: (session, name) => (session.lockHolder(name) === null ? 1 : 0),
  }),
  lockFunction({ name: 'is_used_lock', arguments: 1, evaluate: (session, name) => session.lockHolder(name) }),
];
