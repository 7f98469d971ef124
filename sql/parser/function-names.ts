/** Function names that the grammar treats specially. */

import type { AggregateName } from './ast.ts';

/** Aggregates by the names a statement may use, in lower case. */
export const AGGREGATES = new Map<string, AggregateName>([
  ['count', 'count'],
  ['sum', 'sum'],
  ['avg', 'avg'],
  ['min', 'min'],
  ['max', 'max'],
  ['bit_and', 'bit_and'],
  ['bit_or', 'bit_or'],
  ['bit_xor', 'bit_xor'],
  ['std', 'stddev_pop'],
  ['stddev', 'stddev_pop'],
  ['stddev_pop', 'stddev_pop'],
  ['stddev_samp', 'stddev_samp'],
  ['variance', 'var_pop'],
  ['var_pop', 'var_pop'],
  ['var_samp', 'var_samp'],
  ['group_concat', 'group_concat'],
  ['json_arrayagg', 'json_arrayagg'],
  ['json_objectagg', 'json_objectagg'],
  ['approx_count_distinct', 'approx_count_distinct'],
]);

/** Aggregates that are ordinary function names: white space before the parenthesis is fine. */
export const SPACED_AGGREGATES = new Set(['avg', 'approx_count_distinct']);

/** Function names that are keywords only when the parenthesis follows at once (or under IGNORE_SPACE). */
export const ADJACENT_FUNCTIONS = new Set([
  'adddate',
  'cast',
  'curdate',
  'curtime',
  'date_add',
  'date_sub',
  'extract',
  'mid',
  'now',
  'position',
  'session_user',
  'subdate',
  'substr',
  'substring',
  'sysdate',
  'system_user',
  'trim',
]);

/** Of those, the ones that the tree keeps as calls under the same name. */
const CALLS = new Set(['curdate', 'curtime', 'now', 'session_user', 'substring', 'sysdate', 'system_user']);

/** True for calls by a name that would mean something else without a blank before the parenthesis: `count (a)`. */
export function isAdjacencySensitive(name: string): boolean {
  if (ADJACENT_FUNCTIONS.has(name)) return !CALLS.has(name);
  return AGGREGATES.has(name) && !SPACED_AGGREGATES.has(name);
}
