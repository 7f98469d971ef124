/** The top layer: picks the grammar by the statement's first words. */

import type { Expression, UserVariable } from './ast.ts';
import type { GetDiagnostics, HandlerStatement, PrepareStatement, SignalStatement } from './ast-utility.ts';
import type { Keyword } from './keywords.ts';
import { MaintenanceParser } from './maintenance-parser.ts';
import type { BatchStatement, ExplainStatement, Statement } from './statement.ts';
import { TOKEN } from './tokens.ts';

/** Beginnings of statements that are recognised but have no tree of their own; what follows is kept as text. */
const OTHER_COMMANDS: readonly (readonly Keyword[])[] = [
  ['INSTALL', 'PLUGIN'],
  ['INSTALL', 'COMPONENT'],
  ['UNINSTALL', 'PLUGIN'],
  ['UNINSTALL', 'COMPONENT'],
  ['CLONE', 'INSTANCE'],
  ['CLONE', 'LOCAL'],
  ['CACHE', 'INDEX'],
  ['IMPORT', 'TABLE'],
  ['IMPORT', 'INTO'],
  ['BACKUP', 'DATABASE'],
  ['BACKUP', 'SCHEMA'],
  ['BACKUP', 'TABLE'],
  ['BACKUP', 'LOGS'],
  ['RESTORE', 'DATABASE'],
  ['RESTORE', 'SCHEMA'],
  ['RESTORE', 'TABLE'],
  ['RESTORE', 'POINT'],
  ['FLASHBACK', 'TABLE'],
  ['FLASHBACK', 'DATABASE'],
  ['FLASHBACK', 'SCHEMA'],
  ['FLASHBACK', 'CLUSTER'],
  ['RECOVER', 'TABLE'],
  ['PLAN', 'REPLAYER'],
  ['PAUSE', 'BACKUP'],
  ['RESUME', 'BACKUP'],
  ['CANCEL', 'IMPORT'],
  ['CALIBRATE', 'RESOURCE'],
  ['QUERY', 'WATCH'],
  ['TRACE', 'SELECT'],
  ['TRACE', 'FORMAT'],
];

/** One-word commands. STATUS is the client's own, which some send. */
const LONE_COMMANDS = new Set<string>(['SHUTDOWN', 'RESTART', 'STATUS'] satisfies Keyword[]);

/** Objects after CREATE, ALTER, DROP that this system does not have. */
const OTHER_OBJECTS = new Set<string>([
  'SERVER',
  'TABLESPACE',
  'UNDO',
  'LOGFILE',
  'RESOURCE',
  'SPATIAL',
  'LIBRARY',
  'INSTANCE',
  'PLACEMENT',
  'GLOBAL',
  'SESSION',
  'BINDING',
  'STATISTICS',
  'STATS',
  'IMPORT',
  'RANGE',
  'JSON',
  'MATERIALIZED',
  'EXTERNAL',
  'OR',
  'USER',
] satisfies Keyword[]);

export class StatementParser extends MaintenanceParser {
  /** Reads all tokens, or throws 1064 at the first that does not fit. */
  wholeStatement(): Statement {
    const statement = this.#statement();
    if (!this.atEnd) throw this.unexpected();
    return statement;
  }

  wholeExpression(): Expression {
    const expression = this.expression();
    if (!this.atEnd) throw this.unexpected();
    return expression;
  }

  #statement(): Statement {
    switch (this.symbol) {
      case 'SELECT':
      case 'TABLE':
      case 'VALUES':
      case '(':
        return this.query();
      case 'WITH':
        return this.#withStatement();
      case 'INSERT':
      case 'REPLACE':
        return this.insert();
      case 'UPDATE':
        return this.update(this.start, undefined);
      case 'DELETE':
        return this.delete(this.start, undefined);
      case 'SET':
        return this.set();
      case 'BEGIN':
        return this.begin();
      case 'COMMIT':
      case 'ROLLBACK':
        return this.endTransaction();
      case 'SHOW':
        return this.show();
      default:
        return this.#definition() ?? this.#session() ?? this.#administration() ?? this.#other();
    }
  }

  /** WITH before a query, UPDATE or DELETE. */
  #withStatement(): Statement {
    const { start } = this;
    const clause = this.withClause();
    if (this.is('UPDATE')) return this.update(start, clause);
    if (this.is('DELETE')) return this.delete(start, clause);
    return this.queryAfterWith(start, clause);
  }

  /* ------------------------------------------------------------------ definitions and accounts */

  #definition(): Statement | undefined {
    const { start } = this;
    switch (this.symbol) {
      case 'CREATE':
        this.index++;
        if (this.accept('USER')) return this.createUser(start);
        if (this.accept('ROLE')) return this.role(start, 'create-role');
        return this.createObject(start) ?? this.#otherObject(start, 'CREATE');
      case 'ALTER':
        this.index++;
        if (this.accept('USER')) return this.alterUser(start);
        return this.alterObject(start) ?? this.#otherObject(start, 'ALTER');
      case 'DROP':
        this.index++;
        if (this.is('PREPARE')) return this.#deallocate(start);
        if (this.accept('USER')) {
          const ifExists = this.ifExists();
          return { kind: 'drop-user', ifExists, accounts: this.accountNames(), start, end: this.end };
        }
        if (this.accept('ROLE')) return this.role(start, 'drop-role');
        return this.dropObject(start) ?? this.#otherObject(start, 'DROP');
      case 'RENAME':
        this.index++;
        return this.accept('USER') ? this.renameUser(start) : this.renameTable(start);
      case 'TRUNCATE':
        return this.truncate();
      case 'GRANT':
        return this.grant();
      case 'REVOKE':
        return this.revoke();
      default:
        return undefined;
    }
  }

  #otherObject(start: number, verb: string): Statement {
    if (!OTHER_OBJECTS.has(this.symbol)) throw this.unexpected();
    const command = `${verb} ${this.symbol}`;
    if (this.is('RESOURCE') && !this.peekIs(1, 'GROUP')) throw this.unexpected();
    this.#skipBody();
    return { kind: 'other', command, text: this.text(start, this.end), start, end: this.end };
  }

  #skipBody(): void {
    this.index++;
    this.skipToEnd();
  }

  #other(): Statement {
    const { start } = this;
    const command = this.#otherCommand();
    this.skipToEnd();
    return { kind: 'other', command, text: this.text(start, this.end), start, end: this.end };
  }

  #otherCommand(): string {
    if (LONE_COMMANDS.has(this.symbol) && this.peekType(1) === TOKEN.end) return this.symbol;
    for (const words of OTHER_COMMANDS) if (this.acceptAll(...words)) return words.join(' ');
    throw this.unexpected();
  }

  /* ------------------------------------------------------------------ session */

  #session(): Statement | undefined {
    const { start } = this;
    switch (this.symbol) {
      case 'USE':
        this.index++;
        return { kind: 'use', database: this.identifier(), start, end: this.end };
      case 'EXPLAIN':
      case 'DESCRIBE':
      case 'DESC':
        return this.#explain();
      case 'PREPARE':
        return this.#prepare();
      case 'EXECUTE': {
        this.index++;
        const name = this.identifier();
        const variables = this.accept('USING') ? this.commaList(() => this.userVariable()) : [];
        return { kind: 'execute', name, variables, start, end: this.end };
      }
      case 'DEALLOCATE':
        this.index++;
        return this.#deallocate(start);
      case 'DO':
        this.index++;
        return { kind: 'do', expressions: this.#aliasedExpressions(), start, end: this.end };
      case 'CALL':
        return this.#call();
      case 'KILL':
        return this.#kill();
      case 'SAVEPOINT':
      case 'RELEASE':
        return this.savepoint();
      case 'XA':
        return this.xa();
      case 'LOCK':
        return this.lock();
      case 'UNLOCK':
        return this.unlock();
      case 'SIGNAL':
      case 'RESIGNAL':
        return this.#signal();
      case 'GET':
        return this.#getDiagnostics();
      case 'HANDLER':
        return this.#handler();
      case 'HELP':
        this.index++;
        return { kind: 'help', topic: this.identifierOrText(), start, end: this.end };
      default:
        return undefined;
    }
  }

  /** DO and CALL take expressions with an alias that means nothing. */
  #aliasedExpressions(): Expression[] {
    return this.commaList(() => {
      const expression = this.expression();
      if (this.accept('AS')) this.identifierOrText();
      return expression;
    });
  }

  #explain(): Statement {
    const { start } = this;
    this.expectOneOf('EXPLAIN', 'DESCRIBE', 'DESC');
    const analyze = this.accept('ANALYZE');
    const format = this.acceptAll('FORMAT', '=') ? this.identifierOrText().toLowerCase() : undefined;
    if (format === undefined && !this.accept('EXTENDED')) this.accept('PARTITIONS');
    const into = this.accept('INTO') ? this.userVariable().name : undefined;
    if (this.acceptAll('FOR', 'CONNECTION')) {
      const id = this.expression();
      return { kind: 'explain', analyze, format, into, target: { kind: 'connection', id }, start, end: this.end };
    }
    if (this.acceptAll('FOR', 'DATABASE') || this.acceptAll('FOR', 'SCHEMA')) this.identifier();
    const isTable = !analyze && format === undefined && this.isIdentifier() && !this.isAny('DO');
    if (isTable) return this.describeTable(start);
    const statement = this.#explainable();
    const explain: ExplainStatement = {
      kind: 'explain',
      analyze,
      format,
      into,
      target: { kind: 'statement', statement },
      start,
      end: this.end,
    };
    return explain;
  }

  #explainable(): Statement {
    if (
      !this.isAny(
        'SELECT',
        'TABLE',
        'VALUES',
        '(',
        'WITH',
        'INSERT',
        'REPLACE',
        'UPDATE',
        'DELETE',
        'ALTER',
        'DO',
        'LOAD',
      )
    ) {
      throw this.unexpected();
    }
    this.enter();
    const statement = this.#statement();
    this.leave();
    return statement;
  }

  #prepare(): PrepareStatement {
    const { start } = this;
    this.expect('PREPARE');
    const name = this.identifier();
    this.expect('FROM');
    const source: PrepareStatement['source'] =
      this.type === TOKEN.string ? { kind: 'text', text: this.joinedText() } : this.userVariable();
    return { kind: 'prepare', name, source, start, end: this.end };
  }

  #deallocate(start: number): Statement {
    this.expect('PREPARE');
    return { kind: 'deallocate', name: this.identifier(), start, end: this.end };
  }

  #call(): Statement {
    const { start } = this;
    this.expect('CALL');
    const procedure = this.tableName();
    let args: Expression[] = [];
    if (this.accept('(')) {
      args = this.is(')') ? [] : this.#aliasedExpressions();
      this.expect(')');
    }
    return { kind: 'call', procedure, args, start, end: this.end };
  }

  #kill(): Statement {
    const { start } = this;
    this.expect('KILL');
    this.accept('TIDB');
    const target = this.acceptOneOf('CONNECTION', 'QUERY') === 'QUERY' ? 'query' : 'connection';
    return { kind: 'kill', target, id: this.expression(), start, end: this.end };
  }

  #signal(): SignalStatement {
    const { start } = this;
    const kind = this.expectOneOf('SIGNAL', 'RESIGNAL') === 'SIGNAL' ? 'signal' : 'resignal';
    let sqlState: string | undefined;
    if (this.accept('SQLSTATE')) {
      this.accept('VALUE');
      sqlState = this.stringText();
    }
    const condition = sqlState === undefined && this.isIdentifier() ? this.identifier() : undefined;
    if (kind === 'signal' && sqlState === undefined && condition === undefined) throw this.unexpected();
    const items = this.accept('SET')
      ? this.commaList(() => {
          const name = this.identifier().name.toLowerCase();
          this.expect('=');
          return { name, value: this.expression() };
        })
      : [];
    return { kind, sqlState, condition, items, start, end: this.end };
  }

  #getDiagnostics(): GetDiagnostics {
    const { start } = this;
    this.expect('GET');
    const area = this.acceptOneOf('CURRENT', 'STACKED') === 'STACKED' ? 'stacked' : 'current';
    this.expect('DIAGNOSTICS');
    const condition = this.accept('CONDITION') ? this.expression() : undefined;
    const items = this.commaList(() => {
      const isVariable = this.type === TOKEN.userVariable;
      const target: UserVariable | ReturnType<typeof this.identifier> = isVariable
        ? this.userVariable()
        : this.identifier();
      this.expect('=');
      return { target, name: this.identifier().name.toLowerCase() };
    });
    return { kind: 'get-diagnostics', area, condition, items, start, end: this.end };
  }

  #handler(): HandlerStatement {
    const { start } = this;
    this.expect('HANDLER');
    const table = this.tableName();
    const word = this.expectOneOf('OPEN', 'READ', 'CLOSE');
    const action = ({ OPEN: 'open', READ: 'read', CLOSE: 'close' } as const)[word];
    const hasAs = word === 'OPEN' && this.accept('AS');
    const alias = hasAs || (word === 'OPEN' && this.isIdentifier()) ? this.identifier() : undefined;
    const from = this.start;
    if (word === 'READ') this.skipToEnd();
    return { kind: 'handler', table, action, alias, text: this.text(from, this.end), start, end: this.end };
  }

  /* ------------------------------------------------------------------ administration */

  #administration(): Statement | undefined {
    const { start } = this;
    switch (this.symbol) {
      case 'START':
        if (this.acceptAll('START', 'TRANSACTION')) return this.startTransaction(start);
        return this.replication('start');
      case 'STOP':
        return this.replication('stop');
      case 'CHANGE':
        return this.replication(this.peekIs(2, 'FILTER') ? 'change-filter' : 'change-source');
      case 'ANALYZE':
        return this.analyze();
      case 'CHECK':
      case 'OPTIMIZE':
      case 'REPAIR':
      case 'CHECKSUM':
        return this.tableMaintenance();
      case 'FLUSH':
        return this.flush();
      case 'RESET':
        return this.reset();
      case 'PURGE':
        return this.purge();
      case 'BINLOG':
        this.index++;
        return { kind: 'binlog', text: this.joinedText(), start, end: this.end };
      case 'ADMIN':
        return this.admin();
      case 'SPLIT':
        return this.split();
      case 'BATCH':
        return this.#batch();
      case 'LOAD':
        return this.#load();
      default:
        return undefined;
    }
  }

  #load(): Statement {
    if (this.peekIs(1, 'DATA') || this.peekIs(1, 'XML')) return this.loadData();
    const { start } = this;
    if (!this.peekIs(1, 'INDEX') && !this.peekIs(1, 'STATS')) throw this.unexpected();
    this.#skipBody();
    return { kind: 'other', command: 'LOAD', text: this.text(start, this.end), start, end: this.end };
  }

  #batch(): BatchStatement {
    const { start } = this;
    this.expect('BATCH');
    const column = this.accept('ON') ? this.tableName() : undefined;
    this.expect('LIMIT');
    const limit = this.integer();
    let dryRun: BatchStatement['dryRun'];
    if (this.acceptAll('DRY', 'RUN')) dryRun = this.accept('QUERY') ? 'query' : 'split';
    if (!this.isAny('INSERT', 'REPLACE', 'UPDATE', 'DELETE')) throw this.unexpected();
    return { kind: 'batch', column, limit, dryRun, statement: this.#statement(), start, end: this.end };
  }
}
