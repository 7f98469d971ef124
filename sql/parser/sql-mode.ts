/** The sql_mode flags that change how text is read; a subset of the engine's SqlMode, so that one fits where this is asked for. */

import type { SqlMode } from '../../engine/index.ts';

export type ParserMode = Pick<
  SqlMode,
  'ansiQuotes' | 'pipesAsConcat' | 'noBackslashEscapes' | 'highNotPrecedence' | 'ignoreSpace' | 'realAsFloat'
>;

export const DEFAULT_PARSER_MODE: ParserMode = {
  ansiQuotes: false,
  pipesAsConcat: false,
  noBackslashEscapes: false,
  highNotPrecedence: false,
  ignoreSpace: false,
  realAsFloat: false,
};

/** A version comment (slash, star, `!NNNNN`) is read when NNNNN is not beyond this: the newest 8.0. */
export const VERSION_COMMENT_LIMIT = 80_044;
