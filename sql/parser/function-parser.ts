/**
 * The layer of function calls: functions with a syntax of their own, aggregates, window functions and calls by name.
 * `expression` and `query` come from the layers above.
 */

import type {
  AggregateFunction,
  AggregateName,
  CharFunction,
  ColumnReference,
  Expression,
  JsonResponse,
  MatchAgainst,
  OrderItem,
  QueryExpression,
  Window,
  WindowFunction,
  WindowSpecification,
} from './ast.ts';
import { ADJACENT_FUNCTIONS, AGGREGATES, SPACED_AGGREGATES } from './function-names.ts';
import type { Keyword } from './keywords.ts';
import { TOKEN } from './tokens.ts';
import { TypeParser } from './type-parser.ts';

type WindowFunctionName = WindowFunction['name'];

const WINDOW_FUNCTIONS = new Map<string, WindowFunctionName>(
  (
    [
      'row_number',
      'rank',
      'dense_rank',
      'cume_dist',
      'percent_rank',
      'ntile',
      'lead',
      'lag',
      'first_value',
      'last_value',
      'nth_value',
    ] satisfies WindowFunctionName[]
  ).map((name) => [name.toUpperCase(), name]),
);

/** Fewest and most arguments of the window functions; `f()` is an empty list. */
const WINDOW_ARGUMENTS: Readonly<Record<WindowFunctionName, readonly [number, number]>> = {
  row_number: [0, 0],
  rank: [0, 0],
  dense_rank: [0, 0],
  cume_dist: [0, 0],
  percent_rank: [0, 0],
  ntile: [1, 1],
  lead: [1, 3],
  lag: [1, 3],
  first_value: [1, 1],
  last_value: [1, 1],
  nth_value: [2, 2],
};

/** Reserved words that are ordinary functions when a parenthesis follows. */
const RESERVED_FUNCTIONS = new Set<string>([
  'DATABASE',
  'GROUPING',
  'IF',
  'INSERT',
  'LEFT',
  'REPEAT',
  'REPLACE',
  'RIGHT',
  'SCHEMA',
] satisfies Keyword[]);

/** Reserved words that begin functions with a syntax of their own. */
const SYNTAX_FUNCTIONS = new Set<string>(['CHAR', 'CONVERT', 'DEFAULT', 'MOD', 'VALUES'] satisfies Keyword[]);

/** Functions that may be written without parentheses, under the name the tree uses. */
const BARE_FUNCTIONS = new Map<string, string>([
  ['CURRENT_DATE', 'curdate'],
  ['CURRENT_TIME', 'curtime'],
  ['CURRENT_TIMESTAMP', 'now'],
  ['CURRENT_USER', 'current_user'],
  ['LOCALTIME', 'now'],
  ['LOCALTIMESTAMP', 'now'],
  ['UTC_DATE', 'utc_date'],
  ['UTC_TIME', 'utc_time'],
  ['UTC_TIMESTAMP', 'utc_timestamp'],
]);

export abstract class FunctionParser extends TypeParser {
  protected abstract expression(): Expression;
  protected abstract bitExpression(): Expression;
  protected abstract query(): QueryExpression;
  protected abstract orderItems(): OrderItem[];

  /* ------------------------------------------------------------------ dispatch */

  /** A function that begins with a reserved word, or undefined. */
  protected reservedFunction(start: number): Expression | undefined {
    const { symbol } = this;
    const bare = BARE_FUNCTIONS.get(symbol);
    if (bare !== undefined) return this.#bareFunction(start, bare);
    if (!this.peekIs(1, '(')) {
      if (this.#mustBeCalled(symbol)) this.index++;
      return undefined;
    }
    const windowFunction = WINDOW_FUNCTIONS.get(symbol);
    if (windowFunction !== undefined) return this.#windowFunction(start, windowFunction);
    switch (symbol) {
      case 'CHAR':
        return this.#char(start);
      case 'CONVERT':
        return this.#convert(start);
      case 'DEFAULT':
        this.index += 2;
        return { kind: 'default', column: this.#columnThenClose(), start, end: this.end };
      case 'VALUES':
        this.index += 2;
        return { kind: 'inserted-value', column: this.#columnThenClose(), start, end: this.end };
      case 'MOD':
        return this.#mod(start);
      default:
        return RESERVED_FUNCTIONS.has(symbol) ? this.#call(start, symbol.toLowerCase()) : undefined;
    }
  }

  /** Reserved words that mean nothing in an expression without a parenthesis: the error is behind them. */
  #mustBeCalled(symbol: string): boolean {
    return WINDOW_FUNCTIONS.has(symbol) || RESERVED_FUNCTIONS.has(symbol) || SYNTAX_FUNCTIONS.has(symbol);
  }

  /** A function that begins with a word that is not reserved; the cursor stands on the word, `(` follows. */
  protected namedFunction(start: number): Expression {
    const name = this.source.slice(start, this.tokens.ends[this.index]!).toLowerCase();
    if (this.touchesNext || this.mode.ignoreSpace) {
      const aggregate = AGGREGATES.get(name);
      if (aggregate !== undefined) return this.#aggregate(start, aggregate);
      const special = ADJACENT_FUNCTIONS.has(name) ? this.#adjacentFunction(start, name) : undefined;
      if (special !== undefined) return special;
    } else if (SPACED_AGGREGATES.has(name)) return this.#aggregate(start, AGGREGATES.get(name)!);
    switch (this.symbol) {
      case 'TIMESTAMPADD':
      case 'TIMESTAMPDIFF':
        return this.#timestampFunction(start, this.symbol === 'TIMESTAMPADD' ? 'timestampadd' : 'timestampdiff');
      case 'GET_FORMAT':
        return this.#getFormat(start);
      case 'WEIGHT_STRING':
        return this.#weightString(start);
      case 'JSON_VALUE':
        return this.#jsonValue(start);
      default:
        return this.#call(start, name);
    }
  }

  #adjacentFunction(start: number, name: string): Expression | undefined {
    switch (name) {
      case 'cast':
        return this.#cast(start);
      case 'extract':
        return this.#extract(start);
      case 'trim':
        return this.#trim(start);
      case 'position':
        return this.#position(start);
      case 'mid':
      case 'substr':
      case 'substring':
        return this.#substring(start);
      case 'adddate':
      case 'date_add':
        return this.#dateFunction(start, name, '+');
      case 'subdate':
      case 'date_sub':
        return this.#dateFunction(start, name, '-');
      default:
        return undefined;
    }
  }

  /* ------------------------------------------------------------------ calls by name */

  #call(start: number, name: string): Expression {
    this.index++;
    const args = this.#arguments();
    return { kind: 'call', schema: undefined, name, args, start, end: this.end };
  }

  /** db.f(…), the cursor on the first name. */
  protected qualifiedCall(start: number): Expression {
    const schema = this.identifier();
    this.expect('.');
    const { name } = this.identifier();
    const args = this.#arguments();
    return { kind: 'call', schema, name: name.toLowerCase(), args, start, end: this.end };
  }

  /** ( a, b … ), perhaps empty. */
  #arguments(): Expression[] {
    this.expect('(');
    if (this.accept(')')) return [];
    const args = this.expressionList();
    this.expect(')');
    return args;
  }

  protected expressionList(): Expression[] {
    const list = [this.expression()];
    while (this.accept(',')) list.push(this.expression());
    return list;
  }

  /** CURRENT_TIMESTAMP, CURRENT_TIMESTAMP(), CURRENT_TIMESTAMP(n). */
  #bareFunction(start: number, name: string): Expression {
    this.index++;
    const args = this.is('(') ? this.#arguments() : [];
    return { kind: 'call', schema: undefined, name, args, start, end: this.end };
  }

  #columnThenClose(): ColumnReference {
    const column = this.columnReference();
    this.expect(')');
    return column;
  }

  /** a, t.a, db.t.a */
  protected columnReference(): ColumnReference {
    const start = this.start;
    const first = this.identifier();
    if (!this.accept('.')) {
      return { kind: 'column', schema: undefined, table: undefined, name: first, start, end: this.end };
    }
    const second = this.identifier();
    if (!this.accept('.')) {
      return { kind: 'column', schema: undefined, table: first, name: second, start, end: this.end };
    }
    const third = this.identifier();
    return { kind: 'column', schema: first, table: second, name: third, start, end: this.end };
  }

  /* ------------------------------------------------------------------ functions with their own syntax */

  #cast(start: number): Expression {
    this.index++;
    this.expect('(');
    const operand = this.expression();
    let timeZone: string | undefined;
    if (this.acceptAll('AT', 'TIME', 'ZONE')) {
      if (this.symbol === 'INTERVAL') this.index++;
      timeZone = this.stringText();
    }
    this.expect('AS');
    const type = this.castType();
    this.expect(')');
    return { kind: 'cast', operand, type, timeZone, start, end: this.end };
  }

  #convert(start: number): Expression {
    this.index += 2;
    const operand = this.expression();
    if (this.accept('USING')) {
      const charset = this.charsetName();
      this.expect(')');
      return { kind: 'convert-using', operand, charset, start, end: this.end };
    }
    this.expect(',');
    const type = this.castType();
    this.expect(')');
    return { kind: 'cast', operand, type, timeZone: undefined, start, end: this.end };
  }

  /** MOD(a, b) is a % b. */
  #mod(start: number): Expression {
    this.index += 2;
    const left = this.expression();
    this.expect(',');
    const right = this.expression();
    this.expect(')');
    return { kind: 'binary', operator: '%', left, right, start, end: this.end };
  }

  #char(start: number): CharFunction {
    this.index += 2;
    const args = this.expressionList();
    const charset = this.accept('USING') ? this.charsetName() : undefined;
    this.expect(')');
    return { kind: 'char', args, charset, start, end: this.end };
  }

  #extract(start: number): Expression {
    this.index++;
    this.expect('(');
    const unit = this.intervalUnit();
    this.expect('FROM');
    const operand = this.expression();
    this.expect(')');
    return { kind: 'extract', unit, operand, start, end: this.end };
  }

  #trim(start: number): Expression {
    this.index++;
    this.expect('(');
    const side = ({ LEADING: 'leading', TRAILING: 'trailing', BOTH: 'both' } as const)[
      this.acceptOneOf('LEADING', 'TRAILING', 'BOTH') ?? 'BOTH'
    ];
    const isSided = this.tokens.symbols[this.index - 1] !== '(';
    let remove: Expression | undefined;
    let operand: Expression;
    if (isSided && this.accept('FROM')) operand = this.expression();
    else {
      operand = this.expression();
      if (isSided || this.is('FROM')) {
        this.expect('FROM');
        remove = operand;
        operand = this.expression();
      }
    }
    this.expect(')');
    return { kind: 'trim', side, remove, operand, start, end: this.end };
  }

  #position(start: number): Expression {
    this.index++;
    this.expect('(');
    const needle = this.bitExpression();
    this.expect('IN');
    const haystack = this.expression();
    this.expect(')');
    return { kind: 'call', schema: undefined, name: 'locate', args: [needle, haystack], start, end: this.end };
  }

  #substring(start: number): Expression {
    this.index++;
    this.expect('(');
    const args = [this.expression()];
    if (this.accept('FROM')) {
      args.push(this.expression());
      if (this.accept('FOR')) args.push(this.expression());
    } else {
      this.expect(',');
      args.push(this.expression());
      if (this.accept(',')) args.push(this.expression());
    }
    this.expect(')');
    return { kind: 'call', schema: undefined, name: 'substring', args, start, end: this.end };
  }

  /** DATE_ADD(d, INTERVAL n unit); ADDDATE(d, n) adds days. */
  #dateFunction(start: number, name: string, operator: '+' | '-'): Expression {
    this.index++;
    this.expect('(');
    const operand = this.expression();
    this.expect(',');
    if (!name.endsWith('date') || (this.is('INTERVAL') && !this.isIntervalFunction())) {
      this.expect('INTERVAL');
      const amount = this.expression();
      const unit = this.intervalUnit();
      this.expect(')');
      return { kind: 'date-arithmetic', operator, operand, amount, unit, start, end: this.end };
    }
    const amount = this.expression();
    this.expect(')');
    return { kind: 'date-arithmetic', operator, operand, amount, unit: 'day', start, end: this.end };
  }

  protected abstract isIntervalFunction(): boolean;

  #timestampFunction(start: number, name: 'timestampadd' | 'timestampdiff'): Expression {
    this.index++;
    this.expect('(');
    const unit = this.intervalUnit();
    this.expect(',');
    const left = this.expression();
    this.expect(',');
    const right = this.expression();
    this.expect(')');
    return { kind: 'timestamp-function', name, unit, left, right, start, end: this.end };
  }

  /** GET_FORMAT(DATE, 'USA'): the type word becomes a string argument in upper case. */
  #getFormat(start: number): Expression {
    this.index++;
    this.expect('(');
    const at = this.start;
    const type = this.expectOneOf('DATE', 'TIME', 'DATETIME', 'TIMESTAMP');
    const value = type === 'TIMESTAMP' ? 'DATETIME' : type;
    const word: Expression = {
      kind: 'string',
      value,
      national: false,
      charset: undefined,
      bytes: undefined,
      slot: -1,
      start: at,
      end: this.end,
    };
    this.expect(',');
    const locale = this.expression();
    this.expect(')');
    return { kind: 'call', schema: undefined, name: 'get_format', args: [word, locale], start, end: this.end };
  }

  #weightString(start: number): Expression {
    this.index++;
    this.expect('(');
    const operand = this.expression();
    let as: 'char' | 'binary' | undefined;
    let length: number | undefined;
    if (this.accept('AS')) {
      as = this.expectOneOf('CHAR', 'BINARY') === 'CHAR' ? 'char' : 'binary';
      length = this.optionalLength();
    }
    this.expect(')');
    return { kind: 'weight-string', operand, as, length, start, end: this.end };
  }

  #jsonValue(start: number): Expression {
    this.index++;
    this.expect('(');
    const document = this.expression();
    this.expect(',');
    const path = this.expression();
    const returning = this.accept('RETURNING') ? this.castType() : undefined;
    const { onEmpty, onError } = this.jsonResponses();
    this.expect(')');
    return { kind: 'json-value', document, path, returning, onEmpty, onError, start, end: this.end };
  }

  /** … ON EMPTY … ON ERROR of JSON_VALUE and JSON_TABLE columns. */
  protected jsonResponses(): {
    readonly onEmpty: JsonResponse | undefined;
    readonly onError: JsonResponse | undefined;
  } {
    let onEmpty: JsonResponse | undefined;
    let onError: JsonResponse | undefined;
    while (this.isAny('NULL', 'ERROR', 'DEFAULT')) {
      const response = this.#jsonResponse();
      this.expect('ON');
      if (this.expectOneOf('EMPTY', 'ERROR') === 'EMPTY') onEmpty = response;
      else onError = response;
    }
    return { onEmpty, onError };
  }

  #jsonResponse(): JsonResponse {
    const word = this.expectOneOf('NULL', 'ERROR', 'DEFAULT');
    if (word === 'NULL') return { kind: 'null' };
    return word === 'ERROR' ? { kind: 'error' } : { kind: 'default', value: this.bitExpression() };
  }

  /** MATCH (a, b) AGAINST (expression mode), the cursor behind MATCH. */
  protected match(start: number): MatchAgainst {
    const parenthesised = this.accept('(');
    const columns = this.commaList(() => this.columnReference());
    if (parenthesised) this.expect(')');
    this.expect('AGAINST', '(');
    const against = this.bitExpression();
    const mode = this.#matchMode();
    this.expect(')');
    return { kind: 'match', columns, against, mode, start, end: this.end };
  }

  #matchMode(): MatchAgainst['mode'] {
    if (this.acceptAll('IN', 'BOOLEAN', 'MODE')) return 'boolean';
    if (this.acceptAll('IN', 'NATURAL', 'LANGUAGE', 'MODE')) {
      return this.acceptAll('WITH', 'QUERY', 'EXPANSION') ? 'natural with query expansion' : 'natural';
    }
    return this.acceptAll('WITH', 'QUERY', 'EXPANSION') ? 'query expansion' : undefined;
  }

  /* ------------------------------------------------------------------ aggregates and windows */

  #aggregate(start: number, name: AggregateName): AggregateFunction {
    this.index++;
    this.expect('(');
    const distinct = this.acceptOneOf('DISTINCT', 'DISTINCTROW') !== undefined;
    if (!distinct) this.accept('ALL');
    const args = name === 'count' && !distinct && this.accept('*') ? [] : this.expressionList();
    let orderBy: OrderItem[] = [];
    let separator: string | undefined;
    if (name === 'group_concat') {
      if (this.acceptAll('ORDER', 'BY')) orderBy = this.orderItems();
      if (this.accept('SEPARATOR')) separator = this.#separator();
    } else if (args.length > 1 && !(distinct || name === 'json_objectagg' || name === 'approx_count_distinct')) {
      throw this.unexpected();
    }
    this.expect(')');
    const over = this.is('OVER') ? this.#over() : undefined;
    return { kind: 'aggregate', name, distinct, args, orderBy, separator, over, start, end: this.end };
  }

  #separator(): string {
    const literal = this.literal();
    if (literal?.kind === 'string') return literal.value;
    if (literal?.kind === 'bytes') return Buffer.from(literal.bytes).toString('utf8');
    throw this.unexpected();
  }

  #windowFunction(start: number, name: WindowFunctionName): WindowFunction {
    this.index += 2;
    const [least, most] = WINDOW_ARGUMENTS[name];
    const args = this.is(')') && least === 0 ? [] : this.expressionList();
    if (args.length < least || args.length > most) throw this.unexpected();
    this.expect(')');
    let fromLast = false;
    if (name === 'nth_value' && this.accept('FROM')) fromLast = this.expectOneOf('FIRST', 'LAST') === 'LAST';
    let nulls: 'respect' | 'ignore' | undefined;
    const treatment = this.acceptOneOf('RESPECT', 'IGNORE');
    if (treatment !== undefined) {
      this.expect('NULLS');
      nulls = treatment === 'RESPECT' ? 'respect' : 'ignore';
    }
    const over = this.#over();
    return { kind: 'window-function', name, args, nulls, fromLast, over, start, end: this.end };
  }

  #over(): Window {
    this.expect('OVER');
    if (!this.is('(')) return { kind: 'window-name', name: this.identifier() };
    return { kind: 'window-specification', specification: this.windowSpecification() };
  }

  protected abstract windowSpecification(): WindowSpecification;

  /** f(a) written after a name: true where `(` follows the word at the cursor. */
  protected get isCall(): boolean {
    return this.peekIs(1, '(') && this.type === TOKEN.word;
  }
}
