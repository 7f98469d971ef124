/** The layer of transactions, locks and SET. */

import type { Expression, UserVariable } from './ast.ts';
import type {
  EndTransaction,
  LockTables,
  SetAssignment,
  SetStatement,
  SetTransaction,
  StartTransaction,
  XaStatement,
} from './ast-utility.ts';
import { ShowParser } from './show-parser.ts';
import type { UtilityStatement } from './statement.ts';
import { TOKEN } from './tokens.ts';

export class TransactionParser extends ShowParser {
  /* ------------------------------------------------------------------ transactions */

  protected begin(): StartTransaction {
    const { start } = this;
    this.expect('BEGIN');
    this.accept('WORK');
    const word = this.acceptOneOf('PESSIMISTIC', 'OPTIMISTIC');
    const mode = word === undefined ? undefined : word === 'PESSIMISTIC' ? 'pessimistic' : 'optimistic';
    return {
      kind: 'start-transaction',
      consistentSnapshot: false,
      access: undefined,
      mode,
      asOf: undefined,
      start,
      end: this.end,
    };
  }

  /** START TRANSACTION, the cursor behind TRANSACTION. */
  protected startTransaction(start: number): StartTransaction {
    let consistentSnapshot = false;
    let access: StartTransaction['access'];
    let asOf: Expression | undefined;
    do {
      if (this.acceptAll('WITH', 'CONSISTENT', 'SNAPSHOT')) consistentSnapshot = true;
      else if (this.is('READ')) access = this.#access();
      else break;
      if (this.acceptAll('AS', 'OF', 'TIMESTAMP')) asOf = this.expression();
    } while (this.accept(','));
    return { kind: 'start-transaction', consistentSnapshot, access, mode: undefined, asOf, start, end: this.end };
  }

  /** READ ONLY, READ WRITE. */
  #access(): 'read only' | 'read write' {
    this.expect('READ');
    return this.expectOneOf('ONLY', 'WRITE') === 'ONLY' ? 'read only' : 'read write';
  }

  /** COMMIT and ROLLBACK [WORK] [AND [NO] CHAIN] [[NO] RELEASE], ROLLBACK TO. */
  protected endTransaction(): UtilityStatement {
    const { start } = this;
    const kind = this.expectOneOf('COMMIT', 'ROLLBACK') === 'COMMIT' ? 'commit' : 'rollback';
    this.accept('WORK');
    if (kind === 'rollback' && this.accept('TO')) {
      this.accept('SAVEPOINT');
      return { kind: 'rollback-to-savepoint', name: this.identifier(), start, end: this.end };
    }
    let chain: EndTransaction['chain'];
    let release: EndTransaction['release'];
    if (this.accept('AND')) {
      chain = !this.accept('NO');
      this.expect('CHAIN');
    }
    if (this.acceptAll('NO', 'RELEASE')) release = false;
    else if (chain !== true && this.accept('RELEASE')) release = true;
    return { kind, chain, release, start, end: this.end };
  }

  protected savepoint(): UtilityStatement {
    const { start } = this;
    if (this.accept('SAVEPOINT')) return { kind: 'savepoint', name: this.identifier(), start, end: this.end };
    this.expect('RELEASE', 'SAVEPOINT');
    return { kind: 'release-savepoint', name: this.identifier(), start, end: this.end };
  }

  /** LOCK TABLES, LOCK INSTANCE FOR BACKUP. */
  protected lock(): UtilityStatement {
    const { start } = this;
    this.expect('LOCK');
    if (this.acceptAll('INSTANCE', 'FOR', 'BACKUP')) return { kind: 'lock-instance', start, end: this.end };
    this.expectOneOf('TABLES', 'TABLE');
    const tables: LockTables['tables'] = this.commaList(() => this.#tableLock());
    return { kind: 'lock-tables', tables, start, end: this.end };
  }

  #tableLock(): LockTables['tables'][number] {
    const table = this.tableName();
    const hasAs = this.accept('AS');
    const isAlias = hasAs || (this.isIdentifier() && !this.is('LOCAL'));
    const alias = isAlias ? this.identifier() : undefined;
    if (this.accept('READ')) return { table, alias, mode: this.accept('LOCAL') ? 'read local' : 'read' };
    this.accept('LOW_PRIORITY');
    this.expect('WRITE');
    return { table, alias, mode: 'write' };
  }

  protected unlock(): UtilityStatement {
    const { start } = this;
    this.expect('UNLOCK');
    const word = this.expectOneOf('TABLES', 'TABLE', 'INSTANCE');
    return { kind: word === 'INSTANCE' ? 'unlock-instance' : 'unlock-tables', start, end: this.end };
  }

  protected xa(): XaStatement {
    const { start } = this;
    this.expect('XA');
    const word = this.expectOneOf('START', 'BEGIN', 'END', 'PREPARE', 'COMMIT', 'ROLLBACK', 'RECOVER');
    const actions = {
      START: 'start',
      BEGIN: 'start',
      END: 'end',
      PREPARE: 'prepare',
      COMMIT: 'commit',
      ROLLBACK: 'rollback',
      RECOVER: 'recover',
    } as const;
    const xid = word === 'RECOVER' ? undefined : this.#xid();
    return { kind: 'xa', action: actions[word], xid, option: this.#xaOption(), start, end: this.end };
  }

  #xaOption(): XaStatement['option'] {
    if (this.acceptAll('ONE', 'PHASE')) return 'one phase';
    if (this.acceptAll('CONVERT', 'XID')) return 'convert xid';
    if (this.accept('SUSPEND')) return this.acceptAll('FOR', 'MIGRATE') ? 'suspend for migrate' : 'suspend';
    const word = this.acceptOneOf('JOIN', 'RESUME');
    return word === undefined ? undefined : word === 'JOIN' ? 'join' : 'resume';
  }

  #xid(): NonNullable<XaStatement['xid']> {
    const gtrid = this.#xidPart();
    const bqual = this.accept(',') ? this.#xidPart() : '';
    const formatId = this.accept(',') ? this.#formatId() : 1;
    return { gtrid, bqual, formatId };
  }

  #xidPart(): string {
    const literal = this.literal();
    if (literal?.kind === 'string') return Buffer.from(literal.bytes ?? Buffer.from(literal.value)).toString('latin1');
    if (literal?.kind === 'bytes') return Buffer.from(literal.bytes).toString('latin1');
    throw this.unexpected();
  }

  #formatId(): number {
    if (this.type === TOKEN.integer) return this.integer();
    const literal = this.literal();
    if (literal?.kind !== 'bytes') throw this.unexpected();
    return literal.bytes.reduce((value, byte) => value * 256 + byte, 0);
  }

  /* ------------------------------------------------------------------ SET */

  protected set(): UtilityStatement {
    const { start } = this;
    this.expect('SET');
    if (this.is('PASSWORD') && (this.peekIs(1, 'FOR') || this.peekIs(1, '=') || this.peekIs(1, 'TO'))) {
      this.index++;
      return this.setPassword(start);
    }
    if (this.is('ROLE') && !this.peekIs(1, '=') && !this.peekIs(1, ':=')) {
      this.index++;
      return this.setRole(start);
    }
    if (this.acceptAll('DEFAULT', 'ROLE')) return this.setDefaultRole(start);
    if (this.acceptAll('RESOURCE', 'GROUP')) return this.#resourceGroup(start);
    return this.#setTransaction(start) ?? this.#setVariables(start);
  }

  #resourceGroup(start: number): UtilityStatement {
    const name = this.identifier();
    if (this.accept('FOR')) this.commaList(() => this.integer());
    return { kind: 'set-resource-group', name, start, end: this.end };
  }

  #setTransaction(start: number): SetTransaction | undefined {
    const scoped = this.isAny('GLOBAL', 'SESSION', 'LOCAL') && this.peekIs(1, 'TRANSACTION');
    if (!scoped && !(this.is('TRANSACTION') && !this.peekIs(1, '='))) return undefined;
    const word = this.acceptOneOf('GLOBAL', 'SESSION', 'LOCAL');
    this.expect('TRANSACTION');
    let isolation: SetTransaction['isolation'];
    let access: SetTransaction['access'];
    let asOf: Expression | undefined;
    do {
      if (this.acceptAll('ISOLATION', 'LEVEL')) isolation = this.#isolationLevel();
      else access = this.#access();
      if (this.acceptAll('AS', 'OF', 'TIMESTAMP')) asOf = this.expression();
    } while (this.accept(','));
    const scope = word === undefined ? undefined : word === 'GLOBAL' ? 'global' : 'session';
    return { kind: 'set-transaction', scope, isolation, access, asOf, start, end: this.end };
  }

  #isolationLevel(): NonNullable<SetTransaction['isolation']> {
    if (this.acceptAll('REPEATABLE', 'READ')) return 'repeatable read';
    if (this.accept('SERIALIZABLE')) return 'serializable';
    this.expect('READ');
    return this.expectOneOf('COMMITTED', 'UNCOMMITTED') === 'COMMITTED' ? 'read committed' : 'read uncommitted';
  }

  #setVariables(start: number): SetStatement {
    const assignments = this.commaList(() => this.#assignment());
    return { kind: 'set', assignments, start, end: this.end };
  }

  #assignment(): SetAssignment {
    if (this.is('NAMES') && !this.peekIs(1, '=') && !this.peekIs(1, ':=')) return this.#names();
    if (this.acceptCharset()) {
      this.accept('=');
      return { kind: 'charset', charset: this.#charsetOrDefault() };
    }
    if (this.type === TOKEN.userVariable) {
      const variable: UserVariable = this.userVariable();
      this.#equals();
      return { kind: 'user-variable', name: variable.name, value: this.expression() };
    }
    if (this.is('@@')) {
      const { scope, name } = this.systemVariable();
      this.#equals();
      return { kind: 'system-variable', scope, name, value: this.#value() };
    }
    const scope = this.variableScope(undefined);
    if (scope === undefined && this.peekIs(1, '.') && /^(new|old)$/i.test(this.#wordText())) {
      const row = this.identifier();
      this.expect('.');
      const column = this.identifier();
      this.#equals();
      return { kind: 'row-variable', row, column, value: this.expression() };
    }
    const name = this.systemVariableName();
    this.#equals();
    return { kind: 'system-variable', scope, name, value: this.#value() };
  }

  #wordText(): string {
    return this.source.slice(this.start, this.tokens.ends[this.index]!);
  }

  #equals(): void {
    if (!this.accept(':=')) this.expect('=');
  }

  #names(): SetAssignment {
    this.expect('NAMES');
    const charset = this.#charsetOrDefault();
    const collation = this.accept('COLLATE') && !this.accept('DEFAULT') ? this.collationName() : undefined;
    return { kind: 'names', charset, collation };
  }

  #charsetOrDefault(): string | undefined {
    return this.accept('DEFAULT') ? undefined : this.charsetName();
  }

  /** DEFAULT, the words ON, ALL, BINARY, ROW, SYSTEM, or an expression; a bare name is its own text. */
  #value(): Expression | 'default' {
    if (this.is('DEFAULT') && !this.peekIs(1, '(')) {
      this.index++;
      return 'default';
    }
    const { start } = this;
    if (this.isAny('ON', 'ALL', 'BINARY', 'ROW', 'SYSTEM') && this.#endsValue(this.index + 1))
      return this.#wordValue(start);
    const isBareWord = this.type === TOKEN.word && this.#endsValue(this.index + 1);
    return isBareWord ? this.#wordValue(start) : this.expression();
  }

  #endsValue(index: number): boolean {
    return this.tokens.symbols[index] === ',' || this.tokens.types[index] === TOKEN.end;
  }

  #wordValue(start: number): Expression {
    const value = this.takeIdentifier().name;
    const { end } = this;
    return { kind: 'string', value, national: false, charset: undefined, bytes: undefined, slot: -1, start, end };
  }
}
