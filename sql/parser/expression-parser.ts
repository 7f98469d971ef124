/**
 * The layer of operators. Levels, loosest first, as MySQL's server applies them (the manual's table places the predicates
 * IN, BETWEEN, LIKE and REGEXP with the comparisons; in truth they bind tighter):
 *
 * OR || · XOR · AND && · NOT · comparisons and IS · predicates · | · & · shifts · + − · * / DIV % · ^ · || under
 * PIPES_AS_CONCAT · unary − ~ · ! BINARY COLLATE. All are left associative but NOT and the unary ones.
 */

import type {
  BinaryOperator,
  ColumnReference,
  ComparisonOperator,
  Expression,
  IsExpression,
  JsonExtractOperator,
} from './ast.ts';
import { FunctionParser } from './function-parser.ts';
import { syntaxError } from './syntax-error.ts';
import { TOKEN } from './tokens.ts';

const OR_LEVEL = 1;
const XOR_LEVEL = 2;
const AND_LEVEL = 3;
const COMPARISON_LEVEL = 4;

interface BitOperator {
  readonly level: number;
  readonly operator: BinaryOperator;
}

const ADDITIVE_LEVEL = 4;
const BIT_OPERATORS = new Map<string, BitOperator>([
  ['|', { level: 1, operator: '|' }],
  ['&', { level: 2, operator: '&' }],
  ['<<', { level: 3, operator: '<<' }],
  ['>>', { level: 3, operator: '>>' }],
  ['+', { level: ADDITIVE_LEVEL, operator: '+' }],
  ['-', { level: ADDITIVE_LEVEL, operator: '-' }],
  ['*', { level: 5, operator: '*' }],
  ['/', { level: 5, operator: '/' }],
  ['DIV', { level: 5, operator: 'div' }],
  ['%', { level: 5, operator: '%' }],
  ['MOD', { level: 5, operator: '%' }],
  ['^', { level: 6, operator: '^' }],
]);

const COMPARISONS = new Map<string, ComparisonOperator>(
  (['=', '<=>', '<>', '<', '<=', '>', '>='] satisfies ComparisonOperator[]).map((operator) => [operator, operator]),
);

export abstract class ExpressionParser extends FunctionParser {
  #closing: Int32Array | undefined;

  protected expression(): Expression {
    this.enter();
    const outerHeight = this.height;
    this.height = 0;
    const expression = this.#logical(OR_LEVEL);
    this.raise(this.height);
    if (this.height < outerHeight) this.height = outerHeight;
    this.leave();
    return expression;
  }

  /* ------------------------------------------------------------------ logic */

  #logical(minimum: number): Expression {
    let left = this.#negation();
    for (;;) {
      const level = this.#logicalLevel();
      if (level < minimum || level === 0) return left;
      left = level === XOR_LEVEL ? this.#xor(left) : this.#chain(left, level);
    }
  }

  #xor(left: Expression): Expression {
    this.index++;
    const leftHeight = this.height;
    this.height = 0;
    const right = this.#logical(AND_LEVEL);
    this.raise(Math.max(leftHeight, this.height));
    return { kind: 'binary', operator: 'xor', left, right, start: left.start, end: right.end };
  }

  /** A run of ANDs or of ORs, kept flat whatever parentheses there were. */
  #chain(first: Expression, level: number): Expression {
    const operator = level === OR_LEVEL ? 'or' : 'and';
    const operands: Expression[] = [];
    pushOperands(operands, first, operator);
    let height = this.height;
    do {
      this.index++;
      this.height = 0;
      pushOperands(operands, this.#logical(level + 1), operator);
      height = Math.max(height, this.height);
    } while (this.#logicalLevel() === level);
    this.raise(height);
    return { kind: 'logical', operator, operands, start: first.start, end: this.end };
  }

  /** Level of the logical operator at the cursor, 0 for none. */
  #logicalLevel(): number {
    switch (this.symbol) {
      case 'AND':
      case '&&':
        return AND_LEVEL;
      case 'OR':
        return OR_LEVEL;
      case '||':
        return this.mode.pipesAsConcat ? 0 : OR_LEVEL;
      case 'XOR':
        return XOR_LEVEL;
      default:
        return 0;
    }
  }

  #negation(): Expression {
    if (!this.is('NOT') || this.mode.highNotPrecedence) return this.#comparison();
    const { start } = this;
    this.index++;
    this.enter();
    const operand = this.#logical(COMPARISON_LEVEL);
    this.leave();
    this.raise(this.height);
    return { kind: 'unary', operator: 'not', operand, start, end: this.end };
  }

  /* ------------------------------------------------------------------ comparisons and IS */

  #comparison(): Expression {
    let left = this.#predicate();
    for (;;) {
      if (this.is('IS')) {
        const test = this.#is(left);
        this.raise(this.height);
        left = test;
        if (test.test !== 'null') return left;
        continue;
      }
      const operator = COMPARISONS.get(this.symbol);
      if (operator === undefined) return left;
      this.index++;
      const leftHeight = this.height;
      this.height = 0;
      left = this.#comparisonRight(left, operator);
      this.raise(Math.max(leftHeight, this.height));
    }
  }

  #comparisonRight(left: Expression, operator: ComparisonOperator): Expression {
    const quantifier = this.isAny('ANY', 'SOME', 'ALL') && this.peekIs(1, '(') ? this.symbol : undefined;
    if (quantifier !== undefined) {
      if (operator === '<=>') throw syntaxError(this.source, this.tokens.starts[this.index - 1]!);
      this.index++;
      if (!this.isQueryAt(this.index)) throw syntaxError(this.source, this.tokens.starts[this.index + 1]!);
      const query = this.#queryInParentheses();
      const any = quantifier !== 'ALL';
      const { start } = left;
      return { kind: 'quantified', operator, quantifier: any ? 'any' : 'all', left, query, start, end: this.end };
    }
    const right = this.#predicate();
    return { kind: 'binary', operator, left, right, start: left.start, end: right.end };
  }

  #is(operand: Expression): IsExpression {
    this.index++;
    const negated = this.accept('NOT');
    const word = this.expectOneOf('NULL', 'TRUE', 'FALSE', 'UNKNOWN');
    const tests = { NULL: 'null', TRUE: 'true', FALSE: 'false', UNKNOWN: 'unknown' } as const;
    return { kind: 'is', operand, test: tests[word], negated, start: operand.start, end: this.end };
  }

  /* ------------------------------------------------------------------ predicates */

  #predicate(): Expression {
    const operand = this.bitExpression();
    const isNegated = this.is('NOT') && this.#isPredicateWord(this.tokens.symbols[this.index + 1]!);
    if (!isNegated && !this.#isPredicateWord(this.symbol)) return operand;
    if (isNegated) this.index++;
    const operandHeight = this.height;
    this.height = 0;
    const predicate = this.#predicateOf(operand, isNegated);
    this.raise(Math.max(operandHeight, this.height));
    return predicate;
  }

  #isPredicateWord(symbol: string): boolean {
    switch (symbol) {
      case 'IN':
      case 'BETWEEN':
      case 'LIKE':
      case 'REGEXP':
      case 'RLIKE':
      case 'SOUNDS':
      case 'MEMBER':
        return true;
      default:
        return false;
    }
  }

  #predicateOf(operand: Expression, negated: boolean): Expression {
    const { start } = operand;
    switch (this.symbol) {
      case 'IN':
        this.index++;
        return this.#in(operand, negated);
      case 'BETWEEN': {
        this.index++;
        const low = this.bitExpression();
        this.expect('AND');
        const high = this.#predicate();
        return { kind: 'between', operand, low, high, negated, start, end: this.end };
      }
      case 'LIKE': {
        this.index++;
        const pattern = this.#concatenation();
        const escapeWith = this.accept('ESCAPE') ? this.#concatenation() : undefined;
        return { kind: 'like', operand, pattern, escape: escapeWith, negated, start, end: this.end };
      }
      case 'REGEXP':
      case 'RLIKE': {
        this.index++;
        const pattern = this.bitExpression();
        return { kind: 'regexp', operand, pattern, negated, start, end: this.end };
      }
      default:
        return this.#rarePredicate(operand, negated);
    }
  }

  #rarePredicate(operand: Expression, negated: boolean): Expression {
    const { start } = operand;
    if (negated) throw this.unexpected();
    if (this.acceptAll('SOUNDS', 'LIKE')) {
      const right = this.bitExpression();
      return { kind: 'binary', operator: 'sounds like', left: operand, right, start, end: right.end };
    }
    if (!this.accept('MEMBER')) return operand;
    this.accept('OF');
    this.expect('(');
    const array = this.expression();
    this.expect(')');
    return { kind: 'member-of', operand, array, start, end: this.end };
  }

  #in(operand: Expression, negated: boolean): Expression {
    const { start } = operand;
    if (this.isQueryAt(this.index)) {
      const query = this.#queryInParentheses();
      return { kind: 'in-subquery', operand, query, negated, start, end: this.end };
    }
    this.expect('(');
    const list = this.expressionList();
    this.expect(')');
    return { kind: 'in-list', operand, list, negated, start, end: this.end };
  }

  /* ------------------------------------------------------------------ arithmetic */

  protected bitExpression(): Expression {
    return this.#arithmetic(1);
  }

  #arithmetic(minimum: number): Expression {
    let left = this.is('INTERVAL') && !this.isIntervalFunction() ? this.#leadingInterval() : this.#concatenation();
    for (;;) {
      const found = BIT_OPERATORS.get(this.symbol);
      if (found === undefined || found.level < minimum) return left;
      this.index++;
      const leftHeight = this.height;
      this.height = 0;
      left = this.#arithmeticRight(left, found);
      this.raise(Math.max(leftHeight, this.height));
    }
  }

  #arithmeticRight(left: Expression, { level, operator }: BitOperator): Expression {
    const { start } = left;
    if (level === ADDITIVE_LEVEL && this.is('INTERVAL') && !this.isIntervalFunction()) {
      this.index++;
      const amount = this.expression();
      const unit = this.intervalUnit();
      return {
        kind: 'date-arithmetic',
        operator: operator === '+' ? '+' : '-',
        operand: left,
        amount,
        unit,
        start,
        end: this.end,
      };
    }
    const right = this.#arithmetic(level + 1);
    return { kind: 'binary', operator, left, right, start, end: right.end };
  }

  /** INTERVAL n unit + date. */
  #leadingInterval(): Expression {
    const { start } = this;
    this.expect('INTERVAL');
    const amount = this.expression();
    const unit = this.intervalUnit();
    this.expect('+');
    const operand = this.#concatenation();
    return { kind: 'date-arithmetic', operator: '+', operand, amount, unit, start, end: this.end };
  }

  /** At INTERVAL: true for the function INTERVAL(a, b, …), false for INTERVAL n unit. */
  protected isIntervalFunction(): boolean {
    if (!this.peekIs(1, '(')) return false;
    const close = this.closingOf(this.index + 1);
    if (close < 0) return false;
    let depth = 0;
    for (let i = this.index + 1; i < close; i++) {
      const symbol = this.tokens.symbols[i];
      if (symbol === '(') depth++;
      else if (symbol === ')') depth--;
      else if (symbol === ',' && depth === 1) return true;
    }
    return false;
  }

  #concatenation(): Expression {
    let left = this.#unary();
    if (!this.mode.pipesAsConcat) return left;
    while (this.accept('||')) {
      const leftHeight = this.height;
      this.height = 0;
      const right = this.#unary();
      this.raise(Math.max(leftHeight, this.height));
      left = { kind: 'binary', operator: '||', left, right, start: left.start, end: right.end };
    }
    return left;
  }

  #unary(): Expression {
    const { start, symbol } = this;
    if (symbol === '' || !this.#isUnaryOperator(symbol)) return this.#collated();
    this.index++;
    this.enter();
    const operand = this.#unary();
    this.leave();
    if (symbol === '+') return operand;
    this.raise(this.height);
    const { end } = this;
    if (symbol === 'BINARY') {
      const type = {
        name: 'binary',
        length: undefined,
        scale: undefined,
        charset: undefined,
        binaryCollation: false,
        array: false,
      } as const;
      return { kind: 'cast', operand, type, timeZone: undefined, start, end };
    }
    return { kind: 'unary', operator: symbol === '-' || symbol === '~' ? symbol : 'not', operand, start, end };
  }

  #isUnaryOperator(symbol: string): boolean {
    switch (symbol) {
      case '-':
      case '+':
      case '~':
      case '!':
      case 'BINARY':
        return true;
      case 'NOT':
        return this.mode.highNotPrecedence;
      default:
        return false;
    }
  }

  #collated(): Expression {
    let operand = this.#primary();
    while (this.accept('COLLATE')) {
      const collation = this.collationName();
      this.raise(this.height);
      operand = { kind: 'collate', operand, collation, start: operand.start, end: this.end };
    }
    return operand;
  }

  /* ------------------------------------------------------------------ primaries */

  #primary(): Expression {
    const { start, type } = this;
    if (this.height === 0) this.height = 1;
    if (type === TOKEN.word || type === TOKEN.quotedIdentifier) return this.#namePrimary(start);
    if (type === TOKEN.operator) return this.#operatorPrimary(start);
    if (type === TOKEN.userVariable) return this.#variableOrAssignment(start);
    return this.literal() ?? this.#reservedPrimary(start);
  }

  #namePrimary(start: number): Expression {
    if (this.isCall) return this.namedFunction(start);
    const literal = this.literal();
    if (literal !== undefined) return literal;
    if (this.peekIs(1, '.') && this.peekIs(3, '(')) return this.qualifiedCall(start);
    const column = this.columnReference();
    return this.isAny('->', '->>') ? this.#jsonExtract(column) : column;
  }

  #jsonExtract(column: ColumnReference): JsonExtractOperator {
    const unquote = this.is('->>');
    this.index++;
    if (this.type !== TOKEN.string) throw this.unexpected();
    const path = this.stringLiteral(undefined, this.start);
    return { kind: 'json-extract', column, path, unquote, start: column.start, end: this.end };
  }

  #variableOrAssignment(start: number): Expression {
    const variable = this.userVariable();
    if (!this.accept(':=')) return variable;
    const value = this.expression();
    return { kind: 'variable-assignment', name: variable.name, value, start, end: this.end };
  }

  #operatorPrimary(start: number): Expression {
    switch (this.symbol) {
      case '(':
        return this.#parenthesised(start);
      case '@@':
        return this.systemVariable();
      case '{':
        return this.#odbc(start);
      default:
        throw this.unexpected();
    }
  }

  /** A subquery, a row, or an expression in parentheses, which leave no node of their own. */
  #parenthesised(start: number): Expression {
    if (this.isQueryAt(this.index)) {
      const query = this.#queryInParentheses();
      return { kind: 'subquery', query, start, end: this.end };
    }
    this.index++;
    const first = this.expression();
    if (!this.is(',')) {
      this.expect(')');
      return first;
    }
    const items = [first];
    while (this.accept(',')) items.push(this.expression());
    this.expect(')');
    return { kind: 'row', items, start, end: this.end };
  }

  #reservedPrimary(start: number): Expression {
    switch (this.symbol) {
      case 'CASE':
        return this.#case(start);
      case 'EXISTS': {
        this.index++;
        if (!this.isQueryAt(this.index)) throw this.unexpected();
        const query = this.#queryInParentheses();
        return { kind: 'exists', query, start, end: this.end };
      }
      case 'ROW': {
        this.index++;
        this.expect('(');
        const items = this.expressionList();
        if (items.length === 1) throw this.unexpected();
        this.expect(')');
        return { kind: 'row', items, start, end: this.end };
      }
      case 'MATCH':
        this.index++;
        return this.match(start);
      case 'INTERVAL': {
        if (!this.isIntervalFunction()) throw this.unexpected();
        this.index += 2;
        const args = this.expressionList();
        this.expect(')');
        return { kind: 'call', schema: undefined, name: 'interval', args, start, end: this.end };
      }
      default: {
        const call = this.reservedFunction(start);
        if (call === undefined) throw this.unexpected();
        return call;
      }
    }
  }

  #case(start: number): Expression {
    this.expect('CASE');
    const operand = this.is('WHEN') ? undefined : this.expression();
    const branches: { readonly when: Expression; readonly result: Expression }[] = [];
    do {
      this.expect('WHEN');
      const when = this.expression();
      this.expect('THEN');
      branches.push({ when, result: this.expression() });
    } while (this.is('WHEN'));
    const otherwise = this.accept('ELSE') ? this.expression() : undefined;
    this.expect('END');
    return { kind: 'case', operand, branches, otherwise, start, end: this.end };
  }

  /** { d '…' }, { t '…' }, { ts '…' }; any other word in braces is skipped, as MySQL does: { fn NOW() }. */
  #odbc(start: number): Expression {
    this.index++;
    const word = this.identifier().name.toLowerCase();
    const type = ({ d: 'DATE', t: 'TIME', ts: 'TIMESTAMP' } as const)[word];
    if (type !== undefined && this.type === TOKEN.string) {
      const literal = this.temporalLiteral(start, type);
      this.expect('}');
      return { ...literal, end: this.end };
    }
    const expression = this.expression();
    this.expect('}');
    return expression;
  }

  /* ------------------------------------------------------------------ queries in parentheses */

  #queryInParentheses(): ReturnType<typeof this.query> {
    this.expect('(');
    const query = this.query();
    this.expect(')');
    return query;
  }

  /** True when the parenthesis at token `open` encloses a query rather than an expression or a join. */
  protected isQueryAt(open: number): boolean {
    const { symbols } = this.tokens;
    if (symbols[open] !== '(') return false;
    let inner = open + 1;
    while (symbols[inner] === '(') inner++;
    if (!this.#beginsQuery(inner)) return false;
    for (let i = inner - 1; i > open; i--) {
      const close = this.closingOf(i);
      if (close < 0) return false;
      if (!continuesQuery(symbols[close + 1]!)) return false;
    }
    return true;
  }

  #beginsQuery(index: number): boolean {
    switch (this.tokens.symbols[index]) {
      case 'SELECT':
      case 'WITH':
      case 'TABLE':
        return true;
      case 'VALUES':
        return this.tokens.symbols[index + 1] === 'ROW';
      default:
        return false;
    }
  }

  /** Token index of the parenthesis that closes the one at `open`, or −1. */
  protected closingOf(open: number): number {
    this.#closing ??= this.#matchParentheses();
    return this.#closing[open]!;
  }

  #matchParentheses(): Int32Array {
    const { symbols } = this.tokens;
    const closing = new Int32Array(symbols.length).fill(-1);
    const stack: number[] = [];
    for (let i = 0; i < symbols.length; i++) {
      if (symbols[i] === '(') stack.push(i);
      else if (symbols[i] === ')') {
        const open = stack.pop();
        if (open !== undefined) closing[open] = i;
      }
    }
    return closing;
  }
}

function pushOperands(operands: Expression[], operand: Expression, operator: 'and' | 'or'): void {
  if (operand.kind !== 'logical' || operand.operator !== operator) operands.push(operand);
  else for (const inner of operand.operands) operands.push(inner);
}

/** What may follow a parenthesised query inside a larger query. */
function continuesQuery(symbol: string): boolean {
  switch (symbol) {
    case ')':
    case 'UNION':
    case 'EXCEPT':
    case 'INTERSECT':
    case 'ORDER':
    case 'LIMIT':
    case 'FOR':
    case 'INTO':
    case 'LOCK':
      return true;
    default:
      return false;
  }
}
