/** Random texts for the comparison with a server: operator chains, select lists with odd spacing, mutilated statements. */

/** Uniform in 0 … limit − 1. */
export type Random = (limit: number) => number;

function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[random(choices.length)]!;
}

const ATOMS = [
  '0',
  '1',
  '2',
  '3',
  '-1',
  '1.5',
  'NULL',
  'TRUE',
  'FALSE',
  "'a'",
  "'1'",
  '0x1F',
  "b'101'",
  '1e1',
  '.5',
  '(2)',
  '(1+1)',
  'ABS(-2)',
  '(SELECT 3)',
  '@u',
  'IF(1,2,3)',
  'CASE WHEN 1 THEN 2 ELSE 3 END',
  '(a)',
  't.a',
  'b',
];
const PREFIXES = ['-', '+', '~', '!', 'NOT ', 'BINARY ', '- -', 'NOT NOT '];
const INFIXES = '+ - * / DIV % MOD ^ | & << >> = <=> <> != < <= > >= AND OR XOR && || LIKE REGEXP'
  .split(' ')
  .concat(['NOT LIKE', 'SOUNDS LIKE']);
const SUFFIXES = ['IS NULL', 'IS NOT NULL', 'IS TRUE', 'IS NOT UNKNOWN', 'COLLATE utf8mb4_bin', "MEMBER OF ('[1,2]')"];

function operand(random: Random): string {
  return (random(4) === 0 ? pick(random, PREFIXES) : '') + pick(random, ATOMS);
}

function step(random: Random): string {
  switch (random(8)) {
    case 0:
      return pick(random, SUFFIXES);
    case 1:
      return `${pick(random, ['IN', 'NOT IN'])} (${expressionChain(random, random(2))}, ${operand(random)})`;
    case 2:
      return `${pick(random, ['BETWEEN', 'NOT BETWEEN'])} ${expressionChain(random, random(2))} AND ${operand(random)}`;
    case 3:
      return `${pick(random, ['+', '-'])} INTERVAL ${operand(random)} DAY`;
    default:
      return `${pick(random, INFIXES)} ${operand(random)}`;
  }
}

/** Operands and operators without the parentheses that would settle their nesting; not always valid. */
export function expressionChain(random: Random, steps = 1 + random(4)): string {
  let text = operand(random);
  for (let i = 0; i < steps; i++) text += ` ${step(random)}`;
  return random(5) === 0 ? `(${text})` : text;
}

const GAPS = ['', ' ', ' ', '  ', '\n', '\t', ' /* c */ ', ' /*! */ ', ' /*!99999 z */'];
const WIDE_GAPS = [' ', '  ', '\n', ' /* c */ '];
const NAMED = [
  '0',
  '1.50',
  '1e3',
  'NULL',
  'Null',
  'TRUE',
  "'a'",
  "''",
  "' lead'",
  "'x' 'y'",
  '0x1F',
  '@u',
  '@@sql_mode',
  '@@session.sql_mode',
  'now( )',
  'current_date',
  'a',
  't.a',
  '`a`',
  '`t` . a',
  "_utf8mb4'q'",
  "N'n'",
  '( select  1 )',
  "date'2020-01-01'",
  'concat( 1 , 2 )',
  'case when 1 then 2 end',
  '+ 1',
  'user( )',
];

function spaced(random: Random, depth: number): string {
  if (depth === 0) return pick(random, NAMED);
  const gap = pick(random, GAPS);
  const wide = pick(random, WIDE_GAPS);
  switch (random(5)) {
    case 0:
      return `(${gap}${spaced(random, depth - 1)}${pick(random, GAPS)})`;
    case 1:
      return `${pick(random, ['-', '+', '!', 'not ', 'binary '])}${gap}${spaced(random, depth - 1)}`;
    case 2:
      return `${spaced(random, 0)}${wide}${pick(random, ['is null', 'in (1, 2)', 'between 0  and 2', 'collate utf8mb4_bin'])}`;
    default:
      return `${spaced(random, depth - 1)}${wide}${pick(random, ['+', '=', 'and ', 'or', '||', 'div', '<=>'])}${wide}${spaced(random, 0)}`;
  }
}

/** A SELECT whose items are written with odd blanks and comments. */
export function columnList(random: Random): string {
  const items = Array.from({ length: 1 + random(3) }, () => spaced(random, random(3)));
  const comma = `${pick(random, GAPS)},${pick(random, GAPS)}`;
  return `select${pick(random, WIDE_GAPS)}${items.join(comma)}${pick(random, WIDE_GAPS)}from (select 1 as a) t`;
}

const TOKEN = /[A-Za-z_0-9.]+|'[^']*'|`[^`]*`|"[^"]*"|@@?|[<>=!:|&-]+|\S/g;

/** A statement of the list with one token dropped, doubled, replaced or moved. */
export function mutilated(list: readonly string[], random: Random): string {
  const tokens: string[] = pick(random, list).match(TOKEN) ?? [];
  const stranger = pick(random, pick(random, list).match(TOKEN) ?? ['x']);
  const at = random(tokens.length);
  switch (random(4)) {
    case 0:
      tokens.splice(at, 1);
      break;
    case 1:
      tokens.splice(at, 0, stranger);
      break;
    case 2:
      tokens[at] = stranger;
      break;
    default: {
      const other = random(tokens.length);
      [tokens[at], tokens[other]] = [tokens[other]!, tokens[at]!];
    }
  }
  return tokens.join(' ');
}
