/**
 * Binding a function by name: arity, argument conversion, result type. The planner calls this for every operator and
 * function of a statement; `registry.ts` lists the names.
 */

import { sqlErrors } from '../errors/sql-errors.ts';
import type { ResolveOptions } from './definition.ts';
import type { Expression } from './expression.ts';
import { findFunction } from './registry.ts';

/**
 * The bound call of `name` (lower case, operators by their sign: '+', '<=>', 'and', 'is null' …).
 *
 * The answer need not be a call of that name: BETWEEN becomes two comparisons, an identity cast its argument.
 * Throws SqlError 1305 for an unknown function (1046 when there is no database to look for a stored one in), 1582 for a
 * wrong number of arguments, 1267 for an illegal mix of collations, and what the function itself refuses.
 */
export function resolveFunction(name: string, args: readonly Expression[], options: ResolveOptions): Expression {
  const definition = findFunction(name);
  if (definition === undefined) {
    if (options.database === null) throw sqlErrors.noDb();
    throw sqlErrors.spDoesNotExist('FUNCTION', `${options.database}.${name}`);
  }
  if (args.length < definition.minArgs || args.length > definition.maxArgs) {
    throw sqlErrors.wrongParamcountToNativeFct(name);
  }
  return definition.resolve(args, options);
}
