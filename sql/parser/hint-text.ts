/** Optimizer hint comments: `MAX_EXECUTION_TIME(1000) NO_MERGE(@qb t1, t2)` to name and argument pairs. */

import type { Hint } from './ast.ts';

/** Words without parentheses are hints without argument; what makes no sense is dropped, as MySQL does with a warning. */
export function parseHints(text: string): Hint[] {
  const hints: Hint[] = [];
  let at = 0;
  for (;;) {
    const word = /[A-Za-z_][A-Za-z0-9_]*/g;
    word.lastIndex = at;
    const found = word.exec(text);
    if (found === null) return hints;
    at = word.lastIndex;
    const open = /\s*\(/y;
    open.lastIndex = at;
    if (!open.test(text)) {
      hints.push({ name: found[0].toUpperCase(), argument: '' });
      continue;
    }
    const start = open.lastIndex;
    at = closingParenthesis(text, start);
    hints.push({ name: found[0].toUpperCase(), argument: text.slice(start, at).trim() });
    at++;
  }
}

/** Offset of the parenthesis that closes the one before `start`, quotes respected; the end of the text without one. */
function closingParenthesis(text: string, start: number): number {
  let depth = 1;
  let quote = '';
  for (let i = start; i < text.length; i++) {
    const char = text.charAt(i);
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === "'" || char === '"' || char === '`') quote = char;
    else if (char === '(') depth++;
    else if (char === ')' && --depth === 0) return i;
  }
  return text.length;
}
