/** Bounds of the parser; what exceeds them is answered with an SqlError, never with an overflowing stack. */

/** Nested parentheses, subqueries, CASEs, function calls, and the depth of operator chains: 1436 beyond it. */
export const MAX_NESTING = 400;

/** `?` markers of one statement: 1390 beyond it, as MySQL answers. */
export const MAX_PARAMETERS = 65_535;
