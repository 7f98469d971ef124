/** The layer of queries: SELECT, set operations, WITH, VALUES, TABLE, table references, windows. */

import type {
  BaseTable,
  CommonTableExpression,
  DataFormat,
  DerivedTable,
  Expression,
  FrameBound,
  GroupBy,
  Hint,
  Identifier,
  IndexHint,
  IntoClause,
  JsonTable,
  JsonTableColumn,
  Limit,
  LockingClause,
  NamedWindow,
  OrderItem,
  QueryBody,
  QueryExpression,
  Select,
  SelectItem,
  SetOperation,
  TableReference,
  TableSample,
  WindowFrame,
  WindowSpecification,
  WithClause,
} from './ast.ts';
import { ExpressionParser } from './expression-parser.ts';
import { parseHints } from './hint-text.ts';
import { JoinChain, type JoinOperator } from './join-chain.ts';
import { MAX_SET_OPERATIONS } from './limits.ts';
import { resultName } from './result-name.ts';
import { decodeSource } from './source.ts';
import { derivedTableNeedsAlias, nestingTooDeep } from './syntax-error.ts';
import { TOKEN } from './tokens.ts';

const INTERSECT_LEVEL = 2;
const UNION_LEVEL = 1;

/** Words after SELECT that change no result. */
const IDLE_OPTIONS = [
  'HIGH_PRIORITY',
  'SQL_SMALL_RESULT',
  'SQL_BIG_RESULT',
  'SQL_BUFFER_RESULT',
  'SQL_NO_CACHE',
  'SQL_CACHE',
] as const;

export class QueryParser extends ExpressionParser {
  /** INTO written before FROM, until the query takes it. */
  #earlyInto: IntoClause | undefined;

  /* ------------------------------------------------------------------ query expressions */

  /** [WITH …] body [ORDER BY] [LIMIT] [INTO] [locking]. */
  protected query(): QueryExpression {
    this.enter();
    const { start } = this;
    const clause = this.is('WITH') ? this.withClause() : undefined;
    const query = this.queryAfterWith(start, clause);
    this.leave();
    return query;
  }

  protected queryAfterWith(start: number, clause: WithClause | undefined): QueryExpression {
    const body = this.#setOperations(UNION_LEVEL);
    let into = this.#takeEarlyInto();
    const orderBy = this.acceptAll('ORDER', 'BY') ? this.orderItems() : [];
    const limit = this.limitClause();
    if (into === undefined && this.is('INTO')) into = this.#into();
    const locking = this.#lockingClauses();
    if (into === undefined && this.is('INTO')) into = this.#into();
    const isBare =
      clause === undefined && orderBy.length === 0 && limit === undefined && locking.length === 0 && into === undefined;
    if (body.kind === 'query' && isBare) return body;
    return { kind: 'query', with: clause, body, orderBy, limit, locking, into, start, end: this.end };
  }

  #takeEarlyInto(): IntoClause | undefined {
    const into = this.#earlyInto;
    this.#earlyInto = undefined;
    return into;
  }

  protected withClause(): WithClause {
    this.expect('WITH');
    const recursive = this.accept('RECURSIVE');
    return { recursive, tables: this.commaList(() => this.#commonTableExpression()) };
  }

  #commonTableExpression(): CommonTableExpression {
    const name = this.identifier();
    const columns = this.optionalIdentifiersInParentheses();
    this.expect('AS', '(');
    const query = this.query();
    this.expect(')');
    return { name, columns, query };
  }

  #setOperations(minimum: number): QueryBody {
    let left = this.#queryPrimary();
    let count = 0;
    for (;;) {
      const level = this.is('INTERSECT') ? INTERSECT_LEVEL : this.isAny('UNION', 'EXCEPT') ? UNION_LEVEL : 0;
      if (level < minimum) return left;
      if (++count > MAX_SET_OPERATIONS) throw nestingTooDeep();
      const operators = { INTERSECT: 'intersect', UNION: 'union', EXCEPT: 'except' } as const;
      const operator = operators[this.expectOneOf('INTERSECT', 'UNION', 'EXCEPT')];
      const all = this.accept('ALL');
      if (!all) this.accept('DISTINCT');
      const right = this.#setOperations(level + 1);
      const operation: SetOperation = {
        kind: 'set-operation',
        operator,
        all,
        left,
        right,
        start: left.start,
        end: this.end,
      };
      left = operation;
    }
  }

  #queryPrimary(): QueryBody {
    const { start } = this;
    switch (this.symbol) {
      case 'SELECT':
        return this.#select(start);
      case 'VALUES':
        return this.#values(start);
      case 'TABLE': {
        this.index++;
        const table = this.tableName();
        return { kind: 'table-query', table, start, end: this.end };
      }
      case '(': {
        this.index++;
        const inner = this.query();
        this.expect(')');
        return isPlain(inner) ? inner.body : inner;
      }
      default:
        throw this.unexpected();
    }
  }

  #values(start: number): QueryBody {
    this.expect('VALUES');
    const rows = this.commaList(() => {
      this.expect('ROW', '(');
      const row = this.is(')') ? [] : this.rowValues();
      this.expect(')');
      return row;
    });
    return { kind: 'values', rows, start, end: this.end };
  }

  /** Values of one row; each may be DEFAULT. */
  protected rowValues(): Expression[] {
    const values = [this.valueOrDefault()];
    while (this.accept(',')) values.push(this.valueOrDefault());
    return values;
  }

  protected valueOrDefault(): Expression {
    if (this.is('DEFAULT') && !this.peekIs(1, '(')) {
      const { start } = this;
      this.index++;
      return { kind: 'default', column: undefined, start, end: this.end };
    }
    return this.expression();
  }

  /* ------------------------------------------------------------------ SELECT */

  #select(start: number): Select {
    this.expect('SELECT');
    const hints = this.hints();
    const options = this.#selectOptions();
    const items = this.commaList(() => this.#selectItem());
    if (this.is('INTO')) this.#earlyInto = this.#into();
    const hasFrom = this.accept('FROM');
    const from = hasFrom && !this.accept('DUAL') ? this.tableReferences() : [];
    const where = this.accept('WHERE') ? this.expression() : undefined;
    const groupBy = this.acceptAll('GROUP', 'BY') ? this.#groupBy() : undefined;
    const having = this.accept('HAVING') ? this.expression() : undefined;
    const windows = this.accept('WINDOW') ? this.commaList(() => this.#namedWindow()) : [];
    return {
      kind: 'select',
      hints,
      ...options,
      items,
      from,
      where,
      groupBy,
      having,
      windows,
      start,
      end: this.end,
    };
  }

  #selectOptions(): Pick<Select, 'distinct' | 'straightJoin' | 'calcFoundRows' | 'options'> {
    let distinct = false;
    let straightJoin = false;
    let calcFoundRows = false;
    const options: string[] = [];
    for (;;) {
      if (this.acceptOneOf('DISTINCT', 'DISTINCTROW') !== undefined) distinct = true;
      else if (this.accept('STRAIGHT_JOIN')) straightJoin = true;
      else if (this.accept('SQL_CALC_FOUND_ROWS')) calcFoundRows = true;
      else if (!this.accept('ALL')) {
        const option = this.symbol === '' ? undefined : this.acceptOneOf(...IDLE_OPTIONS);
        if (option === undefined) return { distinct, straightJoin, calcFoundRows, options };
        options.push(option.toLowerCase());
      }
    }
  }

  protected hints(): Hint[] {
    if (this.type !== TOKEN.hint) return [];
    const text = decodeSource(this.source.slice(this.start + 3, this.tokens.ends[this.index]! - 2));
    this.index++;
    return parseHints(text);
  }

  #selectItem(): SelectItem {
    const wildcard = this.#wildcard();
    if (wildcard !== undefined) return wildcard;
    const firstToken = this.index;
    const expression = this.expression();
    const lastToken = this.index - 1;
    const alias = this.#selectAlias();
    const name = alias?.name ?? resultName(expression, this.tokens, firstToken, lastToken, this.mode);
    return { kind: 'expression', expression, alias, name };
  }

  #wildcard(): SelectItem | undefined {
    const { start } = this;
    if (this.accept('*')) return { kind: 'wildcard', schema: undefined, table: undefined, start, end: this.end };
    if (!this.isIdentifier() || !this.peekIs(1, '.')) return undefined;
    if (this.peekIs(2, '*')) {
      const table = this.identifier();
      this.index += 2;
      return { kind: 'wildcard', schema: undefined, table, start, end: this.end };
    }
    if (!this.peekIs(3, '.') || !this.peekIs(4, '*')) return undefined;
    const schema = this.identifier();
    this.index++;
    const table = this.identifier();
    this.index += 2;
    return { kind: 'wildcard', schema, table, start, end: this.end };
  }

  #selectAlias(): Identifier | undefined {
    const hasAs = this.accept('AS');
    if (this.type === TOKEN.string) return { name: this.stringText(), quoted: true };
    if (hasAs || this.isIdentifier()) return this.identifier();
    return undefined;
  }

  #groupBy(): GroupBy {
    if (this.is('ROLLUP') && this.peekIs(1, '(')) {
      this.index += 2;
      const items = this.orderItems();
      this.expect(')');
      return { items, rollup: true };
    }
    const items = this.orderItems();
    return { items, rollup: this.acceptAll('WITH', 'ROLLUP') };
  }

  protected orderItems(): OrderItem[] {
    return this.commaList(() => {
      const expression = this.expression();
      const descending = this.acceptOneOf('ASC', 'DESC') === 'DESC';
      return { expression, descending };
    });
  }

  protected limitClause(): Limit | undefined {
    if (!this.accept('LIMIT')) return undefined;
    const first = this.#limitValue();
    if (this.accept(',')) return { count: this.#limitValue(), offset: first };
    if (this.accept('OFFSET')) return { count: first, offset: this.#limitValue() };
    return { count: first, offset: undefined };
  }

  #limitValue(): Expression {
    const { type } = this;
    if (type === TOKEN.integer || type === TOKEN.hex || type === TOKEN.parameter) return this.literal()!;
    return this.columnReference();
  }

  #lockingClauses(): LockingClause[] {
    const clauses: LockingClause[] = [];
    for (;;) {
      if (this.acceptAll('LOCK', 'IN', 'SHARE', 'MODE')) {
        clauses.push({ strength: 'share', tables: [], wait: 'wait', waitSeconds: undefined, legacy: true });
      } else if (this.accept('FOR')) clauses.push(this.#lockingClause());
      else return clauses;
    }
  }

  #lockingClause(): LockingClause {
    const strength = this.expectOneOf('UPDATE', 'SHARE') === 'UPDATE' ? 'update' : 'share';
    const tables = this.accept('OF') ? this.tableNames() : [];
    let wait: LockingClause['wait'] = 'wait';
    let waitSeconds: number | undefined;
    if (this.accept('NOWAIT')) wait = 'nowait';
    else if (this.acceptAll('SKIP', 'LOCKED')) wait = 'skip locked';
    else if (this.accept('WAIT')) waitSeconds = this.integer();
    return { strength, tables, wait, waitSeconds, legacy: false };
  }

  #into(): IntoClause {
    this.expect('INTO');
    if (this.accept('DUMPFILE')) return { kind: 'dumpfile', file: this.stringText() };
    if (this.accept('OUTFILE')) {
      const file = this.stringText();
      const charset = this.acceptCharset() ? this.charsetName() : undefined;
      return { kind: 'outfile', file, charset, format: this.dataFormat() };
    }
    const targets = this.commaList(() =>
      this.type === TOKEN.userVariable
        ? this.userVariable()
        : ({ kind: 'local-variable', name: this.identifier() } as const),
    );
    return { kind: 'variables', targets };
  }

  /** FIELDS … LINES … of LOAD DATA and INTO OUTFILE. */
  protected dataFormat(): DataFormat {
    let fieldsTerminatedBy: string | undefined;
    let fieldsEnclosedBy: string | undefined;
    let fieldsOptionallyEnclosed = false;
    let fieldsEscapedBy: string | undefined;
    let linesStartingBy: string | undefined;
    let linesTerminatedBy: string | undefined;
    if (this.acceptOneOf('FIELDS', 'COLUMNS') !== undefined) {
      for (;;) {
        if (this.acceptAll('TERMINATED', 'BY')) fieldsTerminatedBy = this.literalText();
        else if (this.acceptAll('OPTIONALLY', 'ENCLOSED', 'BY')) {
          fieldsOptionallyEnclosed = true;
          fieldsEnclosedBy = this.literalText();
        } else if (this.acceptAll('ENCLOSED', 'BY')) fieldsEnclosedBy = this.literalText();
        else if (this.acceptAll('ESCAPED', 'BY')) fieldsEscapedBy = this.literalText();
        else break;
      }
    }
    if (this.accept('LINES')) {
      for (;;) {
        if (this.acceptAll('STARTING', 'BY')) linesStartingBy = this.literalText();
        else if (this.acceptAll('TERMINATED', 'BY')) linesTerminatedBy = this.literalText();
        else break;
      }
    }
    return {
      fieldsTerminatedBy,
      fieldsEnclosedBy,
      fieldsOptionallyEnclosed,
      fieldsEscapedBy,
      linesStartingBy,
      linesTerminatedBy,
    };
  }

  /** A quoted text, or hex or bit digits taken as text. */
  protected literalText(): string {
    if (this.type === TOKEN.string) return this.joinedText();
    const literal = this.literal();
    if (literal?.kind !== 'bytes') throw this.unexpected();
    return Buffer.from(literal.bytes).toString('utf8');
  }

  /* ------------------------------------------------------------------ windows */

  #namedWindow(): NamedWindow {
    const name = this.identifier();
    this.expect('AS');
    return { name, specification: this.windowSpecification() };
  }

  protected windowSpecification(): WindowSpecification {
    this.expect('(');
    const name = this.isIdentifier() && !this.isAny('GROUPS') ? this.identifier() : undefined;
    const partitionBy = this.acceptAll('PARTITION', 'BY') ? this.expressionList() : [];
    const orderBy = this.acceptAll('ORDER', 'BY') ? this.orderItems() : [];
    const frame = this.isAny('ROWS', 'RANGE', 'GROUPS') ? this.#frame() : undefined;
    this.expect(')');
    return { name, partitionBy, orderBy, frame };
  }

  #frame(): WindowFrame {
    const unit = ({ ROWS: 'rows', RANGE: 'range', GROUPS: 'groups' } as const)[
      this.expectOneOf('ROWS', 'RANGE', 'GROUPS')
    ];
    if (!this.accept('BETWEEN'))
      return { unit, start: this.#frameBound(), end: undefined, exclusion: this.#exclusion() };
    const start = this.#frameBound();
    this.expect('AND');
    return { unit, start, end: this.#frameBound(), exclusion: this.#exclusion() };
  }

  #frameBound(): FrameBound {
    if (this.acceptAll('CURRENT', 'ROW')) return { kind: 'current-row' };
    if (this.accept('UNBOUNDED')) {
      const preceding = this.expectOneOf('PRECEDING', 'FOLLOWING') === 'PRECEDING';
      return { kind: preceding ? 'unbounded-preceding' : 'unbounded-following' };
    }
    const isInterval = this.accept('INTERVAL');
    const value = this.expression();
    const unit = isInterval ? this.intervalUnit() : undefined;
    const preceding = this.expectOneOf('PRECEDING', 'FOLLOWING') === 'PRECEDING';
    return { kind: preceding ? 'preceding' : 'following', value, unit };
  }

  #exclusion(): WindowFrame['exclusion'] {
    if (!this.accept('EXCLUDE')) return undefined;
    if (this.acceptAll('CURRENT', 'ROW')) return 'current row';
    if (this.acceptAll('NO', 'OTHERS')) return 'no others';
    return this.expectOneOf('GROUP', 'TIES') === 'GROUP' ? 'group' : 'ties';
  }

  /* ------------------------------------------------------------------ table references */

  protected tableReferences(): TableReference[] {
    return this.commaList(() => this.tableReference());
  }

  /** A factor and its joins. */
  protected tableReference(): TableReference {
    const chain = new JoinChain(this.#tableFactor());
    for (;;) {
      const operator = this.#joinOperator();
      if (operator === undefined) break;
      this.enter();
      chain.push(operator, this.#tableFactor(), this.end);
      while (chain.takesCondition) {
        if (this.accept('ON')) {
          chain.condition(this.expression(), [], this.end);
        } else if (this.accept('USING')) {
          const using = this.identifiersInParentheses();
          chain.condition(undefined, using, this.end);
        } else break;
      }
    }
    for (let i = 0; i < chain.joins; i++) this.leave();
    if (!chain.isComplete) throw this.unexpected();
    return chain.finish();
  }

  #joinOperator(): JoinOperator | undefined {
    switch (this.symbol) {
      case 'JOIN':
        this.index++;
        return { type: 'inner', natural: false };
      case 'INNER':
        this.index++;
        this.expect('JOIN');
        return { type: 'inner', natural: false };
      case 'CROSS':
        this.index++;
        this.expect('JOIN');
        return { type: 'cross', natural: false };
      case 'STRAIGHT_JOIN':
        this.index++;
        return { type: 'straight', natural: false };
      case 'LEFT':
      case 'RIGHT':
        return this.#outerJoin(false);
      case 'NATURAL':
        this.index++;
        if (this.isAny('LEFT', 'RIGHT')) return this.#outerJoin(true);
        this.accept('INNER');
        this.expect('JOIN');
        return { type: 'inner', natural: true };
      default:
        return undefined;
    }
  }

  #outerJoin(natural: boolean): JoinOperator {
    const type = this.expectOneOf('LEFT', 'RIGHT') === 'LEFT' ? 'left' : 'right';
    this.accept('OUTER');
    this.expect('JOIN');
    return { type, natural };
  }

  #tableFactor(): TableReference {
    const { start } = this;
    if (this.is('(')) return this.isQueryAt(this.index) ? this.#derivedTable(start, false) : this.#joinInParentheses();
    if (this.accept('LATERAL')) {
      if (!this.isQueryAt(this.index)) throw this.unexpected();
      return this.#derivedTable(start, true);
    }
    if (this.is('JSON_TABLE')) return this.#jsonTable(start);
    if (this.is('{')) return this.#odbcJoin();
    return this.baseTable();
  }

  #derivedTable(start: number, lateral: boolean): DerivedTable {
    this.expect('(');
    const query = this.query();
    this.expect(')');
    const hasAs = this.accept('AS');
    if (!hasAs && !this.isIdentifier())
      throw this.atEnd || this.isAny(')', ',', 'WHERE') ? derivedTableNeedsAlias() : this.unexpected();
    const alias = this.identifier();
    const columns = this.optionalIdentifiersInParentheses();
    return { kind: 'derived-table', query, alias, columns, lateral, start, end: this.end };
  }

  /** ( t1, t2 JOIN t3 … ): commas inside parentheses are cross joins. */
  #joinInParentheses(): TableReference {
    this.enter();
    this.expect('(');
    const references = this.tableReferences();
    this.expect(')');
    this.leave();
    return references.reduce((left, right) => ({
      kind: 'join',
      type: 'cross',
      natural: false,
      left,
      right,
      on: undefined,
      using: [],
      start: left.start,
      end: right.end,
    }));
  }

  /** { OJ t1 LEFT JOIN t2 ON … }. */
  #odbcJoin(): TableReference {
    this.expect('{');
    this.identifier();
    const reference = this.tableReference();
    this.expect('}');
    return reference;
  }

  protected baseTable(): BaseTable {
    const { start } = this;
    const table = this.tableName();
    const partitions = this.partitionList();
    const asOf = this.#asOf();
    const sample = this.#sample();
    const hasAs = this.accept('AS');
    const alias = hasAs || this.isIdentifier() ? this.identifier() : undefined;
    const indexHints = this.#indexHints();
    return {
      kind: 'table',
      table,
      alias,
      partitions,
      indexHints,
      asOf,
      sample: sample ?? this.#sample(),
      start,
      end: this.end,
    };
  }

  /** PARTITION (p0, p1). */
  protected partitionList(): Identifier[] {
    return this.is('PARTITION') && this.peekIs(1, '(') && ++this.index > 0 ? this.identifiersInParentheses() : [];
  }

  #asOf(): Expression | undefined {
    if (!this.acceptAll('AS', 'OF', 'TIMESTAMP')) return undefined;
    return this.expression();
  }

  #sample(): TableSample | undefined {
    if (!this.is('TABLESAMPLE') || !(this.peekIs(1, '(') || this.peekIs(2, '('))) return undefined;
    this.index++;
    const word = this.acceptOneOf('SYSTEM', 'BERNOULLI', 'REGIONS');
    const methods = { SYSTEM: 'system', BERNOULLI: 'bernoulli', REGIONS: 'regions' } as const;
    this.expect('(');
    const percentage = this.is(')') ? undefined : this.expression();
    if (percentage !== undefined) this.accept('ROWS');
    this.expect(')');
    return { method: word === undefined ? undefined : methods[word], percentage };
  }

  #indexHints(): IndexHint[] {
    const hints: IndexHint[] = [];
    for (;;) {
      const word = this.acceptOneOf('USE', 'FORCE', 'IGNORE');
      if (word === undefined) return hints;
      const action = ({ USE: 'use', FORCE: 'force', IGNORE: 'ignore' } as const)[word];
      this.expectOneOf('INDEX', 'KEY');
      let scope: IndexHint['scope'];
      if (this.accept('FOR')) {
        const target = this.expectOneOf('JOIN', 'ORDER', 'GROUP');
        if (target !== 'JOIN') this.expect('BY');
        scope = ({ JOIN: 'join', ORDER: 'order by', GROUP: 'group by' } as const)[target];
      }
      this.expect('(');
      const indexes = this.is(')') ? [] : this.commaList(() => this.indexName());
      this.expect(')');
      hints.push({ action, scope, indexes });
    }
  }

  /** PRIMARY is reserved but names the primary key. */
  protected indexName(): Identifier {
    return this.is('PRIMARY') ? this.takeIdentifier() : this.identifier();
  }

  /* ------------------------------------------------------------------ JSON_TABLE */

  #jsonTable(start: number): JsonTable {
    this.expect('JSON_TABLE', '(');
    const document = this.expression();
    this.expect(',');
    const path = this.joinedText();
    const columns = this.#jsonColumns();
    this.expect(')');
    this.accept('AS');
    const alias = this.identifier();
    return { kind: 'json-table', document, path, columns, alias, start, end: this.end };
  }

  #jsonColumns(): JsonTableColumn[] {
    this.expect('COLUMNS', '(');
    const columns = this.commaList(() => this.#jsonColumn());
    this.expect(')');
    return columns;
  }

  #jsonColumn(): JsonTableColumn {
    if (this.is('NESTED') && (this.peekIs(1, 'PATH') || this.peekType(1) === TOKEN.string)) {
      this.index++;
      this.accept('PATH');
      const path = this.joinedText();
      this.enter();
      const columns = this.#jsonColumns();
      this.leave();
      return { kind: 'nested', path, columns };
    }
    const name = this.identifier();
    if (this.acceptAll('FOR', 'ORDINALITY')) return { kind: 'ordinality', name };
    const type = this.dataType();
    const isExists = this.accept('EXISTS');
    this.expect('PATH');
    const path = this.joinedText();
    const { onEmpty, onError } = this.jsonResponses();
    return { kind: isExists ? 'exists' : 'value', name, type, path, onEmpty, onError };
  }
}

/** A query without clauses of its own, so that its parentheses mean nothing. */
function isPlain(query: QueryExpression): boolean {
  return (
    query.with === undefined &&
    query.orderBy.length === 0 &&
    query.limit === undefined &&
    query.locking.length === 0 &&
    query.into === undefined
  );
}
