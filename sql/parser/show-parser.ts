/** The layer of SHOW and DESCRIBE. */

import { AccountParser } from './account-parser.ts';
import type { Identifier, TableName } from './ast.ts';
import type { BareShowKind, DescribeTable, ShowFilter, ShowLimit, ShowStatement, ShowTarget } from './ast-utility.ts';
import type { Keyword } from './keywords.ts';
import { TOKEN } from './tokens.ts';

/** Forms that are only words, longest first where one begins another. */
const BARE_TARGETS: readonly (readonly [BareShowKind, ...Keyword[]])[] = [
  ['databases', 'DATABASES'],
  ['databases', 'SCHEMAS'],
  ['character set', 'CHARACTER', 'SET'],
  ['character set', 'CHAR', 'SET'],
  ['character set', 'CHARSET'],
  ['collation', 'COLLATION'],
  ['plugins', 'PLUGINS'],
  ['privileges', 'PRIVILEGES'],
  ['profiles', 'PROFILES'],
  ['procedure status', 'PROCEDURE', 'STATUS'],
  ['function status', 'FUNCTION', 'STATUS'],
  ['library status', 'LIBRARY', 'STATUS'],
  ['binary logs', 'BINARY', 'LOGS'],
  ['binary logs', 'MASTER', 'LOGS'],
  ['master status', 'MASTER', 'STATUS'],
  ['master status', 'BINARY', 'LOG', 'STATUS'],
  ['replicas', 'REPLICAS'],
  ['replicas', 'SLAVE', 'HOSTS'],
  ['replica status', 'REPLICA', 'STATUS'],
  ['replica status', 'SLAVE', 'STATUS'],
  ['builtins', 'BUILTINS'],
  ['stats_meta', 'STATS_META'],
  ['stats_histograms', 'STATS_HISTOGRAMS'],
  ['stats_topn', 'STATS_TOPN'],
  ['stats_buckets', 'STATS_BUCKETS'],
  ['stats_healthy', 'STATS_HEALTHY'],
  ['analyze status', 'ANALYZE', 'STATUS'],
  ['config', 'CONFIG'],
  ['placement labels', 'PLACEMENT', 'LABELS'],
  ['placement', 'PLACEMENT'],
  ['regions', 'REGIONS'],
  ['sequences', 'SEQUENCES'],
];

/** First words of forms that are read but not told apart. */
const OTHER_TARGETS = [
  'BINDINGS',
  'BACKUPS',
  'RESTORES',
  'IMPORT',
  'IMPORTS',
  'STATS_EXTENDED',
  'STATS_LOCKED',
  'COLUMN_STATS_USAGE',
  'HISTOGRAMS_IN_FLIGHT',
  'PARSE_TREE',
] as const;

export class ShowParser extends AccountParser {
  protected show(): ShowStatement {
    const { start } = this;
    this.expect('SHOW');
    const what = this.#target();
    const filter = this.#filter();
    return { kind: 'show', what, filter, start, end: this.end };
  }

  #filter(): ShowFilter | undefined {
    if (this.accept('LIKE')) return { kind: 'like', pattern: this.joinedText() };
    if (this.accept('WHERE')) return { kind: 'where', condition: this.expression() };
    return undefined;
  }

  #target(): ShowTarget {
    for (const [kind, ...words] of BARE_TARGETS) {
      if (!this.acceptAll(...words)) continue;
      if (kind === 'replica status') this.#channel();
      return { kind };
    }
    switch (this.symbol) {
      case 'FULL':
      case 'EXTENDED':
      case 'TABLES':
      case 'COLUMNS':
      case 'FIELDS':
      case 'PROCESSLIST':
        return this.#withFlags();
      case 'INDEX':
      case 'INDEXES':
      case 'KEYS':
        return this.#index(false);
      case 'GLOBAL':
      case 'SESSION':
      case 'LOCAL':
      case 'VARIABLES':
      case 'STATUS':
        return this.#scoped();
      case 'CREATE':
        this.index++;
        return this.#create();
      case 'GRANTS':
        this.index++;
        return this.#grants();
      case '':
        return this.#count() ?? this.#other();
      default:
        return this.#listing() ?? this.#rare() ?? this.#other();
    }
  }

  /* ------------------------------------------------------------------ listings */

  #withFlags(): ShowTarget {
    const extended = this.accept('EXTENDED');
    const full = this.accept('FULL');
    if (this.accept('PROCESSLIST')) return { kind: 'processlist', full };
    if (this.accept('TABLES')) return { kind: 'tables', full, extended, database: this.#database() };
    if (this.isAny('INDEX', 'INDEXES', 'KEYS')) return this.#index(extended);
    this.expectOneOf('COLUMNS', 'FIELDS');
    return { kind: 'columns', full, extended, table: this.#tableFrom() };
  }

  /** FROM db or IN db. */
  #database(): Identifier | undefined {
    return this.acceptOneOf('FROM', 'IN') === undefined ? undefined : this.identifier();
  }

  /** FROM t [FROM db]. */
  #tableFrom(): TableName {
    this.expectOneOf('FROM', 'IN');
    const table = this.tableName();
    const database = this.#database();
    return database === undefined ? table : { schema: database, name: table.name };
  }

  #index(extended: boolean): ShowTarget {
    this.expectOneOf('INDEX', 'INDEXES', 'KEYS');
    return { kind: 'index', extended, table: this.#tableFrom() };
  }

  #scoped(): ShowTarget {
    const word = this.acceptOneOf('GLOBAL', 'SESSION', 'LOCAL');
    const scope = word === undefined ? undefined : word === 'GLOBAL' ? 'global' : 'session';
    if (word !== undefined && this.accept('BINDINGS')) return { kind: 'other', text: `${word} BINDINGS` };
    const kind = this.expectOneOf('VARIABLES', 'STATUS') === 'VARIABLES' ? 'variables' : 'status';
    return { kind, scope };
  }

  #listing(): ShowTarget | undefined {
    if (this.is('TABLE') && !this.peekIs(1, 'STATUS')) return this.#table();
    if (this.acceptAll('TABLE', 'STATUS')) return { kind: 'table status', database: this.#database() };
    if (this.accept('TRIGGERS')) return { kind: 'triggers', database: this.#database() };
    if (this.accept('EVENTS')) return { kind: 'events', database: this.#database() };
    if (this.acceptAll('OPEN', 'TABLES')) return { kind: 'open tables', database: this.#database() };
    if (this.acceptAll('STORAGE', 'ENGINES') || this.accept('ENGINES')) return { kind: 'engines' };
    if (this.accept('WARNINGS')) return { kind: 'warnings', limit: this.#limit() };
    if (this.accept('ERRORS')) return { kind: 'errors', limit: this.#limit() };
    return undefined;
  }

  #limit(): ShowLimit | undefined {
    if (!this.accept('LIMIT')) return undefined;
    const first = this.integer();
    if (this.accept(',')) return { offset: first, count: this.integer() };
    return { count: first, offset: this.accept('OFFSET') ? this.integer() : 0 };
  }

  /** COUNT(*) WARNINGS, COUNT(*) ERRORS. */
  #count(): ShowTarget | undefined {
    if (this.source.slice(this.start, this.start + 5).toUpperCase() !== 'COUNT' || !this.peekIs(1, '('))
      return undefined;
    this.index++;
    this.expect('(', '*', ')');
    return { kind: this.expectOneOf('WARNINGS', 'ERRORS') === 'WARNINGS' ? 'warning count' : 'error count' };
  }

  /** SHOW TABLE t [PARTITION (…)] [INDEX i] REGIONS, SHOW TABLE t NEXT_ROW_ID. */
  #table(): ShowTarget {
    this.expect('TABLE');
    const table = this.tableName();
    if (this.accept('NEXT_ROW_ID')) return { kind: 'table next_row_id', table };
    const partitions = this.partitionList();
    const index = this.accept('INDEX') ? this.indexName() : undefined;
    this.expect('REGIONS');
    return { kind: 'table regions', table, partitions, index };
  }

  /* ------------------------------------------------------------------ SHOW CREATE and GRANTS */

  #create(): ShowTarget {
    if (this.acceptOneOf('DATABASE', 'SCHEMA') !== undefined) {
      const ifNotExists = this.ifNotExists();
      return { kind: 'create database', ifNotExists, database: this.identifier() };
    }
    if (this.accept('USER')) {
      return { kind: 'create user', account: this.accountName() };
    }
    const tables = { TABLE: 'create table', VIEW: 'create view', SEQUENCE: 'create sequence' } as const;
    const table = this.acceptOneOf('TABLE', 'VIEW', 'SEQUENCE');
    if (table !== undefined) return { kind: tables[table], table: this.tableName() };
    const programs = {
      PROCEDURE: 'create procedure',
      FUNCTION: 'create function',
      TRIGGER: 'create trigger',
      EVENT: 'create event',
      LIBRARY: 'create library',
    } as const;
    const program = this.acceptOneOf('PROCEDURE', 'FUNCTION', 'TRIGGER', 'EVENT', 'LIBRARY');
    if (program === undefined) throw this.unexpected();
    return { kind: programs[program], name: this.tableName() };
  }

  #grants(): ShowTarget {
    if (!this.accept('FOR')) return { kind: 'grants', account: undefined, using: [] };
    const name = this.accountName();
    const account = name.kind === 'current-user' ? undefined : name;
    return { kind: 'grants', account, using: this.accept('USING') ? this.accountNames() : [] };
  }

  /* ------------------------------------------------------------------ logs, engines, profiles */

  #rare(): ShowTarget | undefined {
    if (this.acceptAll('BINLOG', 'EVENTS')) return this.#events('binlog events');
    if (this.acceptAll('RELAYLOG', 'EVENTS')) return this.#events('relaylog events');
    if (this.accept('ENGINE')) {
      const engine = this.accept('ALL') ? 'all' : this.identifierOrText();
      const word = this.expectOneOf('STATUS', 'MUTEX', 'LOGS');
      return { kind: 'engine', engine, about: ({ STATUS: 'status', MUTEX: 'mutex', LOGS: 'logs' } as const)[word] };
    }
    if (this.acceptAll('PROCEDURE', 'CODE')) return { kind: 'procedure code', name: this.tableName() };
    if (this.acceptAll('FUNCTION', 'CODE')) return { kind: 'function code', name: this.tableName() };
    return this.accept('PROFILE') ? this.#profile() : undefined;
  }

  #events(kind: 'binlog events' | 'relaylog events'): ShowTarget {
    const file = this.accept('IN') ? this.stringText() : undefined;
    const position = this.accept('FROM') ? this.wideInteger() : undefined;
    const limit = this.#limit();
    return { kind, file, position, limit, channel: this.#channel() };
  }

  /** FOR CHANNEL 'x'. */
  #channel(): string | undefined {
    return this.acceptAll('FOR', 'CHANNEL') ? this.identifierOrText() : undefined;
  }

  #profile(): ShowTarget {
    const types: string[] = [];
    while (this.isAny('ALL', 'BLOCK', 'CONTEXT', 'CPU', 'IPC', 'MEMORY', 'PAGE', 'SOURCE', 'SWAPS')) {
      let type = this.takeIdentifier().name;
      if (this.isAny('IO', 'SWITCHES', 'FAULTS')) type += ` ${this.takeIdentifier().name}`;
      types.push(type.toLowerCase());
      this.accept(',');
    }
    const query = this.acceptAll('FOR', 'QUERY') ? this.integer() : undefined;
    return { kind: 'profile', types, query, limit: this.#limit() };
  }

  /** TiDB's remaining forms: words until a filter begins. */
  #other(): ShowTarget {
    const from = this.start;
    this.expectOneOf(...OTHER_TARGETS);
    while (!this.atEnd && !this.isAny('LIKE', 'WHERE')) {
      const type = this.peekType(0);
      if (type === TOKEN.invalid || type === TOKEN.operator) throw this.unexpected();
      this.index++;
    }
    return { kind: 'other', text: this.text(from, this.end).toUpperCase() };
  }

  /* ------------------------------------------------------------------ DESCRIBE */

  /** DESCRIBE t, DESC t column, EXPLAIN t; the cursor on the table. */
  protected describeTable(start: number): DescribeTable {
    const table = this.tableName();
    const column = this.atEnd ? undefined : this.identifierOrText();
    return { kind: 'describe-table', table, column, start, end: this.end };
  }
}
