/**
 * node-sql-parser behind our tree: a second, independent reader of queries and data manipulation. It sees only canonical
 * text (`canonical.ts`), its nesting is replaced by MySQL's (`reassociate.ts`), every key of its tree must be known, and
 * every placeholder must come back exactly once. Anything else, and the answer is undefined: the own grammar reads it.
 *
 * It can be put in front (`ParseOptions.queryParser`), but its use is as the oracle of the differential tests: wherever it
 * answers, both trees must be equal up to positions.
 */

import nodeSqlParser from 'node-sql-parser/build/mysql.js';
import type { SlotPositions } from '../literal-parser.ts';
import type { ParserMode } from '../sql-mode.ts';
import type { Statement } from '../statement.ts';
import type { TokenList } from '../tokens.ts';
import { CanonicalText } from './canonical.ts';
import { StatementAdapter } from './statement-adapter.ts';
import { nodeOf } from './tree.ts';
import { UnsupportedTree } from './unsupported.ts';

/** Bulk statements would hold the event loop for milliseconds, deep ones would overflow its stack. */
const MAX_TOKENS = 2_000;
const MAX_DEPTH = 50;

const BEGINNINGS = new Set(['SELECT', 'INSERT', 'REPLACE', 'UPDATE', 'DELETE']);

const parser = new nodeSqlParser.Parser();

/** The statement's tree with positions only on names and values, or undefined. */
export function parseWithNodeSqlParser(
  tokens: TokenList,
  mode: ParserMode,
  slots: SlotPositions | undefined,
): Statement | undefined {
  if (!BEGINNINGS.has(tokens.symbols[0]!) || tokens.types.length > MAX_TOKENS) return undefined;
  if (mode.highNotPrecedence || mode.pipesAsConcat || depthOf(tokens) > MAX_DEPTH) return undefined;
  try {
    const canonical = new CanonicalText(tokens, mode, slots);
    const tree: unknown = parser.astify(canonical.canonicalText, { parseOptions: { includeLocations: true } });
    const statement = new StatementAdapter(canonical).statement(nodeOf(tree));
    canonical.checkConsumed();
    return statement;
  } catch (error) {
    if (error instanceof UnsupportedTree || isForeign(error)) return undefined;
    throw error;
  }
}

function depthOf(tokens: TokenList): number {
  let depth = 0;
  let deepest = 0;
  for (const symbol of tokens.symbols) {
    if (symbol === '(') deepest = Math.max(deepest, ++depth);
    else if (symbol === ')') depth--;
  }
  return deepest;
}

/** The package's own errors: its syntax errors, and plain Errors about aliases. */
function isForeign(error: unknown): boolean {
  return (
    error instanceof Error && (error.name === 'SyntaxError' || error.constructor === Error || error.name === 'SqlError')
  );
}
