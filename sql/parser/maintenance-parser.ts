/** The layer of table maintenance, logs, replication and TiDB's own statements. */

import type { Expression, Identifier, TableName } from './ast.ts';
import type {
  AdminAction,
  AdminStatement,
  AnalyzeTable,
  FlushStatement,
  PurgeBinaryLogs,
  ReplicationStatement,
  SplitStatement,
} from './ast-utility.ts';
import type { Keyword } from './keywords.ts';
import type { UtilityStatement } from './statement.ts';
import { TOKEN } from './tokens.ts';
import { TransactionParser } from './transaction-parser.ts';

const FLUSH_TARGETS: readonly (readonly Keyword[])[] = [
  ['BINARY', 'LOGS'],
  ['ENGINE', 'LOGS'],
  ['ERROR', 'LOGS'],
  ['GENERAL', 'LOGS'],
  ['RELAY', 'LOGS'],
  ['SLOW', 'LOGS'],
  ['LOGS'],
  ['HOSTS'],
  ['OPTIMIZER_COSTS'],
  ['PRIVILEGES'],
  ['STATUS'],
  ['USER_RESOURCES'],
];

export class MaintenanceParser extends TransactionParser {
  /* ------------------------------------------------------------------ tables */

  protected analyze(): AnalyzeTable {
    const { start } = this;
    this.expect('ANALYZE');
    this.#skipBinlogWords();
    this.accept('INCREMENTAL');
    this.expectOneOf('TABLE', 'TABLES');
    const tables = this.tableNames();
    const partitions = this.accept('PARTITION') ? this.identifierList() : [];
    const histogram = this.#histogram();
    let columns: Identifier[] = [];
    let indexes: Identifier[] = [];
    if (this.accept('COLUMNS')) columns = this.identifierList();
    else if (this.acceptOneOf('ALL', 'PREDICATE') !== undefined) this.expect('COLUMNS');
    else if (this.accept('INDEX'))
      indexes = this.isIdentifier() || this.is('PRIMARY') ? this.commaList(() => this.indexName()) : [];
    const options = this.accept('WITH') ? this.#analyzeOptions() : [];
    return { kind: 'analyze-table', tables, partitions, columns, indexes, histogram, options, start, end: this.end };
  }

  #skipBinlogWords(): void {
    this.acceptOneOf('NO_WRITE_TO_BINLOG', 'LOCAL');
  }

  /** UPDATE HISTOGRAM ON a, b WITH n BUCKETS; DROP HISTOGRAM ON a. */
  #histogram(): AnalyzeTable['histogram'] {
    if (!this.isAny('UPDATE', 'DROP')) return undefined;
    const action = this.expectOneOf('UPDATE', 'DROP') === 'UPDATE' ? 'update' : 'drop';
    this.expect('HISTOGRAM', 'ON');
    const columns = this.identifierList();
    if (action === 'drop') return { action, columns };
    let buckets: number | undefined;
    if (this.accept('WITH')) {
      buckets = this.integer();
      this.expect('BUCKETS');
    }
    if (this.accept('USING')) {
      this.expect('DATA');
      this.stringText();
    }
    if (this.acceptOneOf('AUTO', 'MANUAL') !== undefined) this.expect('UPDATE');
    return { action, columns, buckets };
  }

  #analyzeOptions(): AnalyzeTable['options'] {
    return this.commaList(() => {
      const literal = this.literal();
      const value =
        literal?.kind === 'integer' ? Number(literal.value) : literal?.kind === 'decimal' ? Number(literal.text) : NaN;
      if (Number.isNaN(value)) throw this.unexpected();
      return { name: this.identifier().name.toLowerCase(), value };
    });
  }

  /** CHECK, OPTIMIZE, REPAIR, CHECKSUM TABLE. */
  protected tableMaintenance(): UtilityStatement {
    const { start } = this;
    const word = this.expectOneOf('CHECK', 'OPTIMIZE', 'REPAIR', 'CHECKSUM');
    const operations = { CHECK: 'check', OPTIMIZE: 'optimize', REPAIR: 'repair', CHECKSUM: 'checksum' } as const;
    this.#skipBinlogWords();
    this.expectOneOf('TABLE', 'TABLES');
    const tables = this.tableNames();
    const options: string[] = [];
    for (;;) {
      if (this.acceptAll('FOR', 'UPGRADE')) options.push('for upgrade');
      else {
        const option = this.acceptOneOf('QUICK', 'FAST', 'MEDIUM', 'EXTENDED', 'CHANGED', 'USE_FRM');
        if (option === undefined) break;
        options.push(option.toLowerCase());
      }
    }
    return { kind: 'table-maintenance', operation: operations[word], tables, options, start, end: this.end };
  }

  protected flush(): FlushStatement {
    const { start } = this;
    this.expect('FLUSH');
    this.#skipBinlogWords();
    if (this.acceptOneOf('TABLES', 'TABLE') !== undefined) return this.#flushTables(start);
    const targets = this.commaList(() => this.#flushTarget());
    return { kind: 'flush', targets, tables: [], lock: undefined, start, end: this.end };
  }

  #flushTables(start: number): FlushStatement {
    const tables: TableName[] = this.isIdentifier() ? this.tableNames() : [];
    let lock: FlushStatement['lock'];
    if (this.acceptAll('WITH', 'READ', 'LOCK')) lock = 'read lock';
    else if (this.acceptAll('FOR', 'EXPORT')) lock = 'for export';
    return { kind: 'flush', targets: ['tables'], tables, lock, start, end: this.end };
  }

  #flushTarget(): string {
    for (const words of FLUSH_TARGETS) {
      if (!this.acceptAll(...words)) continue;
      if (words[0] === 'RELAY' && this.acceptAll('FOR', 'CHANNEL')) this.identifierOrText();
      return words.join(' ').toLowerCase();
    }
    throw this.unexpected();
  }

  /* ------------------------------------------------------------------ logs and replication */

  protected purge(): PurgeBinaryLogs {
    const { start } = this;
    this.expect('PURGE');
    this.expectOneOf('BINARY', 'MASTER');
    this.expect('LOGS');
    if (this.accept('TO'))
      return { kind: 'purge-binary-logs', to: this.stringText(), before: undefined, start, end: this.end };
    this.expect('BEFORE');
    return { kind: 'purge-binary-logs', to: undefined, before: this.expression(), start, end: this.end };
  }

  protected reset(): UtilityStatement {
    const { start } = this;
    this.expect('RESET');
    const first = this.index;
    const word = this.expectOneOf('MASTER', 'REPLICA', 'SLAVE', 'BINARY', 'PERSIST', 'QUERY');
    if (word === 'BINARY') this.expect('LOGS', 'AND', 'GTIDS');
    else if (word === 'QUERY') this.expect('CACHE');
    else if (word === 'PERSIST') {
      const conditional = this.ifExists();
      if (conditional || !this.atEnd) this.systemVariableName();
    } else this.accept('ALL');
    if (this.acceptAll('FOR', 'CHANNEL')) this.identifierOrText();
    else if (this.accept('TO')) this.integer();
    const target = this.wordsFrom(first);
    return { kind: 'reset', target, start, end: this.end };
  }

  /** CHANGE REPLICATION …, CHANGE MASTER …, START and STOP REPLICA, GROUP_REPLICATION; what follows is kept as text. */
  protected replication(action: ReplicationStatement['action']): ReplicationStatement {
    const { start } = this;
    this.index++;
    if (action === 'start' || action === 'stop') this.expectOneOf('REPLICA', 'SLAVE', 'GROUP_REPLICATION');
    else {
      if (this.expectOneOf('REPLICATION', 'MASTER') === 'REPLICATION') this.expectOneOf('SOURCE', 'FILTER');
      if (action === 'change-source') this.expect('TO');
    }
    this.skipToEnd();
    return { kind: 'replication', action, text: this.text(start, this.end), start, end: this.end };
  }

  /* ------------------------------------------------------------------ TiDB's own */

  protected admin(): AdminStatement {
    const { start } = this;
    this.expect('ADMIN');
    return { kind: 'admin', action: this.#adminAction(), start, end: this.end };
  }

  #adminAction(): AdminAction {
    if (this.acceptAll('SHOW', 'DDL', 'JOBS')) {
      const limit = this.type === TOKEN.integer ? this.integer() : undefined;
      return { kind: 'show-ddl-jobs', limit, where: this.accept('WHERE') ? this.expression() : undefined };
    }
    if (this.is('SHOW') && this.peekIs(1, 'DDL') && this.peekType(2) === TOKEN.end) {
      this.index += 2;
      return { kind: 'show-ddl' };
    }
    if (this.acceptAll('CANCEL', 'DDL', 'JOBS')) return { kind: 'cancel-ddl-jobs', jobIds: this.#jobIds() };
    if (this.acceptAll('PAUSE', 'DDL', 'JOBS')) return { kind: 'pause-ddl-jobs', jobIds: this.#jobIds() };
    if (this.acceptAll('RESUME', 'DDL', 'JOBS')) return { kind: 'resume-ddl-jobs', jobIds: this.#jobIds() };
    if (this.acceptAll('CHECK', 'TABLE')) return { kind: 'check-table', tables: this.tableNames() };
    if (this.acceptAll('CHECKSUM', 'TABLE')) return { kind: 'checksum-table', tables: this.tableNames() };
    if (this.is('CHECK') && this.peekIs(1, 'INDEX') && this.peekType(4) === TOKEN.end)
      return this.#adminIndex('check-index');
    if (this.is('RECOVER') && this.peekIs(1, 'INDEX')) return this.#adminIndex('recover-index');
    if (this.is('CLEANUP') && this.peekIs(1, 'INDEX')) return this.#adminIndex('cleanup-index');
    const from = this.start;
    if (this.type !== TOKEN.word && this.type !== TOKEN.reserved) throw this.unexpected();
    this.skipToEnd();
    return { kind: 'other', text: this.text(from, this.end) };
  }

  #jobIds(): number[] {
    return this.commaList(() => this.integer());
  }

  #adminIndex(kind: 'check-index' | 'recover-index' | 'cleanup-index'): AdminAction {
    this.index += 2;
    const table = this.tableName();
    return { kind, table, index: this.indexName() };
  }

  protected split(): SplitStatement {
    const { start } = this;
    this.expect('SPLIT');
    if (this.acceptAll('REGION', 'FOR')) this.accept('PARTITION');
    else this.accept('PARTITION');
    this.expect('TABLE');
    const table = this.tableName();
    const partitions = this.partitionList();
    const index = this.accept('INDEX') ? this.indexName() : undefined;
    return { kind: 'split', table, partitions, index, by: this.#splitBy(), start, end: this.end };
  }

  #splitBy(): SplitStatement['by'] {
    if (this.accept('BETWEEN')) {
      const low = this.#splitRow();
      this.expect('AND');
      const high = this.#splitRow();
      this.expect('REGIONS');
      return { kind: 'between', low, high, regions: this.integer() };
    }
    this.expect('BY');
    return { kind: 'values', rows: this.commaList(() => this.#splitRow()) };
  }

  #splitRow(): Expression[] {
    this.expect('(');
    if (this.accept(')')) return [];
    const row = this.expressionList();
    this.expect(')');
    return row;
  }
}
