/** MySQL's parse errors, with its wording. */

import { SqlError } from '../../engine/index.ts';
import { decodeSource } from './source.ts';

const NEAR_LIMIT = 80;

/** 1064 at byte offset `at`; the text shown runs from there to the end of the packet, at most 80 characters. */
export function syntaxError(source: string, at: number): SqlError {
  let line = 1;
  for (let i = source.indexOf('\n'); i >= 0 && i < at; i = source.indexOf('\n', i + 1)) line++;
  const near = decodeSource(source.slice(at, at + NEAR_LIMIT * 4)).slice(0, NEAR_LIMIT);
  const manual = 'check the manual that corresponds to your MySQL server version';
  const message = `You have an error in your SQL syntax; ${manual} for the right syntax to use near '${near}' at line ${line}`;
  return new SqlError(1064, '42000', message);
}

/** 1065: nothing but white space and comments. */
export function emptyQuery(): SqlError {
  return new SqlError(1065, '42000', 'Query was empty');
}

/** 1436: nesting beyond `MAX_NESTING`. */
export function nestingTooDeep(): SqlError {
  return new SqlError(
    1436,
    'HY000',
    "Thread stack overrun: the statement is nested too deeply. Use 'mysqld --thread_stack=#' to specify a bigger stack.",
  );
}

/** 1390. */
export function tooManyPlaceholders(): SqlError {
  return new SqlError(1390, 'HY000', 'Prepared statement contains too many placeholders');
}

/** 1248. */
export function derivedTableNeedsAlias(): SqlError {
  return new SqlError(1248, '42000', 'Every derived table must have its own alias');
}

/** 1115. */
export function unknownCharacterSet(name: string): SqlError {
  return new SqlError(1115, '42000', `Unknown character set: '${name}'`);
}

/** 1221. */
export function wrongUsage(first: string, second: string): SqlError {
  return new SqlError(1221, 'HY000', `Incorrect usage of ${first} and ${second}`);
}
