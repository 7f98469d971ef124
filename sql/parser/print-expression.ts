/**
 * Expressions and queries back to text: what views, checks and generated columns keep. Every operand that is not a name, a
 * literal or a call stands in parentheses, so the text means the same under any operator table; names are always quoted.
 * The text is read back with the default sql_mode; positions, quoting and aliases made explicit are all that may differ.
 */

import { assertNever } from '../../base/index.ts';
import type {
  AggregateFunction,
  BytesLiteral,
  CastType,
  ColumnReference,
  DataType,
  Expression,
  FrameBound,
  Identifier,
  JsonResponse,
  Literal,
  OrderItem,
  QueryExpression,
  StringLiteral,
  TableName,
  Window,
  WindowSpecification,
} from './ast.ts';
import { isAdjacencySensitive } from './function-names.ts';

/** How queries are printed is the business of the layer above. */
export type QueryPrinter = (query: QueryExpression) => string;

export function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

export function printIdentifier(identifier: Identifier): string {
  return quoteIdentifier(identifier.name);
}

export function printTableName(table: TableName): string {
  return table.schema === undefined
    ? printIdentifier(table.name)
    : `${printIdentifier(table.schema)}.${printIdentifier(table.name)}`;
}

/** A text as MySQL reads it without NO_BACKSLASH_ESCAPES. */
export function quoteString(text: string): string {
  return `'${text.replace(/[\0\n\r\x1a'\\]/g, escapeCharacter)}'`;
}

function escapeCharacter(char: string): string {
  switch (char) {
    case '\0':
      return '\\0';
    case '\n':
      return '\\n';
    case '\r':
      return '\\r';
    case '\x1a':
      return '\\Z';
    default:
      return `\\${char}`;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function printCastType(type: CastType): string {
  let text: string = type.name;
  if (type.length !== undefined) text += `(${type.length}${type.scale === undefined ? '' : `,${type.scale}`})`;
  if (type.charset !== undefined) text += ` charset ${type.charset}`;
  if (type.binaryCollation) text += ' binary';
  return type.array ? `${text} array` : text;
}

/** A column's type with its attributes, as in a column definition. */
export function printDataType(type: DataType): string {
  let text: string = type.name;
  if (type.elements.length > 0) text += `(${type.elements.map(quoteString).join(',')})`;
  if (type.length !== undefined) text += `(${type.length}${type.scale === undefined ? '' : `,${type.scale}`})`;
  if (type.unsigned) text += ' unsigned';
  if (type.zerofill) text += ' zerofill';
  if (type.charset !== undefined) text += ` character set ${type.charset}`;
  if (type.binaryCollation) text += ' binary';
  return type.collation === undefined ? text : `${text} collate ${type.collation}`;
}

export class ExpressionPrinter {
  readonly #printQuery: QueryPrinter;

  constructor(printQuery: QueryPrinter) {
    this.#printQuery = printQuery;
  }

  /** The expression with nothing around it. */
  print(node: Expression): string {
    switch (node.kind) {
      case 'string':
      case 'integer':
      case 'decimal':
      case 'float':
      case 'bytes':
      case 'null':
      case 'boolean':
      case 'temporal':
        return printLiteral(node);
      case 'parameter':
        return '?';
      case 'column':
        return this.column(node);
      case 'default':
        return node.column === undefined ? 'default' : `default(${this.column(node.column)})`;
      case 'inserted-value':
        return `values(${this.column(node.column)})`;
      case 'user-variable':
        return `@${quoteIdentifier(node.name)}`;
      case 'system-variable':
        return `@@${node.scope === undefined ? '' : `${node.scope}.`}${node.name.split('.').map(quoteIdentifier).join('.')}`;
      case 'variable-assignment':
        return `@${quoteIdentifier(node.name)} := ${this.operand(node.value)}`;
      case 'exists':
        return `exists(${this.#printQuery(node.query)})`;
      case 'subquery':
        return `(${this.#printQuery(node.query)})`;
      default:
        return this.#operator(node);
    }
  }

  /** The expression, in parentheses unless it is a unit of its own. */
  operand(node: Expression): string {
    return isUnit(node) ? this.print(node) : `(${this.print(node)})`;
  }

  list(nodes: readonly Expression[]): string {
    return nodes.map((node) => this.print(node)).join(', ');
  }

  column(node: ColumnReference): string {
    return [node.schema, node.table, node.name]
      .filter((part) => part !== undefined)
      .map(printIdentifier)
      .join('.');
  }

  order(items: readonly OrderItem[]): string {
    return items.map((item) => `${this.print(item.expression)}${item.descending ? ' desc' : ''}`).join(', ');
  }

  #operator(node: Exclude<Expression, Literal>): string {
    switch (node.kind) {
      case 'logical':
        return node.operands.map((operand) => this.operand(operand)).join(` ${node.operator} `);
      case 'unary':
        return `${node.operator === 'not' ? 'not ' : node.operator}${this.operand(node.operand)}`;
      case 'binary':
        if (node.operator === '||') return `concat(${this.print(node.left)}, ${this.print(node.right)})`;
        return `${this.operand(node.left)} ${node.operator} ${this.operand(node.right)}`;
      case 'quantified':
        return `${this.operand(node.left)} ${node.operator} ${node.quantifier} (${this.#printQuery(node.query)})`;
      case 'in-list':
        return `${this.operand(node.operand)}${not(node.negated)} in (${node.list.map((item) => this.operand(item)).join(', ')})`;
      case 'in-subquery':
        return `${this.operand(node.operand)}${not(node.negated)} in (${this.#printQuery(node.query)})`;
      case 'between':
        return `${this.operand(node.operand)}${not(node.negated)} between ${this.operand(node.low)} and ${this.operand(node.high)}`;
      case 'like': {
        const suffix = node.escape === undefined ? '' : ` escape ${this.operand(node.escape)}`;
        return `${this.operand(node.operand)}${not(node.negated)} like ${this.operand(node.pattern)}${suffix}`;
      }
      case 'regexp':
        return `${this.operand(node.operand)}${not(node.negated)} regexp ${this.operand(node.pattern)}`;
      case 'is':
        return `${this.operand(node.operand)} is${not(node.negated)} ${node.test}`;
      case 'member-of':
        return `${this.operand(node.operand)} member of (${this.print(node.array)})`;
      case 'collate':
        return `${this.operand(node.operand)} collate ${node.collation}`;
      case 'date-arithmetic':
        return `${this.operand(node.operand)} ${node.operator} interval ${this.operand(node.amount)} ${node.unit}`;
      case 'json-extract':
        return `${this.column(node.column)}${node.unquote ? '->>' : '->'}${printLiteral(node.path)}`;
      case 'case':
        return this.#case(node);
      default:
        return this.#call(node as CallLike);
    }
  }

  #case(node: Extract<Expression, { readonly kind: 'case' }>): string {
    const operand = node.operand === undefined ? '' : ` ${this.operand(node.operand)}`;
    const branches = node.branches.map(
      (branch) => ` when ${this.operand(branch.when)} then ${this.operand(branch.result)}`,
    );
    const otherwise = node.otherwise === undefined ? '' : ` else ${this.operand(node.otherwise)}`;
    return `case${operand}${branches.join('')}${otherwise} end`;
  }

  #call(node: CallLike): string {
    switch (node.kind) {
      case 'call':
        return this.#function(node);
      case 'row':
        return `row(${this.list(node.items)})`;
      case 'cast': {
        const zone = node.timeZone === undefined ? '' : ` at time zone ${quoteString(node.timeZone)}`;
        return `cast(${this.print(node.operand)}${zone} as ${printCastType(node.type)})`;
      }
      case 'convert-using':
        return `convert(${this.print(node.operand)} using ${node.charset})`;
      case 'trim': {
        const remove = node.remove === undefined ? '' : `${this.print(node.remove)} `;
        return `trim(${node.side} ${remove}from ${this.print(node.operand)})`;
      }
      case 'extract':
        return `extract(${node.unit} from ${this.print(node.operand)})`;
      case 'timestamp-function':
        return `${node.name}(${node.unit}, ${this.print(node.left)}, ${this.print(node.right)})`;
      case 'char':
        return `char(${this.list(node.args)}${node.charset === undefined ? '' : ` using ${node.charset}`})`;
      case 'weight-string': {
        const length = node.length === undefined ? '' : `(${node.length})`;
        return `weight_string(${this.print(node.operand)}${node.as === undefined ? '' : ` as ${node.as}${length}`})`;
      }
      case 'json-value': {
        const returning = node.returning === undefined ? '' : ` returning ${printCastType(node.returning)}`;
        const responses = this.responses(node.onEmpty, node.onError);
        return `json_value(${this.print(node.document)}, ${this.print(node.path)}${returning}${responses})`;
      }
      case 'match': {
        const columns = node.columns.map((column) => this.column(column)).join(', ');
        return `match (${columns}) against (${this.operand(node.against)}${matchMode(node.mode)})`;
      }
      case 'aggregate':
        return this.#aggregate(node);
      case 'window-function':
        return this.#windowFunction(node);
      default:
        return assertNever(node);
    }
  }

  #function(node: Extract<Expression, { readonly kind: 'call' }>): string {
    if (node.name === 'get_format') {
      const [type, locale] = node.args;
      const word = type?.kind === 'string' ? type.value : 'DATE';
      return `get_format(${word}, ${locale === undefined ? 'null' : this.print(locale)})`;
    }
    const args = `(${this.list(node.args)})`;
    if (node.schema === undefined) return `${node.name}${isAdjacencySensitive(node.name) ? ' ' : ''}${args}`;
    return `${printIdentifier(node.schema)}.${quoteIdentifier(node.name)}${args}`;
  }

  /** ON EMPTY and ON ERROR. */
  responses(onEmpty: JsonResponse | undefined, onError: JsonResponse | undefined): string {
    const empty = onEmpty === undefined ? '' : ` ${this.#response(onEmpty)} on empty`;
    return onError === undefined ? empty : `${empty} ${this.#response(onError)} on error`;
  }

  #response(response: JsonResponse): string {
    return response.kind === 'default' ? `default ${this.operand(response.value)}` : response.kind;
  }

  #aggregate(node: AggregateFunction): string {
    const args = node.args.length === 0 ? '*' : this.list(node.args);
    const order = node.orderBy.length === 0 ? '' : ` order by ${this.order(node.orderBy)}`;
    const separator = node.separator === undefined ? '' : ` separator ${quoteString(node.separator)}`;
    const call = `${node.name}(${node.distinct ? 'distinct ' : ''}${args}${order}${separator})`;
    return node.over === undefined ? call : `${call} over ${this.#window(node.over)}`;
  }

  #windowFunction(node: Extract<Expression, { readonly kind: 'window-function' }>): string {
    const last = node.fromLast ? ' from last' : '';
    const nulls = node.nulls === undefined ? '' : ` ${node.nulls} nulls`;
    return `${node.name}(${this.list(node.args)})${last}${nulls} over ${this.#window(node.over)}`;
  }

  #window(window: Window): string {
    return window.kind === 'window-name'
      ? printIdentifier(window.name)
      : this.windowSpecification(window.specification);
  }

  windowSpecification(window: WindowSpecification): string {
    const parts: string[] = [];
    if (window.name !== undefined) parts.push(printIdentifier(window.name));
    if (window.partitionBy.length > 0) parts.push(`partition by ${this.list(window.partitionBy)}`);
    if (window.orderBy.length > 0) parts.push(`order by ${this.order(window.orderBy)}`);
    if (window.frame !== undefined) {
      const { unit, start, end, exclusion } = window.frame;
      const range = end === undefined ? this.#bound(start) : `between ${this.#bound(start)} and ${this.#bound(end)}`;
      parts.push(`${unit} ${range}${exclusion === undefined ? '' : ` exclude ${exclusion}`}`);
    }
    return `(${parts.join(' ')})`;
  }

  #bound(bound: FrameBound): string {
    if (bound.kind !== 'preceding' && bound.kind !== 'following') return bound.kind.replace('-', ' ');
    const value = this.operand(bound.value);
    return bound.unit === undefined ? `${value} ${bound.kind}` : `interval ${value} ${bound.unit} ${bound.kind}`;
  }
}

/** Nodes that print as a call and need no parentheses. */
type CallLike = Extract<
  Expression,
  {
    readonly kind:
      | 'call'
      | 'row'
      | 'cast'
      | 'convert-using'
      | 'trim'
      | 'extract'
      | 'timestamp-function'
      | 'char'
      | 'weight-string'
      | 'json-value'
      | 'match'
      | 'aggregate'
      | 'window-function';
  }
>;

const COMPOUND = new Set<Expression['kind']>([
  'logical',
  'unary',
  'binary',
  'quantified',
  'in-list',
  'in-subquery',
  'between',
  'like',
  'regexp',
  'is',
  'member-of',
  'collate',
  'date-arithmetic',
  'json-extract',
  'variable-assignment',
]);

function isUnit(node: Expression): boolean {
  return !COMPOUND.has(node.kind);
}

function not(negated: boolean): string {
  return negated ? ' not' : '';
}

function matchMode(mode: Extract<Expression, { readonly kind: 'match' }>['mode']): string {
  switch (mode) {
    case undefined:
      return '';
    case 'boolean':
      return ' in boolean mode';
    case 'query expansion':
      return ' with query expansion';
    case 'natural':
      return ' in natural language mode';
    default:
      return ' in natural language mode with query expansion';
  }
}

function printLiteral(node: Literal): string {
  switch (node.kind) {
    case 'string':
      return printString(node);
    case 'integer':
    case 'decimal':
    case 'float':
      return node.text;
    case 'bytes':
      return `${node.charset === undefined ? '' : `_${node.charset} `}${printBytes(node)}`;
    case 'null':
      return 'null';
    case 'boolean':
      return String(node.value);
    case 'temporal':
      return `${node.type}${quoteString(node.value)}`;
    default:
      return assertNever(node);
  }
}

/** The notations differ in type: b'1' is signed, x'01' unsigned. */
function printBytes(node: BytesLiteral): string {
  if (node.notation === 'hex') return `x'${hex(node.bytes)}'`;
  const bits = Array.from(node.bytes, (byte) => byte.toString(2).padStart(8, '0'));
  return `b'${bits.join('')}'`;
}

function printString(node: StringLiteral): string {
  if (node.national) return `n${quoteString(node.value)}`;
  if (node.bytes === undefined) return quoteString(node.value);
  const isAscii = node.bytes.every((byte) => byte < 0x80);
  return `_${node.charset ?? 'binary'} ${isAscii ? quoteString(node.value) : `x'${hex(node.bytes)}'`}`;
}
