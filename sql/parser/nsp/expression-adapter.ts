/** Expressions of node-sql-parser's tree to ours. What is not on the list throws `UnsupportedTree`. */

import type {
  AggregateFunction,
  CastType,
  ColumnReference,
  Expression,
  Identifier,
  IntervalUnit,
  OrderItem,
  QueryExpression,
} from '../ast.ts';
import { ADJACENT_FUNCTIONS, AGGREGATES, isAdjacencySensitive } from '../function-names.ts';
import type { CanonicalText } from './canonical.ts';
import { type Item, reassociate } from './reassociate.ts';
import { isParenthesised, listOf, type NspNode, nodeOf, only, optionalListOf, textOf } from './tree.ts';
import { UnsupportedTree } from './unsupported.ts';

const UNITS = new Set<string>(['microsecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year']);

/** Functions by name whose call is no plain call in our tree and which the adapter leaves to the own grammar. */
const REFUSED_FUNCTIONS = new Set([
  'char',
  'convert',
  'database',
  'get_format',
  'grouping',
  'interval',
  'json_value',
  'match',
  'position',
  'row',
  'schema',
  'timestampadd',
  'timestampdiff',
  'trim',
  'weight_string',
]);

export abstract class ExpressionAdapter {
  protected readonly canonical: CanonicalText;

  constructor(canonical: CanonicalText) {
    this.canonical = canonical;
  }

  protected abstract query(node: NspNode): QueryExpression;

  expression(value: unknown): Expression {
    const items: Item[] = [];
    this.#flatten(nodeOf(value), items, true);
    return reassociate(items);
  }

  protected name(value: unknown): Identifier {
    return this.canonical.takeName(textOf(value));
  }

  /** A name that may come as `{ type: 'default', value }`. */
  protected wrappedName(value: unknown): Identifier {
    if (typeof value === 'string') return this.name(value);
    const node = nodeOf(value);
    only(node, 'value');
    if (node.type !== 'default') throw new UnsupportedTree('name');
    return this.name(node['value']);
  }

  protected orderItems(value: unknown): OrderItem[] {
    return optionalListOf(value).map((item) => {
      const node = nodeOf(item);
      only(node, 'expr');
      if (node.type !== null && node.type !== undefined && node.type !== 'ASC' && node.type !== 'DESC') {
        throw new UnsupportedTree('order');
      }
      return { expression: this.expression(node['expr']), descending: node.type === 'DESC' };
    });
  }

  /* ------------------------------------------------------------------ operators */

  /** Adds the node's operands and operators in source order; parenthesised nodes are operands. */
  #flatten(node: NspNode, items: Item[], isRoot = false): void {
    if (isParenthesised(node) && !isRoot) {
      items.push({ kind: 'operand', node: this.expression(withoutParentheses(node)) });
      return;
    }
    if (node.type === 'binary_expr') this.#binary(node, items);
    else if (node.type === 'unary_expr') this.#unary(node, items);
    else if (node.type === 'function' && functionName(node) === 'not') this.#notFunction(node, items);
    else items.push({ kind: 'operand', node: this.#operand(node) });
  }

  #binary(node: NspNode, items: Item[]): void {
    only(node, 'operator', 'left', 'right');
    const operator = textOf(node['operator']).toUpperCase();
    const right = nodeOf(node['right']);
    this.#flatten(nodeOf(node['left']), items);
    if (operator === 'IN' || operator === 'NOT IN') items.push(this.#in(right, operator === 'NOT IN'));
    else if (operator === 'BETWEEN' || operator === 'NOT BETWEEN')
      this.#between(right, operator.startsWith('NOT'), items);
    else if (right.type === 'interval' && !isParenthesised(right)) items.push(this.#interval(operator, right));
    else {
      if (operator === '->' || operator === '->>') throw new UnsupportedTree(operator);
      items.push({ kind: 'infix', operator });
      this.#flatten(right, items);
    }
  }

  #interval(operator: string, right: NspNode): Item {
    if (operator !== '+' && operator !== '-') throw new UnsupportedTree('interval');
    return { kind: 'interval', operator, ...this.#intervalOf(right) };
  }

  #intervalOf(node: NspNode): { readonly amount: Expression; readonly unit: IntervalUnit } {
    only(node, 'expr', 'unit');
    const unit = textOf(node['unit']).toLowerCase();
    if (node.type !== 'interval' || !UNITS.has(unit)) throw new UnsupportedTree('interval');
    return { amount: this.expression(node['expr']), unit: unit as IntervalUnit };
  }

  #in(right: NspNode, negated: boolean): Item {
    if (right.type !== 'expr_list') throw new UnsupportedTree('IN');
    only(right, 'value');
    const values = listOf(right['value']);
    const first = nodeOf(values[0]);
    if ('ast' in first && values.length === 1) {
      const query = this.subquery(first);
      return {
        kind: 'in',
        negated,
        make: (operand) => ({ kind: 'in-subquery', operand, query, negated, start: operand.start, end: query.end }),
      };
    }
    const list = values.map((value) => this.expression(value));
    return {
      kind: 'in',
      negated,
      make: (operand) => ({ kind: 'in-list', operand, list, negated, start: operand.start, end: operand.end }),
    };
  }

  /** The upper bound may have swallowed what follows it, so its parts go on in the run. */
  #between(right: NspNode, negated: boolean, items: Item[]): void {
    only(right, 'value');
    const values = listOf(right['value']);
    if (values.length !== 2) throw new UnsupportedTree('BETWEEN');
    items.push({ kind: 'between', negated, low: this.expression(values[0]) });
    this.#flatten(nodeOf(values[1]), items);
  }

  #unary(node: NspNode, items: Item[]): void {
    only(node, 'operator', 'expr');
    const operator = textOf(node['operator']).toUpperCase();
    const operand = nodeOf(node['expr']);
    if (operator === 'NOT EXISTS') {
      items.push({ kind: 'prefix', operator: 'NOT', start: 0 });
      const query = this.subquery(operand);
      items.push({ kind: 'operand', node: { kind: 'exists', query, start: query.start, end: query.end } });
      return;
    }
    if (!['-', '+', '~', '!', 'NOT'].includes(operator)) throw new UnsupportedTree(operator);
    items.push({ kind: 'prefix', operator, start: 0 });
    this.#flatten(operand, items);
  }

  /** `NOT (x)`, which the package takes for a call. */
  #notFunction(node: NspNode, items: Item[]): void {
    const args = this.#arguments(node);
    if (args.length !== 1) throw new UnsupportedTree('NOT');
    items.push({ kind: 'prefix', operator: 'NOT', start: 0 }, { kind: 'operand', node: args[0]! });
  }

  /* ------------------------------------------------------------------ operands */

  #operand(node: NspNode): Expression {
    if ('ast' in node) {
      const query = this.subquery(node);
      return { kind: 'subquery', query, start: query.start, end: query.end };
    }
    switch (node.type) {
      case 'number':
        return this.#number(node);
      case 'column_ref':
        return this.#column(node);
      case 'null':
        return { kind: 'null', start: 0, end: 0 };
      case 'bool':
        return { kind: 'boolean', value: node['value'] === true, start: 0, end: 0 };
      case 'case':
        return this.#case(node);
      case 'cast':
        return this.#cast(node);
      case 'function':
        return this.#function(node);
      case 'aggr_func':
        return this.#aggregate(node);
      case 'expr_list': {
        only(node, 'value');
        const items = listOf(node['value']).map((value) => this.expression(value));
        if (items.length < 2) throw new UnsupportedTree('row');
        return { kind: 'row', items, start: items[0]!.start, end: items.at(-1)!.end };
      }
      default:
        throw new UnsupportedTree(String(node.type));
    }
  }

  /** Placeholders; the package folds a minus into them. */
  #number(node: NspNode): Expression {
    only(node, 'value');
    const { value } = node;
    if (typeof value !== 'number') throw new UnsupportedTree('number');
    const operand = this.canonical.takeValue(Math.abs(value));
    if (value > 0) return operand;
    return { kind: 'unary', operator: '-', operand, start: operand.start, end: operand.end };
  }

  #column(node: NspNode): Expression {
    const reference = this.columnReference(node);
    if (node['collate'] === null || node['collate'] === undefined) return reference;
    throw new UnsupportedTree('collate');
  }

  protected columnReference(value: unknown): ColumnReference {
    const node = nodeOf(value);
    only(node, 'db', 'table', 'column', 'collate');
    if (node.type !== 'column_ref' || node['column'] === '*') throw new UnsupportedTree('column');
    const schema = node['db'] === undefined || node['db'] === null ? undefined : this.name(node['db']);
    const table = node['table'] === null || node['table'] === undefined ? undefined : this.name(node['table']);
    const column = textOf(node['column']);
    const { start, end } = this.canonical.spanOf(column);
    return { kind: 'column', schema, table, name: this.name(column), start, end };
  }

  #case(node: NspNode): Expression {
    only(node, 'expr', 'args');
    const operand = node['expr'] === null ? undefined : this.expression(node['expr']);
    const branches: { readonly when: Expression; readonly result: Expression }[] = [];
    let otherwise: Expression | undefined;
    for (const value of listOf(node['args'])) {
      const branch = nodeOf(value);
      only(branch, 'cond', 'result');
      if (branch.type === 'else') otherwise = this.expression(branch['result']);
      else branches.push({ when: this.expression(branch['cond']), result: this.expression(branch['result']) });
    }
    return { kind: 'case', operand, branches, otherwise, start: 0, end: 0 };
  }

  #cast(node: NspNode): Expression {
    only(node, 'keyword', 'expr', 'symbol', 'target');
    if (node['keyword'] !== 'cast') throw new UnsupportedTree('cast');
    const operand = this.expression(node['expr']);
    const targets = listOf(node['target']);
    const target = nodeOf(targets[0]);
    only(target, 'dataType');
    const names = {
      SIGNED: 'signed',
      UNSIGNED: 'unsigned',
      DATE: 'date',
      DATETIME: 'datetime',
      TIME: 'time',
      JSON: 'json',
      CHAR: 'char',
      DECIMAL: 'decimal',
    } as const;
    const name = names[textOf(target['dataType']) as keyof typeof names];
    if (name === undefined || targets.length !== 1) throw new UnsupportedTree('cast');
    const type: CastType = {
      name,
      length: undefined,
      scale: undefined,
      charset: undefined,
      binaryCollation: false,
      array: false,
    };
    return { kind: 'cast', operand, type, timeZone: undefined, start: 0, end: 0 };
  }

  /* ------------------------------------------------------------------ functions */

  #arguments(node: NspNode): Expression[] {
    if (node['args'] === undefined || node['args'] === null) return [];
    const args = nodeOf(node['args']);
    only(args, 'value');
    if (args.type !== 'expr_list') throw new UnsupportedTree('arguments');
    return listOf(args['value']).map((value) => this.expression(value));
  }

  #function(node: NspNode): Expression {
    only(node, 'name', 'args');
    const name = functionName(node);
    if (name === 'exists') {
      const query = this.subquery(nodeOf(listOf(nodeOf(node['args'])['value'])[0]));
      return { kind: 'exists', query, start: query.start, end: query.end };
    }
    if (name === 'date_add' || name === 'date_sub' || name === 'adddate' || name === 'subdate')
      return this.#dateFunction(node, name);
    if (REFUSED_FUNCTIONS.has(name) || AGGREGATES.has(name) || this.#isWrittenApart(name))
      throw new UnsupportedTree(name);
    if (name === 'values' || name === 'default') return this.#columnFunction(node, name);
    const args = this.#arguments(node);
    const [first, second] = args;
    if (name === 'mod' && first !== undefined && second !== undefined && args.length === 2) {
      return { kind: 'binary', operator: '%', left: first, right: second, start: 0, end: 0 };
    }
    const bare: Record<string, string> = {
      current_timestamp: 'now',
      current_date: 'curdate',
      current_time: 'curtime',
      localtime: 'now',
      localtimestamp: 'now',
      substr: 'substring',
      mid: 'substring',
    };
    if (name === 'any' || name === 'all' || name === 'some') throw new UnsupportedTree(name);
    return { kind: 'call', schema: undefined, name: bare[name] ?? name, args, start: 0, end: 0 };
  }

  /** Built-in names behind which a blank changes the meaning. */
  #isWrittenApart(name: string): boolean {
    const { tokenList, parserMode } = this.canonical;
    if (parserMode.ignoreSpace || !(isAdjacencySensitive(name) || ADJACENT_FUNCTIONS.has(name))) return false;
    const { source } = tokenList;
    return new RegExp(`\\b${name}\\s+\\(`, 'i').test(source);
  }

  #columnFunction(node: NspNode, name: 'values' | 'default'): Expression {
    const [first] = listOf(nodeOf(node['args'])['value']);
    const column = this.columnReference(first);
    return name === 'values'
      ? { kind: 'inserted-value', column, start: 0, end: 0 }
      : { kind: 'default', column, start: 0, end: 0 };
  }

  #dateFunction(node: NspNode, name: string): Expression {
    const values = listOf(nodeOf(node['args'])['value']);
    if (values.length !== 2) throw new UnsupportedTree(name);
    const operand = this.expression(values[0]);
    const { amount, unit } = this.#intervalOf(nodeOf(values[1]));
    const operator = name === 'date_add' || name === 'adddate' ? '+' : '-';
    return { kind: 'date-arithmetic', operator, operand, amount, unit, start: 0, end: 0 };
  }

  #aggregate(node: NspNode): AggregateFunction {
    only(node, 'name', 'args');
    const written = textOf(node['name']).toLowerCase();
    const name = AGGREGATES.get(written);
    if (name === undefined || name === 'group_concat' || this.#isWrittenApart(written))
      throw new UnsupportedTree(written);
    const args = nodeOf(node['args']);
    only(args, 'distinct', 'expr');
    const inner = nodeOf(args['expr']);
    const list =
      inner.type === 'star'
        ? []
        : inner.type === 'expr_list' && !isParenthesised(inner)
          ? listOf(inner['value']).map((value) => this.expression(value))
          : [this.expression(inner)];
    const distinct = args['distinct'] === 'DISTINCT';
    return {
      kind: 'aggregate',
      name,
      distinct,
      args: list,
      orderBy: [],
      separator: undefined,
      over: undefined,
      start: 0,
      end: 0,
    };
  }

  /** `{ tableList, columnList, ast }`. */
  protected subquery(node: NspNode): QueryExpression {
    only(node, 'ast');
    return this.query(nodeOf(node['ast']));
  }
}

function withoutParentheses(node: NspNode): NspNode {
  return { ...node, parentheses: false };
}

function functionName(node: NspNode): string {
  const name = nodeOf(node['name']);
  const parts = listOf(name['name']);
  if (name['schema'] !== undefined || parts.length !== 1) throw new UnsupportedTree('function name');
  return textOf(nodeOf(parts[0])['value']).toLowerCase();
}
