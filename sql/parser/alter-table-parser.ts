/** The layer of ALTER TABLE. */

import type { Identifier } from './ast.ts';
import type { AlterTable, AlterTableAction, ColumnPosition, IndexOptions, PartitionNames } from './ast-ddl.ts';
import { DefinitionParser } from './definition-parser.ts';

const ALGORITHMS = { DEFAULT: 'default', INSTANT: 'instant', INPLACE: 'inplace', COPY: 'copy' } as const;
const LOCKS = { DEFAULT: 'default', NONE: 'none', SHARED: 'shared', EXCLUSIVE: 'exclusive' } as const;

export class AlterTableParser extends DefinitionParser {
  #algorithm: AlterTable['algorithm'];
  #lock: AlterTable['lock'];

  protected alterTable(start: number): AlterTable {
    this.expect('TABLE');
    const table = this.tableName();
    this.#algorithm = undefined;
    this.#lock = undefined;
    const actions: AlterTableAction[] = [];
    if (!this.atEnd) {
      do this.#element(actions);
      while (this.accept(','));
      if (this.is('PARTITION')) actions.push({ kind: 'partition-by', partitioning: this.partitioning() });
      else if (this.acceptAll('REMOVE', 'PARTITIONING')) actions.push({ kind: 'remove-partitioning' });
    }
    return { kind: 'alter-table', table, actions, algorithm: this.#algorithm, lock: this.#lock, start, end: this.end };
  }

  #element(actions: AlterTableAction[]): void {
    if (this.#modifier()) return;
    switch (this.symbol) {
      case 'ADD':
        this.index++;
        this.#add(actions);
        return;
      case 'DROP':
        this.index++;
        actions.push(this.#drop());
        return;
      case 'PARTITION':
        actions.push({ kind: 'partition-by', partitioning: this.partitioning() });
        return;
      default: {
        const options = this.tableOptions();
        actions.push(options.length > 0 ? { kind: 'options', options } : this.#change());
      }
    }
  }

  /** ALGORITHM=, LOCK=. */
  #modifier(): boolean {
    const { algorithm, lock } = this.algorithmAndLock();
    if (algorithm !== undefined) this.#algorithm = algorithm;
    if (lock !== undefined) this.#lock = lock;
    return algorithm !== undefined || lock !== undefined;
  }

  protected algorithmAndLock(): { readonly algorithm: AlterTable['algorithm']; readonly lock: AlterTable['lock'] } {
    let algorithm: AlterTable['algorithm'];
    let lock: AlterTable['lock'];
    for (;;) {
      if (this.accept('ALGORITHM')) {
        this.accept('=');
        algorithm = this.#choice(ALGORITHMS);
      } else if (this.is('LOCK')) {
        this.index++;
        this.accept('=');
        lock = this.#choice(LOCKS);
      } else return { algorithm, lock };
    }
  }

  /** A word that need not be a keyword, out of a table of choices. */
  #choice<T extends string>(choices: { readonly [word: string]: T }): T {
    const word = this.source.slice(this.start, this.tokens.ends[this.index]!).toUpperCase();
    const choice = choices[word];
    if (choice === undefined) throw this.unexpected();
    this.index++;
    return choice;
  }

  /* ------------------------------------------------------------------ ADD and DROP */

  #add(actions: AlterTableAction[]): void {
    if (this.is('PARTITION')) {
      actions.push(this.#addPartition());
      return;
    }
    if (this.isConstraint) {
      actions.push({ kind: 'add-constraint', constraint: this.constraint() });
      return;
    }
    if (this.is('STATS_EXTENDED')) {
      actions.push(this.#asWritten());
      return;
    }
    this.accept('COLUMN');
    const ifNotExists = this.ifNotExists();
    if (!this.accept('(')) {
      const column = this.columnDefinition();
      actions.push({ kind: 'add-column', ifNotExists, column, position: this.#position() });
      return;
    }
    do {
      if (this.isConstraint) actions.push({ kind: 'add-constraint', constraint: this.constraint() });
      else actions.push({ kind: 'add-column', ifNotExists, column: this.columnDefinition(), position: undefined });
    } while (this.accept(','));
    this.expect(')');
  }

  #addPartition(): AlterTableAction {
    this.expect('PARTITION');
    const ifNotExists = this.ifNotExists();
    this.accept('NO_WRITE_TO_BINLOG');
    if (this.accept('PARTITIONS')) {
      return { kind: 'add-partition', ifNotExists, definitions: [], count: this.integer() };
    }
    return { kind: 'add-partition', ifNotExists, definitions: this.partitionDefinitions(), count: undefined };
  }

  #position(): ColumnPosition {
    if (this.accept('FIRST')) return { kind: 'first' };
    return this.accept('AFTER') ? { kind: 'after', column: this.identifier() } : undefined;
  }

  #drop(): AlterTableAction {
    switch (this.symbol) {
      case 'PRIMARY':
        this.expect('PRIMARY', 'KEY');
        return { kind: 'drop-primary-key' };
      case 'FOREIGN': {
        this.expect('FOREIGN', 'KEY');
        const ifExists = this.ifExists();
        return { kind: 'drop-foreign-key', ifExists, name: this.identifier() };
      }
      case 'INDEX':
      case 'KEY': {
        this.index++;
        const ifExists = this.ifExists();
        return { kind: 'drop-index', ifExists, name: this.indexName() };
      }
      case 'CHECK':
      case 'CONSTRAINT': {
        const check = this.symbol === 'CHECK';
        this.index++;
        return { kind: 'drop-constraint', check, name: this.indexName() };
      }
      case 'PARTITION': {
        this.index++;
        const ifExists = this.ifExists();
        return { kind: 'drop-partition', ifExists, partitions: this.identifierList() };
      }
      case 'STATS_EXTENDED':
        return this.#asWritten();
      default: {
        this.accept('COLUMN');
        const ifExists = this.ifExists();
        const name = this.identifier();
        this.acceptOneOf('RESTRICT', 'CASCADE');
        return { kind: 'drop-column', ifExists, name };
      }
    }
  }

  /* ------------------------------------------------------------------ everything else */

  #change(): AlterTableAction {
    switch (this.symbol) {
      case 'MODIFY': {
        this.index++;
        this.accept('COLUMN');
        const ifExists = this.ifExists();
        const column = this.columnDefinition();
        return { kind: 'modify-column', ifExists, column, position: this.#position() };
      }
      case 'CHANGE': {
        this.index++;
        this.accept('COLUMN');
        const ifExists = this.ifExists();
        const from = this.columnName();
        const column = this.columnDefinition();
        return { kind: 'change-column', ifExists, from, column, position: this.#position() };
      }
      case 'RENAME':
        this.index++;
        return this.#rename();
      case 'ALTER':
        this.index++;
        return this.#alter();
      case 'CONVERT': {
        this.expect('CONVERT', 'TO');
        if (!this.acceptCharset()) throw this.unexpected();
        const charset = this.accept('DEFAULT') ? undefined : this.charsetName();
        const collation = this.accept('COLLATE') ? this.collationName() : undefined;
        return { kind: 'convert-charset', charset, collation };
      }
      case 'ORDER':
        this.expect('ORDER', 'BY');
        return { kind: 'order-by', items: this.orderItems() };
      case 'SET':
        return this.#tiflashReplica();
      default:
        return this.#simple() ?? this.#partitionAction();
    }
  }

  #rename(): AlterTableAction {
    if (this.accept('COLUMN')) {
      const from = this.identifier();
      this.expect('TO');
      return { kind: 'rename-column', from, to: this.identifier() };
    }
    if (this.acceptOneOf('INDEX', 'KEY') !== undefined) {
      const from = this.indexName();
      this.expect('TO');
      return { kind: 'rename-index', from, to: this.indexName() };
    }
    if (this.acceptOneOf('TO', 'AS') === undefined) this.accept('=');
    return { kind: 'rename-table', to: this.tableName() };
  }

  #alter(): AlterTableAction {
    if (this.accept('INDEX')) {
      const index = this.indexName();
      return { kind: 'set-index-visibility', index, visible: this.#visibility() };
    }
    const word = this.acceptOneOf('CHECK', 'CONSTRAINT');
    if (word !== undefined) {
      const name = this.identifier();
      const enforced = this.enforcement();
      if (enforced === undefined) throw this.unexpected();
      return { kind: 'set-constraint-enforcement', check: word === 'CHECK', name, enforced };
    }
    this.accept('COLUMN');
    const column = this.identifier();
    if (this.acceptAll('DROP', 'DEFAULT')) return { kind: 'drop-default', column };
    this.expect('SET');
    if (!this.accept('DEFAULT')) return { kind: 'set-column-visibility', column, visible: this.#visibility() };
    const { value, parenthesised } = this.defaultValue();
    return { kind: 'set-default', column, value, parenthesised };
  }

  #visibility(): boolean {
    return this.expectOneOf('VISIBLE', 'INVISIBLE') === 'VISIBLE';
  }

  /** SET TIFLASH REPLICA n [LOCATION LABELS 'a', 'b']. */
  #tiflashReplica(): AlterTableAction {
    this.expect('SET', 'TIFLASH', 'REPLICA');
    const count = this.integer();
    const labels = this.acceptAll('LOCATION', 'LABELS') ? this.commaList(() => this.stringText()) : [];
    return { kind: 'set-tiflash-replica', count, labels };
  }

  #simple(): AlterTableAction | undefined {
    if (this.acceptAll('ENABLE', 'KEYS')) return { kind: 'enable-keys' };
    if (this.acceptAll('DISABLE', 'KEYS')) return { kind: 'disable-keys' };
    if (this.acceptAll('WITH', 'VALIDATION')) return { kind: 'validation', enabled: true };
    if (this.acceptAll('WITHOUT', 'VALIDATION')) return { kind: 'validation', enabled: false };
    if (this.acceptAll('REMOVE', 'PARTITIONING')) return { kind: 'remove-partitioning' };
    if (this.acceptAll('REMOVE', 'TTL')) return { kind: 'remove-ttl' };
    switch (this.symbol) {
      case 'FORCE':
        this.index++;
        return { kind: 'force' };
      case 'SECONDARY_LOAD':
        this.index++;
        return { kind: 'secondary-load' };
      case 'SECONDARY_UNLOAD':
        this.index++;
        return { kind: 'secondary-unload' };
      case 'DISCARD':
      case 'IMPORT': {
        const kind = this.symbol === 'DISCARD' ? 'discard-tablespace' : 'import-tablespace';
        this.index++;
        const partitions = this.accept('PARTITION') ? this.#partitionNames() : undefined;
        this.expect('TABLESPACE');
        return { kind, partitions };
      }
      case 'CACHE':
      case 'NOCACHE':
        return this.#asWritten();
      default:
        return undefined;
    }
  }

  #asWritten(): AlterTableAction {
    const { start } = this;
    this.skipToEnd();
    return { kind: 'other', text: this.text(start, this.end) };
  }

  /* ------------------------------------------------------------------ partitions */

  #partitionAction(): AlterTableAction {
    const word = this.expectOneOf(
      'TRUNCATE',
      'COALESCE',
      'REORGANIZE',
      'EXCHANGE',
      'ANALYZE',
      'CHECK',
      'OPTIMIZE',
      'REBUILD',
      'REPAIR',
    );
    this.expect('PARTITION');
    this.acceptOneOf('NO_WRITE_TO_BINLOG', 'LOCAL');
    switch (word) {
      case 'TRUNCATE':
        return { kind: 'truncate-partition', partitions: this.#partitionNames() };
      case 'COALESCE':
        return { kind: 'coalesce-partition', count: this.integer() };
      case 'REORGANIZE':
        return this.#reorganize();
      case 'EXCHANGE':
        return this.#exchange();
      default: {
        const operations = {
          ANALYZE: 'analyze',
          CHECK: 'check',
          OPTIMIZE: 'optimize',
          REBUILD: 'rebuild',
          REPAIR: 'repair',
        } as const;
        const partitions = this.#partitionNames();
        while (this.acceptOneOf('QUICK', 'FAST', 'MEDIUM', 'EXTENDED', 'CHANGED', 'USE_FRM') !== undefined);
        return { kind: 'maintain-partition', operation: operations[word], partitions };
      }
    }
  }

  #partitionNames(): PartitionNames {
    return this.accept('ALL') ? 'all' : this.identifierList();
  }

  #reorganize(): AlterTableAction {
    const partitions: Identifier[] = this.is('INTO') || this.atEnd ? [] : this.identifierList();
    const into = this.accept('INTO') ? this.partitionDefinitions() : [];
    return { kind: 'reorganize-partition', partitions, into };
  }

  #exchange(): AlterTableAction {
    const partition = this.identifier();
    this.expect('WITH', 'TABLE');
    const table = this.tableName();
    const word = this.acceptOneOf('WITH', 'WITHOUT');
    if (word !== undefined) this.expect('VALIDATION');
    return { kind: 'exchange-partition', partition, table, validation: word !== 'WITHOUT' };
  }

  /** USING BTREE before the key parts. */
  protected indexUsing(): IndexOptions['using'] {
    if (this.acceptOneOf('USING', 'TYPE') === undefined) return undefined;
    return ({ BTREE: 'btree', HASH: 'hash', RTREE: 'rtree' } as const)[this.expectOneOf('BTREE', 'HASH', 'RTREE')];
  }
}
