/** The layer of table definitions: columns, keys, constraints, options, partitions. */

import type { DataType, Expression, Identifier } from './ast.ts';
import type {
  ColumnDefinition,
  ColumnOption,
  ForeignKeyReference,
  IndexOptions,
  KeyPart,
  PartitionDefinition,
  Partitioning,
  PartitionMethod,
  PartitionValues,
  ReferenceAction,
  TableConstraint,
  TableOption,
} from './ast-ddl.ts';
import { DmlParser } from './dml-parser.ts';
import { TOKEN } from './tokens.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Table options whose value is one number, word or text, by their words; the tree joins them by underscores. */
const PLAIN_OPTIONS: readonly (readonly string[])[] = [
  ['MAX_ROWS'],
  ['MIN_ROWS'],
  ['AVG_ROW_LENGTH'],
  ['PASSWORD'],
  ['PACK_KEYS'],
  ['STATS_AUTO_RECALC'],
  ['STATS_PERSISTENT'],
  ['STATS_SAMPLE_PAGES'],
  ['STATS_BUCKETS'],
  ['STATS_TOPN'],
  ['STATS_COL_CHOICE'],
  ['STATS_COL_LIST'],
  ['STATS_SAMPLE_RATE'],
  ['CHECKSUM'],
  ['TABLE_CHECKSUM'],
  ['DELAY_KEY_WRITE'],
  ['ROW_FORMAT'],
  ['INSERT_METHOD'],
  ['DATA', 'DIRECTORY'],
  ['INDEX', 'DIRECTORY'],
  ['TABLESPACE'],
  ['STORAGE'],
  ['CONNECTION'],
  ['KEY_BLOCK_SIZE'],
  ['ENGINE_ATTRIBUTE'],
  ['SECONDARY_ENGINE_ATTRIBUTE'],
  ['SECONDARY_ENGINE'],
  ['AUTOEXTEND_SIZE'],
  ['COMPRESSION'],
  ['ENCRYPTION'],
  ['NODEGROUP'],
  ['SHARD_ROW_ID_BITS'],
  ['PRE_SPLIT_REGIONS'],
  ['AUTO_ID_CACHE'],
  ['AUTO_RANDOM_BASE'],
  ['PLACEMENT', 'POLICY'],
  ['TTL_ENABLE'],
  ['TTL_JOB_INTERVAL'],
];

export class DefinitionParser extends DmlParser {
  /* ------------------------------------------------------------------ columns */

  protected columnDefinition(): ColumnDefinition {
    const name = this.columnName();
    return this.columnDefinitionOf(name);
  }

  /** MySQL lets a definition say db.t.c or t.c; only the last part counts. */
  protected columnName(): Identifier {
    return this.columnReference().name;
  }

  protected columnDefinitionOf(name: Identifier): ColumnDefinition {
    const isSerial = this.is('SERIAL');
    const type: DataType = this.dataType();
    const options: ColumnOption[] = isSerial
      ? [{ kind: 'not-null' }, { kind: 'auto-increment' }, { kind: 'unique' }]
      : [];
    for (let option = this.#columnOption(); option !== undefined; option = this.#columnOption()) options.push(option);
    const last = options.findLast((option) => option.kind === 'collate');
    return { name, type: last === undefined ? type : { ...type, collation: last.collation }, options };
  }

  #columnOption(): ColumnOption | undefined {
    if (this.accept('NULL')) return { kind: 'null' };
    if (this.acceptAll('NOT', 'NULL')) return { kind: 'not-null' };
    switch (this.symbol) {
      case 'DEFAULT':
        this.index++;
        return this.defaultValue();
      case 'ON':
        this.expect('ON', 'UPDATE');
        return { kind: 'on-update-now', fractionDigits: this.#nowDigits() };
      case 'AUTO_INCREMENT':
        this.index++;
        return { kind: 'auto-increment' };
      case 'SERIAL':
        this.expect('SERIAL', 'DEFAULT', 'VALUE');
        return { kind: 'serial-default' };
      case 'PRIMARY':
        this.expect('PRIMARY', 'KEY');
        return { kind: 'primary-key', clustered: this.#clustered() };
      case 'KEY':
        this.index++;
        return { kind: 'primary-key', clustered: this.#clustered() };
      case 'UNIQUE':
        this.index++;
        this.accept('KEY');
        return { kind: 'unique' };
      case 'COMMENT':
        this.index++;
        return { kind: 'comment', text: this.joinedText() };
      case 'COLLATE':
        this.index++;
        return { kind: 'collate', collation: this.collationName() };
      case 'REFERENCES':
        return { kind: 'references', references: this.#references() };
      case 'CHECK':
      case 'CONSTRAINT':
        return this.#columnCheck();
      default:
        return this.#rareColumnOption();
    }
  }

  #rareColumnOption(): ColumnOption | undefined {
    switch (this.symbol) {
      case 'GENERATED':
      case 'AS':
        return this.#generated();
      case 'COLUMN_FORMAT': {
        this.index++;
        const word = this.expectOneOf('FIXED', 'DYNAMIC', 'DEFAULT');
        return {
          kind: 'column-format',
          format: ({ FIXED: 'fixed', DYNAMIC: 'dynamic', DEFAULT: 'default' } as const)[word],
        };
      }
      case 'STORAGE': {
        this.index++;
        const word = this.expectOneOf('DISK', 'MEMORY', 'DEFAULT');
        return { kind: 'storage', storage: ({ DISK: 'disk', MEMORY: 'memory', DEFAULT: 'default' } as const)[word] };
      }
      case 'ENGINE_ATTRIBUTE':
      case 'SECONDARY_ENGINE_ATTRIBUTE': {
        const secondary = this.symbol === 'SECONDARY_ENGINE_ATTRIBUTE';
        this.index++;
        this.accept('=');
        return { kind: 'engine-attribute', text: this.stringText(), secondary };
      }
      case 'VISIBLE':
        this.index++;
        return { kind: 'visible' };
      case 'INVISIBLE':
        this.index++;
        return { kind: 'invisible' };
      case 'SRID':
        this.index++;
        return { kind: 'srid', srid: this.integer() };
      case 'AUTO_RANDOM':
        return this.#autoRandom();
      default:
        return undefined;
    }
  }

  /** After DEFAULT: a signed literal, NOW, or an expression in parentheses. */
  protected defaultValue(): { readonly kind: 'default'; readonly value: Expression; readonly parenthesised: boolean } {
    if (this.accept('(')) {
      const value = this.expression();
      this.expect(')');
      return { kind: 'default', value, parenthesised: true };
    }
    const { start } = this;
    const minus = this.accept('-');
    if (!minus) this.accept('+');
    const literal = this.literal();
    if (literal !== undefined) {
      const { end } = this;
      const value: Expression = minus ? { kind: 'unary', operator: '-', operand: literal, start, end } : literal;
      return { kind: 'default', value, parenthesised: false };
    }
    return { kind: 'default', value: this.bitExpression(), parenthesised: false };
  }

  /** CURRENT_TIMESTAMP, NOW(), LOCALTIME … with optional digits. */
  #nowDigits(): number {
    const call = this.expression();
    if (call.kind !== 'call' || call.name !== 'now') throw this.unexpected();
    const [digits] = call.args;
    return digits?.kind === 'integer' ? Number(digits.value) : 0;
  }

  #clustered(): boolean | undefined {
    const word = this.acceptOneOf('CLUSTERED', 'NONCLUSTERED');
    return word === undefined ? undefined : word === 'CLUSTERED';
  }

  #columnCheck(): ColumnOption {
    const name = this.accept('CONSTRAINT') && !this.is('CHECK') ? this.identifier() : undefined;
    return { kind: 'check', name, ...this.#checkBody() };
  }

  #checkBody(): { readonly expression: Expression; readonly enforced: boolean } {
    this.expect('CHECK', '(');
    const expression = this.expression();
    this.expect(')');
    return { expression, enforced: this.enforcement() ?? true };
  }

  /** ENFORCED, NOT ENFORCED. */
  protected enforcement(): boolean | undefined {
    if (this.accept('ENFORCED')) return true;
    return this.acceptAll('NOT', 'ENFORCED') ? false : undefined;
  }

  #generated(): ColumnOption {
    if (this.accept('GENERATED')) this.expect('ALWAYS');
    this.expect('AS', '(');
    const expression = this.expression();
    this.expect(')');
    const stored = this.acceptOneOf('STORED', 'VIRTUAL') === 'STORED';
    return { kind: 'generated', expression, stored };
  }

  #autoRandom(): ColumnOption {
    this.expect('AUTO_RANDOM');
    let shardBits: number | undefined;
    let rangeBits: number | undefined;
    if (this.accept('(')) {
      shardBits = this.integer();
      if (this.accept(',')) rangeBits = this.integer();
      this.expect(')');
    }
    return { kind: 'auto-random', shardBits, rangeBits };
  }

  /* ------------------------------------------------------------------ keys and constraints */

  /** True where a key, constraint or check begins rather than a column. */
  protected get isConstraint(): boolean {
    return this.isAny('CONSTRAINT', 'PRIMARY', 'UNIQUE', 'INDEX', 'KEY', 'FULLTEXT', 'SPATIAL', 'FOREIGN', 'CHECK');
  }

  protected constraint(): TableConstraint {
    let symbol: Identifier | undefined;
    if (this.accept('CONSTRAINT') && !this.isAny('PRIMARY', 'UNIQUE', 'FOREIGN', 'CHECK')) symbol = this.identifier();
    switch (this.symbol) {
      case 'CHECK':
        return { kind: 'check', name: symbol, ...this.#checkBody() };
      case 'FOREIGN':
        return this.#foreignKey(symbol);
      case 'PRIMARY':
        this.expect('PRIMARY', 'KEY');
        return this.#index('primary', symbol);
      case 'UNIQUE':
        this.index++;
        this.acceptOneOf('INDEX', 'KEY');
        return this.#index('unique', symbol);
      case 'FULLTEXT':
      case 'SPATIAL': {
        const type = this.symbol === 'FULLTEXT' ? 'fulltext' : 'spatial';
        this.index++;
        this.acceptOneOf('INDEX', 'KEY');
        return this.#index(type, undefined);
      }
      default:
        this.expectOneOf('INDEX', 'KEY');
        return this.#index('index', undefined);
    }
  }

  #index(
    type: 'primary' | 'unique' | 'index' | 'fulltext' | 'spatial',
    symbol: Identifier | undefined,
  ): TableConstraint {
    const ifNotExists = this.ifNotExists();
    const isNamed = this.isIdentifier() && !(this.is('TYPE') && !this.peekIs(1, '('));
    const name = isNamed ? this.identifier() : undefined;
    const using = this.acceptOneOf('USING', 'TYPE') === undefined ? undefined : this.#indexMethod();
    const parts = this.keyParts();
    const options = this.indexOptions(using);
    return { kind: 'index', type, name: name ?? symbol, ifNotExists, parts, options };
  }

  #indexMethod(): 'btree' | 'hash' | 'rtree' {
    return ({ BTREE: 'btree', HASH: 'hash', RTREE: 'rtree' } as const)[this.expectOneOf('BTREE', 'HASH', 'RTREE')];
  }

  protected keyParts(): KeyPart[] {
    this.expect('(');
    const parts = this.commaList(() => this.#keyPart());
    this.expect(')');
    return parts;
  }

  #keyPart(): KeyPart {
    if (this.accept('(')) {
      const expression = this.expression();
      this.expect(')');
      return { kind: 'expression', expression, descending: this.acceptOneOf('ASC', 'DESC') === 'DESC' };
    }
    const name = this.identifier();
    const length = this.optionalLength();
    return { kind: 'column', name, length, descending: this.acceptOneOf('ASC', 'DESC') === 'DESC' };
  }

  protected indexOptions(using: IndexOptions['using']): IndexOptions {
    const options: Mutable<IndexOptions> = {
      using,
      keyBlockSize: undefined,
      comment: undefined,
      parser: undefined,
      visible: undefined,
      clustered: undefined,
      global: undefined,
      engineAttribute: undefined,
      secondaryEngineAttribute: undefined,
    };
    while (this.#indexOption(options));
    return options;
  }

  #indexOption(options: Mutable<IndexOptions>): boolean {
    const word = this.acceptOneOf(
      'USING',
      'TYPE',
      'KEY_BLOCK_SIZE',
      'COMMENT',
      'VISIBLE',
      'INVISIBLE',
      'CLUSTERED',
      'NONCLUSTERED',
      'GLOBAL',
      'LOCAL',
      'ENGINE_ATTRIBUTE',
      'SECONDARY_ENGINE_ATTRIBUTE',
      'WITH',
    );
    if (word === undefined) return false;
    if (word === 'USING' || word === 'TYPE') options.using = this.#indexMethod();
    else if (word === 'COMMENT') options.comment = this.joinedText();
    else if (word === 'VISIBLE' || word === 'INVISIBLE') options.visible = word === 'VISIBLE';
    else if (word === 'CLUSTERED' || word === 'NONCLUSTERED') options.clustered = word === 'CLUSTERED';
    else if (word === 'GLOBAL' || word === 'LOCAL') options.global = word === 'GLOBAL';
    else if (word === 'WITH') {
      this.expect('PARSER');
      options.parser = this.identifier().name;
    } else {
      this.accept('=');
      if (word === 'KEY_BLOCK_SIZE') options.keyBlockSize = this.integer();
      else if (word === 'ENGINE_ATTRIBUTE') options.engineAttribute = this.stringText();
      else options.secondaryEngineAttribute = this.stringText();
    }
    return true;
  }

  #foreignKey(symbol: Identifier | undefined): TableConstraint {
    this.expect('FOREIGN', 'KEY');
    this.ifNotExists();
    const indexName = this.is('(') ? undefined : this.identifier();
    const columns = this.identifiersInParentheses();
    const references = this.#references();
    return { kind: 'foreign-key', name: symbol ?? indexName, indexName, columns, references };
  }

  #references(): ForeignKeyReference {
    this.expect('REFERENCES');
    const table = this.tableName();
    const columns = this.optionalIdentifiersInParentheses();
    let match: ForeignKeyReference['match'];
    if (this.accept('MATCH')) {
      const word = this.expectOneOf('FULL', 'PARTIAL', 'SIMPLE');
      match = ({ FULL: 'full', PARTIAL: 'partial', SIMPLE: 'simple' } as const)[word];
    }
    let onDelete: ReferenceAction | undefined;
    let onUpdate: ReferenceAction | undefined;
    while (this.is('ON')) {
      this.index++;
      if (this.expectOneOf('DELETE', 'UPDATE') === 'DELETE') onDelete = this.#referenceAction();
      else onUpdate = this.#referenceAction();
    }
    return { table, columns, match, onDelete, onUpdate };
  }

  #referenceAction(): ReferenceAction {
    if (this.accept('RESTRICT')) return 'restrict';
    if (this.accept('CASCADE')) return 'cascade';
    if (this.acceptAll('NO', 'ACTION')) return 'no action';
    this.expect('SET');
    return this.expectOneOf('NULL', 'DEFAULT') === 'NULL' ? 'set null' : 'set default';
  }

  /* ------------------------------------------------------------------ table options */

  /** Options with blanks or commas between them, until something else comes. */
  protected tableOptions(): TableOption[] {
    const options: TableOption[] = [];
    for (;;) {
      const before = this.index;
      if (options.length > 0) this.accept(',');
      const option = this.tableOption();
      if (option === undefined) {
        this.index = before;
        return options;
      }
      options.push(option);
    }
  }

  protected tableOption(): TableOption | undefined {
    const before = this.index;
    const isDefault = this.accept('DEFAULT');
    if (this.acceptCharset()) {
      this.accept('=');
      return { kind: 'charset', charset: this.accept('DEFAULT') ? 'default' : this.charsetName() };
    }
    if (this.accept('COLLATE')) {
      this.accept('=');
      return { kind: 'collate', collation: this.collationName() };
    }
    if (isDefault) {
      this.index = before;
      return undefined;
    }
    switch (this.symbol) {
      case 'ENGINE':
      case 'TYPE':
        this.index++;
        this.accept('=');
        return { kind: 'engine', name: this.identifierOrText() };
      case 'COMMENT':
        this.index++;
        this.accept('=');
        return { kind: 'comment', text: this.joinedText() };
      case 'AUTO_INCREMENT':
        this.index++;
        this.accept('=');
        return { kind: 'auto-increment', value: this.wideInteger() };
      case 'UNION':
        return this.#unionOption();
      case 'TTL':
        this.index++;
        this.expect('=');
        return { kind: 'ttl', expression: this.bitExpression() };
      default:
        return this.#plainOption();
    }
  }

  #unionOption(): TableOption {
    this.expect('UNION');
    this.accept('=');
    this.expect('(');
    const tables = this.is(')') ? [] : this.tableNames();
    this.expect(')');
    return { kind: 'union', tables };
  }

  #plainOption(): TableOption | undefined {
    if (this.acceptAll('START', 'TRANSACTION')) return { kind: 'other', name: 'start_transaction', value: undefined };
    for (const words of PLAIN_OPTIONS) {
      if (!words.every((word, i) => this.tokens.symbols[this.index + i] === word)) continue;
      this.index += words.length;
      this.accept('=');
      return { kind: 'other', name: words.join('_').toLowerCase(), value: this.#optionValue() };
    }
    return undefined;
  }

  #optionValue(): string | number | bigint | undefined {
    const { type } = this;
    if (type === TOKEN.integer) return this.wideInteger();
    if (type === TOKEN.decimal || type === TOKEN.float) {
      const literal = this.literal();
      return literal?.kind === 'decimal' || literal?.kind === 'float' ? Number(literal.text) : undefined;
    }
    if (type === TOKEN.string) return this.joinedText();
    if (this.accept('DEFAULT')) return undefined;
    if (type === TOKEN.reserved && this.isAny('NULL', 'ALL')) return this.takeIdentifier().name.toLowerCase();
    return this.identifier().name.toLowerCase();
  }

  /* ------------------------------------------------------------------ partitions */

  protected partitioning(): Partitioning {
    this.expect('PARTITION', 'BY');
    const method = this.#partitionMethod();
    let count: number | undefined;
    let subpartition: Partitioning['subpartition'];
    if (this.accept('PARTITIONS')) count = this.integer();
    if (this.acceptAll('SUBPARTITION', 'BY')) {
      const inner = this.#partitionMethod();
      subpartition = { method: inner, count: this.accept('SUBPARTITIONS') ? this.integer() : undefined };
    }
    const definitions = this.is('(') ? this.partitionDefinitions() : [];
    return { method, count, subpartition, definitions };
  }

  #partitionMethod(): PartitionMethod {
    const linear = this.accept('LINEAR');
    if (this.accept('HASH')) return { kind: 'hash', linear, expression: this.#inParentheses() };
    if (this.accept('KEY')) {
      const algorithm = this.acceptAll('ALGORITHM', '=') ? this.integer() : undefined;
      this.expect('(');
      const columns = this.is(')') ? [] : this.identifierList();
      this.expect(')');
      return { kind: 'key', linear, algorithm, columns };
    }
    if (linear) throw this.unexpected();
    if (this.acceptOneOf('SYSTEM_TIME') !== undefined) return { kind: 'system-time' };
    const kind = this.expectOneOf('RANGE', 'LIST') === 'RANGE' ? 'range' : 'list';
    if (this.acceptOneOf('COLUMNS', 'FIELDS') === undefined) return { kind, expression: this.#inParentheses() };
    return { kind: `${kind}-columns`, columns: this.identifiersInParentheses() };
  }

  #inParentheses(): Expression {
    this.expect('(');
    const expression = this.expression();
    this.expect(')');
    return expression;
  }

  protected partitionDefinitions(): PartitionDefinition[] {
    this.expect('(');
    const definitions = this.commaList(() => this.#partitionDefinition());
    this.expect(')');
    return definitions;
  }

  #partitionDefinition(): PartitionDefinition {
    this.expect('PARTITION');
    const name = this.identifier();
    const values = this.#partitionValues();
    const options = this.#partitionOptions();
    const subpartitions = this.accept('(')
      ? this.commaList(() => {
          this.expect('SUBPARTITION');
          const inner = this.type === TOKEN.string ? { name: this.stringText(), quoted: true } : this.identifier();
          return { name: inner, options: this.#partitionOptions() };
        })
      : undefined;
    if (subpartitions !== undefined) this.expect(')');
    return { name, values, options, subpartitions: subpartitions ?? [] };
  }

  #partitionOptions(): TableOption[] {
    const options: TableOption[] = [];
    for (let option = this.tableOption(); option !== undefined; option = this.tableOption()) options.push(option);
    return options;
  }

  #partitionValues(): PartitionValues | undefined {
    if (this.accept('DEFAULT')) return { kind: 'in', values: ['default'] };
    if (!this.accept('VALUES')) return undefined;
    if (this.accept('IN')) {
      this.expect('(');
      const values = this.commaList(() => (this.accept('DEFAULT') ? 'default' : this.#listValue()));
      this.expect(')');
      return { kind: 'in', values };
    }
    this.expect('LESS', 'THAN');
    if (this.accept('MAXVALUE')) return { kind: 'less-than', values: ['maxvalue'] };
    this.expect('(');
    const values = this.commaList(() => (this.accept('MAXVALUE') ? 'maxvalue' : this.bitExpression()));
    this.expect(')');
    return { kind: 'less-than', values };
  }

  /** A value, or (a, b) for LIST COLUMNS. */
  #listValue(): Expression {
    return this.expression();
  }
}
