/** The layer of data manipulation: INSERT, REPLACE, UPDATE, DELETE, LOAD DATA. */

import type {
  Assignment,
  ColumnReference,
  Delete,
  Expression,
  Identifier,
  Insert,
  InsertSource,
  LoadData,
  TableName,
  TableReference,
  Update,
  UserVariable,
  WithClause,
} from './ast.ts';
import { QueryParser } from './query-parser.ts';
import { TOKEN } from './tokens.ts';

export class DmlParser extends QueryParser {
  /* ------------------------------------------------------------------ INSERT and REPLACE */

  protected insert(): Insert {
    const { start } = this;
    const replace = this.expectOneOf('INSERT', 'REPLACE') === 'REPLACE';
    const hints = this.hints();
    const words = { LOW_PRIORITY: 'low', HIGH_PRIORITY: 'high', DELAYED: 'delayed' } as const;
    const word = this.acceptOneOf('LOW_PRIORITY', 'HIGH_PRIORITY', 'DELAYED');
    const ignore = !replace && this.accept('IGNORE');
    this.accept('INTO');
    const table = this.tableName();
    const partitions = this.partitionList();
    const { columns, source } = this.#columnsAndSource();
    const rowAlias = this.is('AS') ? this.#rowAlias() : undefined;
    const onDuplicateKeyUpdate =
      !replace && this.acceptAll('ON', 'DUPLICATE', 'KEY', 'UPDATE') ? this.assignments() : [];
    return {
      kind: 'insert',
      hints,
      replace,
      ignore,
      priority: word === undefined ? undefined : words[word],
      table,
      partitions,
      columns,
      source,
      rowAlias,
      onDuplicateKeyUpdate,
      start,
      end: this.end,
    };
  }

  #columnsAndSource(): { readonly columns: ColumnReference[] | undefined; readonly source: InsertSource } {
    if (this.accept('SET')) {
      const assignments = this.assignments();
      const row = assignments.map((assignment) => assignment.value);
      return {
        columns: assignments.map((assignment) => assignment.column),
        source: { kind: 'rows', rows: [row] },
      };
    }
    const columns = this.is('(') && !this.isQueryAt(this.index) ? this.#columnList() : undefined;
    return { columns, source: this.#source() };
  }

  #columnList(): ColumnReference[] {
    this.expect('(');
    const columns = this.is(')') ? [] : this.commaList(() => this.columnReference());
    this.expect(')');
    return columns;
  }

  #source(): InsertSource {
    const isRows = this.is('VALUE') || (this.is('VALUES') && !this.peekIs(1, 'ROW'));
    if (!isRows) return { kind: 'query', query: this.query() };
    this.index++;
    const rows = [this.#row()];
    while (this.accept(',')) rows.push(this.#row());
    return { kind: 'rows', rows };
  }

  #row(): Expression[] {
    this.expect('(');
    if (this.accept(')')) return [];
    const row = this.rowValues();
    this.expect(')');
    return row;
  }

  #rowAlias(): { readonly name: Identifier; readonly columns: readonly Identifier[] } {
    this.expect('AS');
    return { name: this.identifier(), columns: this.optionalIdentifiersInParentheses() };
  }

  protected assignments(): Assignment[] {
    return this.commaList(() => {
      const column = this.columnReference();
      if (!this.accept('=')) this.expect(':=');
      return { column, value: this.valueOrDefault() };
    });
  }

  /* ------------------------------------------------------------------ UPDATE and DELETE */

  protected update(start: number, clause: WithClause | undefined): Update {
    this.expect('UPDATE');
    const hints = this.hints();
    const lowPriority = this.accept('LOW_PRIORITY');
    const ignore = this.accept('IGNORE');
    const tables = this.tableReferences();
    this.expect('SET');
    const assignments = this.assignments();
    const tail = this.#tail();
    return {
      kind: 'update',
      with: clause,
      hints,
      lowPriority,
      ignore,
      tables,
      assignments,
      ...tail,
      start,
      end: this.end,
    };
  }

  #tail(): Pick<Update, 'where' | 'orderBy' | 'limit'> {
    const where = this.accept('WHERE') ? this.expression() : undefined;
    const orderBy = this.acceptAll('ORDER', 'BY') ? this.orderItems() : [];
    return { where, orderBy, limit: this.limitClause() };
  }

  protected delete(start: number, clause: WithClause | undefined): Delete {
    this.expect('DELETE');
    const hints = this.hints();
    const modifiers = { lowPriority: false, quick: false, ignore: false };
    for (;;) {
      if (this.accept('LOW_PRIORITY')) modifiers.lowPriority = true;
      else if (this.accept('QUICK')) modifiers.quick = true;
      else if (this.accept('IGNORE')) modifiers.ignore = true;
      else break;
    }
    const { targets, from } = this.#deleteTables();
    const tail = this.#tail();
    return { kind: 'delete', with: clause, hints, ...modifiers, targets, from, ...tail, start, end: this.end };
  }

  /** FROM t · t1, t2 FROM refs · FROM t1, t2 USING refs. */
  #deleteTables(): { readonly targets: TableName[] | undefined; readonly from: TableReference[] } {
    if (!this.accept('FROM')) {
      const targets = this.#deleteTargets();
      this.expect('FROM');
      return { targets, from: this.tableReferences() };
    }
    const first = this.index;
    const targets = this.#deleteTargets();
    if (this.accept('USING')) return { targets, from: this.tableReferences() };
    this.index = first;
    return { targets: undefined, from: [this.baseTable()] };
  }

  /** Names, each perhaps with `.*` behind it. */
  #deleteTargets(): TableName[] {
    return this.commaList(() => {
      const first = this.identifier();
      let name: TableName = { schema: undefined, name: first };
      if (this.is('.') && !this.peekIs(1, '*')) {
        this.index++;
        name = { schema: first, name: this.identifier() };
      }
      if (this.accept('.')) this.expect('*');
      return name;
    });
  }

  /* ------------------------------------------------------------------ LOAD DATA */

  protected loadData(): LoadData {
    const { start } = this;
    this.expect('LOAD');
    const format = this.expectOneOf('DATA', 'XML') === 'DATA' ? 'data' : 'xml';
    const word = this.acceptOneOf('LOW_PRIORITY', 'CONCURRENT');
    const priority = word === undefined ? undefined : word === 'CONCURRENT' ? 'concurrent' : 'low';
    const local = this.accept('LOCAL');
    this.expect('INFILE');
    const file = this.stringText();
    const duplicate = this.acceptOneOf('REPLACE', 'IGNORE');
    const duplicates = duplicate === undefined ? undefined : duplicate === 'REPLACE' ? 'replace' : 'ignore';
    this.expect('INTO', 'TABLE');
    const table = this.tableName();
    const partitions = this.partitionList();
    const charset = this.acceptCharset() ? this.charsetName() : undefined;
    const rowsIdentifiedBy = this.acceptAll('ROWS', 'IDENTIFIED', 'BY') ? this.literalText() : undefined;
    const fields = this.dataFormat();
    const ignoreLines = this.#ignoreLines();
    const columns = this.is('(') ? this.#loadColumns() : [];
    const assignments = this.accept('SET') ? this.assignments() : [];
    return {
      kind: 'load-data',
      format,
      local,
      priority,
      file,
      duplicates,
      table,
      partitions,
      charset,
      fields,
      rowsIdentifiedBy,
      ignoreLines,
      columns,
      assignments,
      start,
      end: this.end,
    };
  }

  /** IGNORE n LINES. */
  #ignoreLines(): number {
    if (!this.accept('IGNORE')) return 0;
    const count = this.integer();
    this.expectOneOf('LINES', 'ROWS');
    return count;
  }

  #loadColumns(): (ColumnReference | UserVariable)[] {
    this.expect('(');
    if (this.accept(')')) return [];
    const columns = this.commaList(() =>
      this.type === TOKEN.userVariable ? this.userVariable() : this.columnReference(),
    );
    this.expect(')');
    return columns;
  }
}
