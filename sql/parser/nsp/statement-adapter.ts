/** Queries and data manipulation of node-sql-parser's tree to ours. */

import type {
  Assignment,
  BaseTable,
  Delete,
  DerivedTable,
  Expression,
  Insert,
  Join,
  Limit,
  LockingClause,
  QueryBody,
  QueryExpression,
  Select,
  SelectItem,
  TableName,
  TableReference,
  Update,
} from '../ast.ts';
import { resultName } from '../result-name.ts';
import type { Statement } from '../statement.ts';
import { ExpressionAdapter } from './expression-adapter.ts';
import { isEmpty, listOf, type NspNode, nodeOf, only, optionalListOf, textOf } from './tree.ts';
import { UnsupportedTree } from './unsupported.ts';

const NOWHERE = { start: 0, end: 0 } as const;

/** Words between SELECT and the first item that the adapter lets pass. */
const SELECT_WORDS = new Set(['DISTINCT', 'SQL_CALC_FOUND_ROWS']);

export class StatementAdapter extends ExpressionAdapter {
  statement(node: NspNode): Statement {
    switch (node.type) {
      case 'select':
        return this.query(node);
      case 'insert':
      case 'replace':
        return this.#insert(node);
      case 'update':
        return this.#update(node);
      case 'delete':
        return this.#delete(node);
      default:
        throw new UnsupportedTree(String(node.type));
    }
  }

  /* ------------------------------------------------------------------ queries */

  /** One SELECT with its own clauses; set operations are left to the own grammar. */
  protected query(node: NspNode): QueryExpression {
    only(
      node,
      'options',
      'distinct',
      'columns',
      'into',
      'from',
      'where',
      'groupby',
      'having',
      'orderby',
      'limit',
      'locking_read',
    );
    only(nodeOf(node['into']));
    const select = this.#select(node);
    const orderBy = this.orderItems(node['orderby']);
    const limit = this.#limit(node['limit']);
    const locking = this.#locking(node['locking_read']);
    const body: QueryBody = select;
    return { kind: 'query', with: undefined, body, orderBy, limit, locking, into: undefined, ...NOWHERE };
  }

  #select(node: NspNode): Select {
    const options = optionalListOf(node['options']).map((option) => textOf(option).toLowerCase());
    if (options.some((option) => option !== 'sql_calc_found_rows')) throw new UnsupportedTree('options');
    const items = this.#items(node);
    const from = this.#from(node['from']);
    const where = isEmpty(node['where']) ? undefined : this.expression(node['where']);
    const groupBy = this.#groupBy(node['groupby']);
    const having = isEmpty(node['having']) ? undefined : this.expression(node['having']);
    return {
      kind: 'select',
      hints: [],
      distinct: node['distinct'] === 'DISTINCT',
      straightJoin: false,
      calcFoundRows: options.length > 0,
      options: [],
      items,
      from,
      where,
      groupBy,
      having,
      windows: [],
      ...NOWHERE,
    };
  }

  #items(node: NspNode): SelectItem[] {
    const location = nodeOf(nodeOf(node['loc'])['start']);
    const select = this.canonical.tokenAt(Number(location['offset']));
    const columns = listOf(node['columns']);
    const ranges = this.#itemRanges(select);
    if (ranges.length !== columns.length) throw new UnsupportedTree('select list');
    return columns.map((value, i) => this.#item(nodeOf(value), ranges[i]!));
  }

  /** Token ranges of the select list that begins behind token `select`. */
  #itemRanges(select: number): { readonly first: number; readonly last: number }[] {
    const { symbols, types } = this.canonical.tokenList;
    const ranges: { readonly first: number; readonly last: number }[] = [];
    let first = select + 1;
    while (SELECT_WORDS.has(symbols[first]!)) first++;
    let depth = 0;
    for (let i = first; i < types.length; i++) {
      const symbol = symbols[i];
      if (symbol === '(') depth++;
      else if (symbol === ')') depth--;
      if (depth > 0 || (depth === 0 && symbol === ')')) continue;
      const isEnd = depth < 0 || i === types.length - 1 || LIST_END.has(symbol!);
      if (symbol !== ',' && !isEnd) continue;
      ranges.push({ first, last: i - 1 });
      if (isEnd) return ranges;
      first = i + 1;
    }
    throw new UnsupportedTree('select list');
  }

  #item(node: NspNode, range: { readonly first: number; readonly last: number }): SelectItem {
    only(node, 'expr', 'as');
    const inner = nodeOf(node['expr']);
    if (inner.type === 'column_ref' && inner['column'] === '*') return this.#wildcard(inner);
    const expression = this.expression(inner);
    if (!isEmpty(node['as'])) {
      const alias = this.name(node['as']);
      return { kind: 'expression', expression, alias, name: alias.name };
    }
    const name = resultName(expression, this.canonical.tokenList, range.first, range.last, this.canonical.parserMode);
    return { kind: 'expression', expression, alias: undefined, name };
  }

  #wildcard(node: NspNode): SelectItem {
    only(node, 'db', 'table', 'column');
    const schema = isEmpty(node['db']) ? undefined : this.name(node['db']);
    const table = isEmpty(node['table']) ? undefined : this.name(node['table']);
    return { kind: 'wildcard', schema, table, ...NOWHERE };
  }

  #groupBy(value: unknown): Select['groupBy'] {
    if (isEmpty(value)) return undefined;
    const node = nodeOf(value);
    only(node, 'columns', 'modifiers');
    const modifiers = optionalListOf(node['modifiers']).filter((modifier) => !isEmpty(modifier));
    const rollup = modifiers.length > 0;
    if (rollup && textOf(nodeOf(modifiers[0])['value']).toLowerCase() !== 'with rollup')
      throw new UnsupportedTree('group by');
    const items = listOf(node['columns']).map((item) => ({ expression: this.expression(item), descending: false }));
    return { items, rollup };
  }

  #limit(value: unknown): Limit | undefined {
    if (isEmpty(value)) return undefined;
    const node = nodeOf(value);
    only(node, 'seperator', 'value');
    const [first, second] = listOf(node['value']).map((item) => this.expression(item));
    if (first === undefined) return undefined;
    if (second === undefined) return { count: first, offset: undefined };
    return node['seperator'] === ',' ? { count: second, offset: first } : { count: first, offset: second };
  }

  #locking(value: unknown): LockingClause[] {
    if (isEmpty(value)) return [];
    const base: Omit<LockingClause, 'strength' | 'legacy' | 'wait'> = { tables: [], waitSeconds: undefined };
    switch (textOf(value).toLowerCase()) {
      case 'for update':
        return [{ ...base, strength: 'update', wait: 'wait', legacy: false }];
      case 'for update skip locked':
        return [{ ...base, strength: 'update', wait: 'skip locked', legacy: false }];
      case 'for update nowait':
        return [{ ...base, strength: 'update', wait: 'nowait', legacy: false }];
      case 'lock in share mode':
        return [{ ...base, strength: 'share', wait: 'wait', legacy: true }];
      default:
        throw new UnsupportedTree('locking');
    }
  }

  /* ------------------------------------------------------------------ tables */

  /** The flat list of the package: an entry without `join` begins a new reference, the others join to the left. */
  #from(value: unknown): TableReference[] {
    const references: TableReference[] = [];
    for (const item of optionalListOf(value)) {
      const node = nodeOf(item);
      if (node.type === 'dual') continue;
      const factor = this.#factor(node);
      const left = isEmpty(node['join']) ? undefined : references.pop();
      references.push(left === undefined ? factor : this.#join(node, left, factor));
    }
    return references;
  }

  #factor(node: NspNode): BaseTable | DerivedTable {
    if ('expr' in node) {
      only(node, 'expr', 'as', 'join', 'on', 'using');
      const query = this.subquery(nodeOf(node['expr']));
      return { kind: 'derived-table', query, alias: this.name(node['as']), columns: [], lateral: false, ...NOWHERE };
    }
    only(node, 'db', 'table', 'as', 'join', 'on', 'using', 'addition');
    const table = this.#tableName(node);
    const alias = isEmpty(node['as']) ? undefined : this.name(node['as']);
    return {
      kind: 'table',
      table,
      alias,
      partitions: [],
      indexHints: [],
      asOf: undefined,
      sample: undefined,
      ...NOWHERE,
    };
  }

  #tableName(node: NspNode): TableName {
    const schema = isEmpty(node['db']) ? undefined : this.name(node['db']);
    return { schema, name: this.name(node['table']) };
  }

  #join(node: NspNode, left: TableReference, right: TableReference): Join {
    const on = isEmpty(node['on']) ? undefined : this.expression(node['on']);
    const using = optionalListOf(node['using']).map((name) => this.wrappedName(name));
    const hasCondition = on !== undefined || using.length > 0;
    const types = { 'INNER JOIN': 'inner', 'CROSS JOIN': 'cross', 'LEFT JOIN': 'left', 'RIGHT JOIN': 'right' } as const;
    const written = types[textOf(node['join']) as keyof typeof types];
    if (written === undefined || (!hasCondition && (written === 'left' || written === 'right')))
      throw new UnsupportedTree('join');
    const type = written === 'inner' && !hasCondition ? 'cross' : written;
    return { kind: 'join', type, natural: false, left, right, on, using, ...NOWHERE };
  }

  /* ------------------------------------------------------------------ data manipulation */

  #insert(node: NspNode): Insert {
    only(node, 'table', 'columns', 'values', 'prefix', 'set', 'on_duplicate_update');
    const prefix = textOf(node['prefix']).toLowerCase();
    if (prefix !== 'into' && prefix !== 'ignore into') throw new UnsupportedTree('insert');
    const table = this.#targetTable(node['table']);
    const set = this.#assignments(node['set']);
    const listed = optionalListOf(node['columns']).map((column) => this.#plainColumn(column));
    const columns =
      set.length > 0 ? set.map((assignment) => assignment.column) : isEmpty(node['columns']) ? undefined : listed;
    const source: Insert['source'] =
      set.length > 0
        ? { kind: 'rows', rows: [set.map((assignment) => assignment.value)] }
        : this.#source(nodeOf(node['values']));
    return {
      kind: 'insert',
      hints: [],
      replace: node.type === 'replace',
      ignore: prefix === 'ignore into',
      priority: undefined,
      table,
      partitions: [],
      columns,
      source,
      rowAlias: undefined,
      onDuplicateKeyUpdate: this.#onDuplicate(node['on_duplicate_update']),
      ...NOWHERE,
    };
  }

  #targetTable(value: unknown): TableName {
    const tables = listOf(value);
    if (tables.length !== 1) throw new UnsupportedTree('tables');
    const node = nodeOf(tables[0]);
    only(node, 'db', 'table');
    return this.#tableName(node);
  }

  #plainColumn(value: unknown): Assignment['column'] {
    const span = this.canonical.spanOf(textOf(value));
    return { kind: 'column', schema: undefined, table: undefined, name: this.name(value), ...span };
  }

  #source(node: NspNode): Insert['source'] {
    if (node.type === 'select') return { kind: 'query', query: this.query(node) };
    if (node.type !== 'values') throw new UnsupportedTree('insert source');
    only(node, 'values');
    const rows = listOf(node['values']).map((value): Expression[] => {
      const row = nodeOf(value);
      only(row, 'value');
      return listOf(row['value']).map((item) => this.expression(item));
    });
    return { kind: 'rows', rows };
  }

  #onDuplicate(value: unknown): Assignment[] {
    if (isEmpty(value)) return [];
    const node = nodeOf(value);
    only(node, 'keyword', 'set');
    return this.#assignments(node['set']);
  }

  #assignments(value: unknown): Assignment[] {
    return optionalListOf(value).map((item) => {
      const node = nodeOf(item);
      only(node, 'column', 'value', 'table');
      const table = isEmpty(node['table']) ? undefined : this.name(node['table']);
      return { column: { ...this.#plainColumn(node['column']), table }, value: this.expression(node['value']) };
    });
  }

  #update(node: NspNode): Update {
    only(node, 'table', 'set', 'where', 'orderby', 'limit');
    const tables = this.#from(node['table']);
    const assignments = this.#assignments(node['set']);
    const where = isEmpty(node['where']) ? undefined : this.expression(node['where']);
    const orderBy = this.orderItems(node['orderby']);
    const limit = this.#limit(node['limit']);
    return {
      kind: 'update',
      with: undefined,
      hints: [],
      lowPriority: false,
      ignore: false,
      tables,
      assignments,
      where,
      orderBy,
      limit,
      ...NOWHERE,
    };
  }

  #delete(node: NspNode): Delete {
    only(node, 'table', 'from', 'where', 'orderby', 'limit');
    const targetNodes = optionalListOf(node['table']).map(nodeOf);
    const isSingle = targetNodes.length === 0 || targetNodes.every((target) => target['addition'] === true);
    const targets = isSingle ? undefined : targetNodes.map((target) => this.#targetTable([target]));
    const from = this.#from(node['from']);
    const where = isEmpty(node['where']) ? undefined : this.expression(node['where']);
    const orderBy = this.orderItems(node['orderby']);
    const limit = this.#limit(node['limit']);
    return {
      kind: 'delete',
      with: undefined,
      hints: [],
      lowPriority: false,
      quick: false,
      ignore: false,
      targets,
      from,
      where,
      orderBy,
      limit,
      ...NOWHERE,
    };
  }
}

const LIST_END = new Set(['FROM', 'WHERE', 'GROUP', 'HAVING', 'ORDER', 'LIMIT', 'FOR', 'LOCK', 'UNION', 'INTO']);
