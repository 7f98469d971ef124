/** Bounds of the parser; what exceeds them is answered with an SqlError, never with an overflowing stack. */

/** Nested parentheses, subqueries, CASEs, function calls and joins: 1436 beyond it. Half of what the default stack holds. */
export const MAX_NESTING = 250;

/** Set operations on one level, which make a tree that leans to the left: 1436 beyond it. */
export const MAX_SET_OPERATIONS = 500;

/**
 * Height of an expression tree, which long chains like `a + b + c …` reach without nesting: 1436 beyond it. Whoever walks
 * a tree recursively may rely on it.
 */
export const MAX_TREE_HEIGHT = 1_000;

/** `?` markers of one statement: 1390 beyond it, as MySQL answers. */
export const MAX_PARAMETERS = 65_535;
