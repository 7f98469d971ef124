/** The layer of CREATE, ALTER, DROP, RENAME and TRUNCATE for databases, tables, indexes, views, programs and sequences. */

import { AlterTableParser } from './alter-table-parser.ts';
import type { TableName } from './ast.ts';
import type {
  AccountName,
  AlterProgram,
  ColumnDefinition,
  CreateIndex,
  CreateProgram,
  CreateTable,
  CreateTableLike,
  CreateView,
  DatabaseOptions,
  DropProgram,
  DropTable,
  IndexOptions,
  RenameTable,
  SequenceStatement,
  TableConstraint,
  TruncateTable,
} from './ast-ddl.ts';
import type { DefinitionStatement } from './statement.ts';

type ProgramType = CreateProgram['type'];
const PROGRAM_TYPES = { PROCEDURE: 'procedure', FUNCTION: 'function', TRIGGER: 'trigger', EVENT: 'event' } as const;

/** What may stand between CREATE and the kind of object. */
interface CreatePrefix {
  readonly orReplace: boolean;
  readonly algorithm: CreateView['algorithm'];
  readonly definer: AccountName | undefined;
  readonly security: CreateView['security'];
}

export abstract class DdlParser extends AlterTableParser {
  protected abstract accountName(): AccountName;

  /* ------------------------------------------------------------------ CREATE */

  /** CREATE of a schema object, or undefined with the cursor behind CREATE when it is something else. */
  protected createObject(start: number): DefinitionStatement | undefined {
    if (this.acceptOneOf('DATABASE', 'SCHEMA') !== undefined) {
      const ifNotExists = this.ifNotExists();
      const name = this.identifier();
      return { kind: 'create-database', ifNotExists, name, options: this.databaseOptions(), start, end: this.end };
    }
    if (this.is('TABLE') || (this.is('TEMPORARY') && this.peekIs(1, 'TABLE'))) return this.#createTable(start);
    if (this.is('GLOBAL') && this.peekIs(1, 'TEMPORARY')) {
      this.index++;
      return this.#createTable(start);
    }
    if (this.isAny('INDEX', 'UNIQUE', 'FULLTEXT', 'SPATIAL') && !this.#isSpatialReference)
      return this.#createIndex(start);
    if (this.is('SEQUENCE')) return this.#sequence(start, 'create');
    if (
      this.isAny('OR', 'ALGORITHM', 'DEFINER', 'SQL', 'VIEW', 'PROCEDURE', 'FUNCTION', 'TRIGGER', 'EVENT', 'AGGREGATE')
    ) {
      return this.#createWithPrefix(start);
    }
    return undefined;
  }

  /** CREATE SPATIAL REFERENCE SYSTEM. */
  get #isSpatialReference(): boolean {
    return this.is('SPATIAL') && this.peekIs(1, 'REFERENCE');
  }

  protected databaseOptions(): DatabaseOptions {
    const options: { -readonly [K in keyof DatabaseOptions]: DatabaseOptions[K] } = {
      charset: undefined,
      collation: undefined,
      encryption: undefined,
      readOnly: undefined,
      placementPolicy: undefined,
    };
    for (;;) {
      this.accept('DEFAULT');
      if (this.acceptCharset()) {
        this.accept('=');
        options.charset = this.charsetName();
      } else if (this.accept('COLLATE')) {
        this.accept('=');
        options.collation = this.collationName();
      } else if (this.accept('ENCRYPTION')) {
        this.accept('=');
        options.encryption = this.stringText().toLowerCase() === 'y';
      } else if (this.acceptAll('READ', 'ONLY')) {
        this.accept('=');
        options.readOnly = this.accept('DEFAULT') ? false : this.integer() !== 0;
      } else if (this.acceptAll('PLACEMENT', 'POLICY')) {
        this.accept('=');
        options.placementPolicy = this.accept('DEFAULT') ? 'default' : this.identifierOrText();
      } else return options;
    }
  }

  #createTable(start: number): CreateTable | CreateTableLike {
    const temporary = this.accept('TEMPORARY');
    this.expect('TABLE');
    const ifNotExists = this.ifNotExists();
    const table = this.tableName();
    const like = this.#like();
    if (like !== undefined) {
      return { kind: 'create-table-like', temporary, ifNotExists, table, like, start, end: this.end };
    }
    const { columns, constraints } = this.is('(') && !this.isQueryAt(this.index) ? this.#elements() : NO_ELEMENTS;
    const options = this.tableOptions();
    const partitioning = this.is('PARTITION') ? this.partitioning() : undefined;
    if (this.acceptAll('ON', 'COMMIT')) {
      this.expectOneOf('DELETE', 'PRESERVE');
      this.expect('ROWS');
    }
    const as = this.#tableSelect();
    if (columns.length === 0 && as === undefined) throw this.unexpected();
    return {
      kind: 'create-table',
      temporary,
      ifNotExists,
      table,
      columns,
      constraints,
      options,
      partitioning,
      as,
      start,
      end: this.end,
    };
  }

  /** LIKE t or ( LIKE t ). */
  #like(): TableName | undefined {
    if (this.accept('LIKE')) return this.tableName();
    if (!this.acceptAll('(', 'LIKE')) return undefined;
    const like = this.tableName();
    this.expect(')');
    return like;
  }

  #elements(): { readonly columns: readonly ColumnDefinition[]; readonly constraints: readonly TableConstraint[] } {
    const columns: ColumnDefinition[] = [];
    const constraints: TableConstraint[] = [];
    this.expect('(');
    do {
      if (this.isConstraint) constraints.push(this.constraint());
      else columns.push(this.columnDefinition());
    } while (this.accept(','));
    this.expect(')');
    return { columns, constraints };
  }

  #tableSelect(): CreateTable['as'] {
    const word = this.acceptOneOf('IGNORE', 'REPLACE');
    const duplicates = word === undefined ? undefined : word === 'IGNORE' ? 'ignore' : 'replace';
    const hasAs = this.accept('AS');
    const isQuery = this.isAny('SELECT', 'WITH', 'VALUES', 'TABLE', '(');
    if (!isQuery && !hasAs && word === undefined) return undefined;
    return { duplicates, query: this.query() };
  }

  #createIndex(start: number): CreateIndex {
    const types = { UNIQUE: 'unique', FULLTEXT: 'fulltext', SPATIAL: 'spatial' } as const;
    const word = this.acceptOneOf('UNIQUE', 'FULLTEXT', 'SPATIAL');
    this.expect('INDEX');
    const ifNotExists = this.ifNotExists();
    const name = this.identifier();
    const using = this.indexUsing();
    this.expect('ON');
    const table = this.tableName();
    const parts = this.keyParts();
    const options: IndexOptions = this.indexOptions(using);
    const { algorithm, lock } = this.algorithmAndLock();
    const type = word === undefined ? 'index' : types[word];
    return {
      kind: 'create-index',
      type,
      ifNotExists,
      name,
      table,
      parts,
      options,
      algorithm,
      lock,
      start,
      end: this.end,
    };
  }

  #createWithPrefix(start: number): DefinitionStatement {
    const prefix = this.createPrefix();
    if (this.accept('VIEW')) return this.createView(start, prefix.orReplace ? 'create or replace' : 'create', prefix);
    this.accept('AGGREGATE');
    const type: ProgramType = PROGRAM_TYPES[this.expectOneOf('PROCEDURE', 'FUNCTION', 'TRIGGER', 'EVENT')];
    const ifNotExists = this.ifNotExists();
    const name = this.tableName();
    const body = this.programBody();
    const { orReplace, definer } = prefix;
    return { kind: 'create-program', type, orReplace, definer, ifNotExists, name, body, start, end: this.end };
  }

  protected createPrefix(): CreatePrefix {
    const orReplace = this.acceptAll('OR', 'REPLACE');
    let algorithm: CreatePrefix['algorithm'];
    let definer: AccountName | undefined;
    let security: CreatePrefix['security'];
    for (;;) {
      if (this.accept('ALGORITHM')) {
        this.expect('=');
        const word = this.expectOneOf('UNDEFINED', 'MERGE', 'TEMPTABLE');
        algorithm = ({ UNDEFINED: 'undefined', MERGE: 'merge', TEMPTABLE: 'temptable' } as const)[word];
      } else if (this.accept('DEFINER')) {
        this.expect('=');
        definer = this.accountName();
      } else if (this.acceptAll('SQL', 'SECURITY')) {
        security = this.expectOneOf('DEFINER', 'INVOKER') === 'DEFINER' ? 'definer' : 'invoker';
      } else return { orReplace, algorithm, definer, security };
    }
  }

  protected createView(start: number, mode: CreateView['mode'], prefix: CreatePrefix): CreateView {
    const ifNotExists = this.ifNotExists();
    const view = this.tableName();
    const columns = this.optionalIdentifiersInParentheses();
    this.expect('AS');
    const query = this.query();
    let checkOption: CreateView['checkOption'];
    if (this.accept('WITH')) {
      checkOption = this.acceptOneOf('CASCADED', 'LOCAL') === 'LOCAL' ? 'local' : 'cascaded';
      this.expect('CHECK', 'OPTION');
    }
    const { algorithm, definer, security } = prefix;
    return {
      kind: 'create-view',
      mode,
      algorithm,
      definer,
      security,
      ifNotExists,
      view,
      columns,
      query,
      checkOption,
      start,
      end: this.end,
    };
  }

  /**
   * The rest of a stored program as text. A body with BEGIN holds semicolons, so it reaches to the end of the whole text;
   * any other ends with the statement.
   */
  protected programBody(): string {
    const from = this.start;
    if (this.atEnd) throw this.unexpected();
    const isCompound = this.tokens.symbols.includes('BEGIN', this.index);
    this.skipToEnd();
    if (!isCompound) return this.text(from, this.tokens.statementEnd).trim();
    this.tokens.statementEnd = this.source.length;
    this.tokens.nextStatement = this.source.length;
    return this.text(from, this.source.length).trim().replace(/;$/, '');
  }

  /* ------------------------------------------------------------------ ALTER */

  /** ALTER of a schema object, or undefined with the cursor behind ALTER. */
  protected alterObject(start: number): DefinitionStatement | undefined {
    switch (this.symbol) {
      case 'TABLE':
        return this.alterTable(start);
      case 'DATABASE':
      case 'SCHEMA': {
        this.index++;
        const isNamed = this.isIdentifier() && !this.isAny('CHARSET', 'ENCRYPTION', 'PLACEMENT');
        const name = isNamed ? this.identifier() : undefined;
        return { kind: 'alter-database', name, options: this.databaseOptions(), start, end: this.end };
      }
      case 'SEQUENCE':
        return this.#sequence(start, 'alter');
      case 'PROCEDURE':
      case 'FUNCTION':
        return this.#alterProgram(start);
      case 'ALGORITHM':
      case 'DEFINER':
      case 'SQL':
      case 'VIEW':
      case 'EVENT': {
        const prefix = this.createPrefix();
        if (this.is('EVENT')) return this.#alterProgram(start);
        this.expect('VIEW');
        return this.createView(start, 'alter', prefix);
      }
      default:
        return undefined;
    }
  }

  #alterProgram(start: number): AlterProgram {
    const type = PROGRAM_TYPES[this.expectOneOf('PROCEDURE', 'FUNCTION', 'EVENT')];
    const name = this.tableName();
    const body = this.programBody();
    return { kind: 'alter-program', type, name, body, start, end: this.end };
  }

  /* ------------------------------------------------------------------ DROP, RENAME, TRUNCATE */

  /** DROP of a schema object, or undefined with the cursor behind DROP. */
  protected dropObject(start: number): DefinitionStatement | undefined {
    switch (this.symbol) {
      case 'DATABASE':
      case 'SCHEMA': {
        this.index++;
        const ifExists = this.ifExists();
        return { kind: 'drop-database', ifExists, name: this.identifier(), start, end: this.end };
      }
      case 'TEMPORARY':
      case 'TABLE':
      case 'TABLES':
        return this.#dropTable(start);
      case 'VIEW': {
        this.index++;
        const ifExists = this.ifExists();
        const views = this.tableNames();
        this.acceptOneOf('RESTRICT', 'CASCADE');
        return { kind: 'drop-view', ifExists, views, start, end: this.end };
      }
      case 'INDEX': {
        this.index++;
        const ifExists = this.ifExists();
        const name = this.indexName();
        this.expect('ON');
        const table = this.tableName();
        return { kind: 'drop-index', ifExists, name, table, ...this.algorithmAndLock(), start, end: this.end };
      }
      case 'PROCEDURE':
      case 'FUNCTION':
      case 'TRIGGER':
      case 'EVENT':
        return this.#dropProgram(start);
      case 'SEQUENCE':
        return this.#sequence(start, 'drop');
      default:
        return undefined;
    }
  }

  #dropTable(start: number): DropTable {
    const temporary = this.accept('TEMPORARY');
    this.expectOneOf('TABLE', 'TABLES');
    const ifExists = this.ifExists();
    const tables = this.tableNames();
    this.acceptOneOf('RESTRICT', 'CASCADE');
    return { kind: 'drop-table', temporary, ifExists, tables, start, end: this.end };
  }

  #dropProgram(start: number): DropProgram {
    const type = PROGRAM_TYPES[this.expectOneOf('PROCEDURE', 'FUNCTION', 'TRIGGER', 'EVENT')];
    const ifExists = this.ifExists();
    return { kind: 'drop-program', type, ifExists, name: this.tableName(), start, end: this.end };
  }

  /** RENAME TABLE, the cursor behind RENAME. */
  protected renameTable(start: number): RenameTable {
    this.expectOneOf('TABLE', 'TABLES');
    const renames = this.commaList(() => {
      const from = this.tableName();
      this.expect('TO');
      return { from, to: this.tableName() };
    });
    return { kind: 'rename-table', renames, start, end: this.end };
  }

  protected truncate(): TruncateTable {
    const { start } = this;
    this.expect('TRUNCATE');
    this.accept('TABLE');
    return { kind: 'truncate-table', table: this.tableName(), start, end: this.end };
  }

  /* ------------------------------------------------------------------ sequences */

  #sequence(start: number, action: SequenceStatement['action']): SequenceStatement {
    this.expect('SEQUENCE');
    const ifNotExists = this.ifNotExists();
    const ifExists = this.ifExists();
    const names = this.tableNames();
    const options: { name: string; value: number | bigint | undefined }[] = [];
    for (let option = this.#sequenceOption(); option !== undefined; option = this.#sequenceOption())
      options.push(option);
    if (this.accept('COMMENT')) {
      this.accept('=');
      this.joinedText();
    }
    return { kind: 'sequence', action, ifNotExists, ifExists, names, options, start, end: this.end };
  }

  #sequenceOption(): { readonly name: string; readonly value: number | bigint | undefined } | undefined {
    if (this.accept('NO')) {
      const word = this.expectOneOf('MINVALUE', 'MAXVALUE', 'CACHE', 'CYCLE');
      return { name: `no${word.toLowerCase()}`, value: undefined };
    }
    const bare = this.acceptOneOf('NOMINVALUE', 'NOMAXVALUE', 'NOCACHE', 'NOCYCLE', 'CYCLE');
    if (bare !== undefined) return { name: bare.toLowerCase(), value: undefined };
    const word = this.acceptOneOf('START', 'RESTART', 'INCREMENT', 'MINVALUE', 'MAXVALUE', 'CACHE');
    if (word === undefined) return undefined;
    if (word === 'INCREMENT') this.accept('BY');
    else if (word === 'START' || word === 'RESTART') this.accept('WITH');
    this.accept('=');
    const value = this.isAny('-', '+') || this.#isInteger ? this.wideInteger() : undefined;
    return { name: word.toLowerCase(), value };
  }

  get #isInteger(): boolean {
    return /^\d/.test(this.source.slice(this.start, this.start + 1));
  }
}

const NO_ELEMENTS: { readonly columns: readonly ColumnDefinition[]; readonly constraints: readonly TableConstraint[] } =
  {
    columns: [],
    constraints: [],
  };
