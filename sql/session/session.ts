/**
 * A session: takes statements from the wire, runs them one after the other, answers through the ResultWriter.
 *
 * Everything stays synchronous while parser, planner and store answer at once; a promise appears only where something
 * really waits. Statements with a plan go through `#runPlan`; all others are `commands/`.
 */

import { chain, type Env, InterruptibleWaits, isPromise, type ValueOrPromise } from '../../base/index.ts';
import {
  type Datum,
  type FieldType,
  findCharset,
  findCollation,
  type SessionFunctions,
  SqlError,
  sqlErrors,
  type TypedValue,
} from '../../engine/index.ts';
import { TransactionError } from '../../tikv-lite/index.ts';
import { isSchemaChange } from '../ddl/schema-changes.ts';
import { type ParsedStatement, parse, parseNext } from '../parser/parse.ts';
import type { Statement } from '../parser/statement.ts';
import type {
  BoundParameter,
  ConnectionControl,
  ConnectionIdentity,
  PreparedStatementInfo,
  ResultColumn,
  ResultWriter,
  SessionStateChange,
  SqlSession,
} from '../server/session-port.ts';
import { Capability, Status } from '../server/wire/constants.ts';
import { CapturingWriter } from './capture.ts';
import { runCommand } from './commands/run-command.ts';
import { hasInto, selectInto } from './commands/select-into.ts';
import { MAX_REPLANS, MAX_SHOWN_STATEMENT_CHARACTERS } from './limits.ts';
import { namesTime, pastTimestamp } from './past-reads.ts';
import { type LiteralValues, literalValues } from './plan-cache.ts';
import { PlanRunner } from './plan-runner.ts';
import { countParameters, type PreparedStatement, PreparedStatements } from './prepared-statements.ts';
import type { Process } from './process-list.ts';
import type { ServerContext } from './server-context.ts';
import { type ExecutablePlan, SchemaMoved } from './session-context.ts';
import { SessionFunctionsView } from './session-functions.ts';
import { SessionState } from './session-state.ts';
import { isDiagnostics, isIgnore, isPlanned, locksRows, statementKindOf } from './statement-kinds.ts';
import type { OlderTransaction, PlanRequest } from './statement-planner.ts';
import type { RunningSession } from './statement-run.ts';
import { StatementWaits } from './statement-waits.ts';
import { TransactionControl } from './transaction-control.ts';
import { transactionFailure } from './transaction-errors.ts';
import { normalizeSqlMode } from './variables/sql-mode.ts';
import { type ComputedVariable, SessionVariables } from './variables/variable-store.ts';

/** Where a statement's result goes, and whether another one follows in the same packet. */
export interface Answer {
  readonly writer: ResultWriter;
  readonly more: boolean;
}

export class Session implements SqlSession, RunningSession, Process {
  readonly server: ServerContext;
  readonly identity: ConnectionIdentity;
  readonly control: ConnectionControl;
  readonly state: SessionState;
  readonly transaction: TransactionControl;
  readonly functions: SessionFunctions;
  readonly prepared = new PreparedStatements();
  /** LOCK TABLES was given. Its locks themselves are not needed: transactions isolate. */
  hasLockedTables = false;
  /** user@host pattern as authenticated. */
  readonly account: string;
  readonly user: string;
  readonly host: string;
  readonly connectionId: number;
  sinceMs: number;
  #command: 'Sleep' | 'Query' | 'Execute' | 'Prepare' = 'Sleep';
  #text: Buffer | undefined;
  #killed: 'query' | 'connection' | undefined;
  #multiStatements = false;
  readonly #waits: StatementWaits;
  readonly #runner: PlanRunner;
  /** Times the running command was planned again because the schema had moved. */
  #replans = 0;

  constructor(server: ServerContext, identity: ConnectionIdentity, control: ConnectionControl, account: string) {
    this.server = server;
    this.identity = identity;
    this.control = control;
    this.account = account;
    this.user = identity.user;
    this.host = identity.host;
    this.connectionId = identity.connectionId;
    this.sinceMs = server.env.clock.monotonicMs();
    const variables = new SessionVariables(server.globals, this.#computedVariables());
    this.state = new SessionState(variables, identity.database ?? null, server.systemTimeZone);
    this.#takeHandshakeSettings();
    this.transaction = new TransactionControl(server.storage, {
      autocommit: () => this.state.autocommit,
      defaults: () => ({
        isolation: variables.getByName('transaction_isolation') as 'REPEATABLE-READ',
        readOnly: variables.getByName('transaction_read_only') === 1,
      }),
      lockWaitTimeoutMs: () => this.state.number('innodb_lock_wait_timeout') * 1000,
      checkInterrupted: () => this.#runner.checkInterrupted(),
      waits: new InterruptibleWaits(server.env.timers),
      schema: () => server.planner.schema(),
      reads: () => this.state.reads,
      ended: (transaction) => server.planner.transactionEnded(transaction),
    });
    this.#waits = new StatementWaits(server.env);
    this.#runner = new PlanRunner(this, this.#waits);
    this.functions = new SessionFunctionsView(server, this.state, identity, account, this.#waits);
  }

  get env(): Env {
    return this.server.env;
  }

  #computedVariables(): ReadonlyMap<string, ComputedVariable> {
    return new Map<string, ComputedVariable>([
      ['pseudo_thread_id', () => this.connectionId],
      ['warning_count', () => this.state.previousWarningCount],
      ['error_count', () => this.state.previousErrorCount],
      ['last_insert_id', () => this.state.lastInsertId],
      ['identity', () => this.state.lastInsertId],
    ]);
  }

  /** Character set and timeouts that the handshake asks for. */
  #takeHandshakeSettings(): void {
    const { variables } = this.state;
    const collation = findCollation(this.identity.collationId) ?? this.state.collationConnection;
    for (const name of ['character_set_client', 'character_set_connection', 'character_set_results']) {
      variables.setByName(name, collation.charset);
    }
    variables.setByName('collation_connection', collation.name);
    this.state.resultCollationId = collation.id;
    if ((this.identity.capabilities & Capability.IGNORE_SPACE) !== 0) {
      variables.setByName('sql_mode', normalizeSqlMode(`${variables.getByName('sql_mode')},IGNORE_SPACE`));
    }
    if ((this.identity.capabilities & Capability.INTERACTIVE) !== 0) {
      variables.setByName('wait_timeout', variables.getByName('interactive_timeout'));
    }
    this.state.refresh();
  }

  // ---- SqlSession -----------------------------------------------------------------------------------------------------

  statusFlags(): number {
    let flags = this.state.autocommit ? Status.AUTOCOMMIT : 0;
    if (this.transaction.inTransaction) {
      flags |= Status.IN_TRANS;
      if (this.transaction.isReadOnly) flags |= Status.IN_TRANS_READONLY;
    }
    if (this.state.sqlMode.noBackslashEscapes) flags |= Status.NO_BACKSLASH_ESCAPES;
    return flags;
  }

  query(sql: Buffer, writer: ResultWriter): ValueOrPromise<void> {
    const text = this.#toUtf8(sql);
    this.#begin('Query', text);
    let done: ValueOrPromise<void>;
    try {
      done = this.#runCached(text, writer);
    } catch (error) {
      return this.#failed(error);
    }
    return this.#settle(done);
  }

  /** A single query or DML statement goes through the plan cache, everything else is parsed. */
  #runCached(text: Buffer, writer: ResultWriter): ValueOrPromise<void> {
    const { normalizer, plans, planner } = this.server;
    const { state } = this;
    if (this.#readsPast || this.transaction.behindSchema !== undefined) return this.#runFrom(text, 0, writer);
    const normalized = normalizer.normalize(text, state.sqlMode);
    const literals = normalized === undefined || normalized.next < text.length ? undefined : literalValues(normalizer);
    if (normalized === undefined || literals === undefined) return this.#runFrom(text, 0, writer);
    const answer = { writer, more: false };
    const known = plans.find(normalized, literals, state, planner.schema().version);
    if (known === undefined) return this.#planText(text, literals, answer);
    this.server.status.queries++;
    state.startDiagnostics();
    const done = this.#runner.run(known.plan, literals.values, known.kind, known.ignore, answer);
    return isPromise(done) ? this.#orAgain(done, () => this.#runCached(text, writer)) : done;
  }

  /** `again` when the schema moved before the statement had read anything. */
  #orAgain(done: Promise<void>, again: () => ValueOrPromise<void>): Promise<void> {
    return done.catch((error: unknown) => {
      if (!(error instanceof SchemaMoved)) throw error;
      if (++this.#replans > MAX_REPLANS) throw sqlErrors.informationSchemaChanged();
      this.#runner.keepWaits();
      return again();
    });
  }

  /** Plans a normalised statement with its literals as parameters, and keeps the plan. */
  #planText(text: Buffer, literals: LiteralValues, answer: Answer): ValueOrPromise<void> {
    const { normalizer, plans, planner } = this.server;
    const { state } = this;
    const statement = parse(text, { sqlMode: state.sqlMode, literalSlots: normalizer });
    if (!isPlanned(statement) || hasInto(statement) || namesTime(statement, text)) {
      return this.#runFrom(text, 0, answer.writer);
    }
    const { hash } = normalizer;
    const key = plans.isWorthKeeping(hash) ? { hash, skeleton: normalizer.skeleton() } : undefined;
    const { version } = planner.schema();
    this.server.status.queries++;
    state.startDiagnostics();
    const plan = this.#plan(statement, text, literals.types);
    const run = (ready: ExecutablePlan): ValueOrPromise<void> => {
      const kind = statementKindOf(statement);
      const ignore = isIgnore(statement);
      if (key !== undefined && ready.cacheable)
        plans.keep(key, literals, state, version, { plan: ready, kind, ignore });
      const done = this.#runner.run(ready, literals.values, kind, ignore, answer);
      return isPromise(done) ? this.#orAgain(done, () => this.#runCached(text, answer.writer)) : done;
    };
    return isPromise(plan) ? plan.then(run) : run(plan);
  }

  prepare(sql: Buffer): ValueOrPromise<PreparedStatementInfo> {
    const text = this.#toUtf8(sql);
    this.#begin('Prepare', text);
    return this.#whole(() => this.#prepare(Buffer.from(text)));
  }

  #prepare(text: Buffer): ValueOrPromise<PreparedStatementInfo> {
    this.state.startDiagnostics();
    const prepared = this.parsePrepared(text);
    const { statement } = prepared;
    const columns = statement.kind === 'query' && !hasInto(statement) ? this.#columnsOf(prepared) : [];
    const finish = (known: readonly ResultColumn[]): PreparedStatementInfo => ({
      statementId: this.prepared.add(prepared),
      parameterCount: prepared.parameterCount,
      columns: known,
      warnings: this.state.warningCount,
    });
    return isPromise(columns) ? columns.then(finish) : finish(columns);
  }

  #columnsOf(prepared: PreparedStatement): ValueOrPromise<readonly ResultColumn[]> {
    const types = new Array<undefined>(prepared.parameterCount).fill(undefined);
    const plan = this.#plan(prepared.statement, prepared.source, types);
    return isPromise(plan) ? plan.then(({ columns }) => columns) : plan.columns;
  }

  /** Parses a text for PREPARE and COM_STMT_PREPARE; `text` must be the caller's own copy. Throws 1064 and 1065. */
  parsePrepared(text: Buffer): PreparedStatement {
    const statement = parse(text, { sqlMode: this.state.sqlMode });
    return { statement, source: text, parameterCount: countParameters(statement), plan: undefined };
  }

  execute(id: number, parameters: readonly BoundParameter[], writer: ResultWriter): ValueOrPromise<void> {
    const prepared = this.prepared.get(id);
    this.#begin('Execute', prepared.source);
    return this.#whole(() => this.runPrepared(prepared, parameters, { writer, more: false }));
  }

  closeStatement(id: number): void {
    this.prepared.delete(id);
  }

  useDatabase(name: string): void {
    if (!this.server.planner.hasDatabase(name)) throw sqlErrors.badDb(name);
    this.state.useDatabase(name);
  }

  async reset(): Promise<void> {
    await this.transaction.rollback();
    await this.#releaseLocks();
    this.prepared.clear();
    this.state.reset();
    this.#takeHandshakeSettings();
  }

  setMultiStatements(enabled: boolean): void {
    this.#multiStatements = enabled;
  }

  fieldList(table: string): readonly ResultColumn[] {
    return this.server.planner.fieldList(this.state.database, table);
  }

  protocolVariable(name: string): Datum {
    return this.state.variables.getByName(name);
  }

  resultCollationId(): number | undefined {
    return this.state.resultCollationId;
  }

  takeStateChanges(): readonly SessionStateChange[] | undefined {
    return this.state.takeChanges();
  }

  interrupt(): void {
    this.#killed = 'connection';
    this.#waits.interrupt();
  }

  close(): ValueOrPromise<void> {
    this.server.processes.remove(this);
    this.#waits.interrupt();
    return chain(this.#releaseLocks(), () => this.transaction.rollback());
  }

  /** Those of GET_LOCK. */
  #releaseLocks(): ValueOrPromise<number> {
    const { clusterLocks, userLocks } = this.server;
    return (clusterLocks ?? userLocks).releaseAll(this.connectionId);
  }

  // ---- Process --------------------------------------------------------------------------------------------------------

  database(): string | null {
    return this.state.database;
  }

  command(): 'Sleep' | 'Query' | 'Execute' | 'Prepare' {
    return this.#command;
  }

  info(): string | null {
    return this.#text?.toString('utf8', 0, MAX_SHOWN_STATEMENT_CHARACTERS) ?? null;
  }

  kill(target: 'connection' | 'query'): void {
    if (target === 'connection') {
      this.#killed = 'connection';
      this.control.disconnect();
    } else if (this.#command !== 'Sleep') {
      this.#killed ??= 'query';
    }
    this.#waits.interrupt();
  }

  tlsDetails(): { readonly version: string; readonly cipher: string } | undefined {
    return this.control.tlsDetails();
  }

  checkKilled(): void {
    if (this.#killed !== undefined) throw sqlErrors.queryInterrupted();
  }

  // ---- commands of the wire -------------------------------------------------------------------------------------------

  #begin(command: 'Query' | 'Execute' | 'Prepare', text: Buffer): void {
    this.#command = command;
    this.#text = text;
    this.sinceMs = this.env.clock.monotonicMs();
    if (this.#killed === 'query') this.#killed = undefined;
    this.#replans = 0;
    this.#runner.begin();
    this.server.status.questions++;
  }

  #end(): void {
    this.#command = 'Sleep';
    this.#text = undefined;
    this.sinceMs = this.env.clock.monotonicMs();
  }

  /** Runs one command of the wire; what it throws becomes a SqlError and the last diagnostics. */
  #whole<T>(run: () => ValueOrPromise<T>): ValueOrPromise<T> {
    try {
      return this.#settle(run());
    } catch (error) {
      return this.#failed(error);
    }
  }

  #settle<T>(done: ValueOrPromise<T>): ValueOrPromise<T> {
    if (!isPromise(done)) {
      this.#end();
      return done;
    }
    return done.then(
      (value) => {
        this.#end();
        return value;
      },
      (error: unknown) => this.#failed(error),
    );
  }

  #failed(error: unknown): never {
    this.#end();
    const sqlError = error instanceof TransactionError ? transactionFailure(error, true).error : error;
    if (sqlError instanceof SqlError) this.state.warnError(sqlError);
    this.state.rowCount = -1;
    throw sqlError;
  }

  /** The parser and everything behind it read UTF-8. */
  #toUtf8(sql: Buffer): Buffer {
    const name = this.state.variables.getByName('character_set_client') as string;
    if (name === 'utf8mb4' || name === 'utf8mb3' || name === 'binary' || name === 'ascii') return sql;
    const text = findCharset(name)?.decode(sql);
    return text === undefined ? sql : Buffer.from(text, 'utf8');
  }

  #runFrom(text: Buffer, from: number, writer: ResultWriter): ValueOrPromise<void> {
    const options = { sqlMode: this.state.sqlMode };
    if (!this.#multiStatements) return this.runStatement(parse(text, options), text, { writer, more: false });
    const parsed: ParsedStatement = parseNext(text, from, options);
    if (parsed.statement === undefined) throw sqlErrors.emptyQuery();
    const more = this.#hasStatement(text, parsed.next);
    const done = this.runStatement(parsed.statement, text, { writer, more });
    if (!more) return done;
    return isPromise(done)
      ? done.then(() => this.#runFrom(text, parsed.next, writer))
      : this.#runFrom(text, parsed.next, writer);
  }

  /** Whether something is left to run; what cannot be parsed is. */
  #hasStatement(text: Buffer, from: number): boolean {
    if (from >= text.length) return false;
    try {
      return parseNext(text, from, { sqlMode: this.state.sqlMode }).statement !== undefined;
    } catch {
      return true;
    }
  }

  // ---- statements -----------------------------------------------------------------------------------------------------

  runStatement(statement: Statement, source: Buffer, answer: Answer): ValueOrPromise<void> {
    this.server.status.queries++;
    if (isDiagnostics(statement)) return runCommand(this, statement, source, answer);
    this.state.startDiagnostics();
    if (!isPlanned(statement)) return runCommand(this, statement, source, answer);
    const committed = isSchemaChange(statement) ? this.transaction.commit() : undefined;
    if (isPromise(committed)) return committed.then(() => this.#planAndRun(statement, source, answer));
    return this.#planAndRun(statement, source, answer);
  }

  /** Whether statements read another time than the present, as far as the session knows without looking at them. */
  get #readsPast(): boolean {
    const { state } = this;
    return state.snapshotTs !== undefined || state.readStalenessSeconds !== 0 || this.transaction.asOf !== undefined;
  }

  /** Like `#planAndRun`, as of the time that the statement or the session names. */
  async #runInPast(
    statement: Statement,
    source: Buffer,
    parameters: readonly BoundParameter[],
    answer: Answer,
  ): Promise<void> {
    const ts = await pastTimestamp(this, statement, source);
    const types = parameters.map(({ type }) => type);
    const request = this.#planRequest(types);
    const { planner } = this.server;
    const plan =
      ts === undefined
        ? await planner.plan(statement, source, request)
        : await planner.planAt(statement, source, request, ts);
    if (ts !== undefined && plan.isWrite) throw sqlErrors.cantExecuteInReadOnlyTransaction();
    const values = parameters.map(({ value }) => value);
    this.transaction.readNextAt(ts);
    try {
      await this.#runStatementPlan(plan, values, statement, answer);
    } finally {
      this.transaction.readNextAt(undefined);
    }
  }

  #planAndRun(statement: Statement, source: Buffer, answer: Answer): ValueOrPromise<void> {
    if (this.#readsPast || namesTime(statement, source)) return this.#runInPast(statement, source, [], answer);
    const behind = this.transaction.behindSchema;
    const plan =
      behind === undefined ? this.#plan(statement, source, []) : this.#planBehind(statement, source, [], behind);
    const run = (ready: ExecutablePlan): ValueOrPromise<void> => this.#runStatementPlan(ready, [], statement, answer);
    const done = isPromise(plan) ? plan.then(run) : run(plan);
    return isPromise(done) ? this.#orAgain(done, () => this.#planAndRun(statement, source, answer)) : done;
  }

  /** Consistent reads need a plan for their snapshot; what reads the newest data does not. */
  #planBehind(
    statement: Statement,
    source: Buffer,
    parameterTypes: readonly (FieldType | undefined)[],
    behind: OlderTransaction,
  ): ValueOrPromise<ExecutablePlan> {
    const isQuery = statement.kind === 'query' || statement.kind === 'explain';
    if (!isQuery || locksRows(statement)) return this.#plan(statement, source, parameterTypes);
    return this.server.planner.planBehind(statement, source, this.#planRequest(parameterTypes), behind);
  }

  #plan(
    statement: Statement,
    source: Buffer,
    parameterTypes: readonly (FieldType | undefined)[],
  ): ValueOrPromise<ExecutablePlan> {
    return this.server.planner.plan(statement, source, this.#planRequest(parameterTypes));
  }

  #planRequest(parameterTypes: readonly (FieldType | undefined)[]): PlanRequest {
    const { state, functions } = this;
    return {
      currentDatabase: state.database,
      sqlMode: state.sqlMode,
      collationConnection: state.collationConnection,
      variable: (scope, name) => functions.systemVariable(scope, name),
      userVariable: (name) => functions.userVariable(name),
      parameterTypes,
      countFoundRows: (this.identity.capabilities & Capability.FOUND_ROWS) !== 0,
    };
  }

  /** Throws 1210 when the number of parameters is wrong. */
  runPrepared(
    prepared: PreparedStatement,
    parameters: readonly BoundParameter[],
    answer: Answer,
  ): ValueOrPromise<void> {
    if (parameters.length !== prepared.parameterCount) throw sqlErrors.wrongArguments('EXECUTE');
    const { statement, source } = prepared;
    if (!isPlanned(statement)) return this.runStatement(statement, source, answer);
    this.server.status.queries++;
    this.state.startDiagnostics();
    const committed = isSchemaChange(statement) ? this.transaction.commit() : undefined;
    if (isPromise(committed)) return committed.then(() => this.#planPrepared(prepared, parameters, answer));
    return this.#planPrepared(prepared, parameters, answer);
  }

  #planPrepared(
    prepared: PreparedStatement,
    parameters: readonly BoundParameter[],
    answer: Answer,
  ): ValueOrPromise<void> {
    if (this.#readsPast || namesTime(prepared.statement, prepared.source)) {
      return this.#runInPast(prepared.statement, prepared.source, parameters, answer);
    }
    const done = this.#runPreparedPlan(prepared, parameters, answer);
    return isPromise(done) ? this.#orAgain(done, () => this.#planPrepared(prepared, parameters, answer)) : done;
  }

  #runPreparedPlan(
    prepared: PreparedStatement,
    parameters: readonly BoundParameter[],
    answer: Answer,
  ): ValueOrPromise<void> {
    const values = parameters.map(({ value }) => value);
    const { statement, source } = prepared;
    const behind = this.transaction.behindSchema;
    const known = behind === undefined ? this.#knownPlan(prepared, parameters) : undefined;
    if (known !== undefined) return this.#runStatementPlan(known, values, statement, answer);
    const types = parameters.map(({ type }) => type);
    const plan =
      behind === undefined ? this.#plan(statement, source, types) : this.#planBehind(statement, source, types, behind);
    const run = (ready: ExecutablePlan): ValueOrPromise<void> => {
      if (behind === undefined) this.#keepPlan(prepared, ready, types);
      return this.#runStatementPlan(ready, values, statement, answer);
    };
    return isPromise(plan) ? plan.then(run) : run(plan);
  }

  #knownPlan(prepared: PreparedStatement, parameters: readonly BoundParameter[]): ExecutablePlan | undefined {
    const known = prepared.plan;
    if (known === undefined || known.schemaVersion !== this.server.planner.schema().version) return undefined;
    const { state } = this;
    if (known.database !== state.database || known.sqlMode !== state.sqlModeText) return undefined;
    if (known.collation !== state.collationConnection.name) return undefined;
    if (known.coprocessor !== state.coprocessor) return undefined;
    for (let i = 0; i < parameters.length; i++) if (known.types[i] !== parameters[i]?.type) return undefined;
    return known.plan;
  }

  #keepPlan(prepared: PreparedStatement, plan: ExecutablePlan, types: readonly FieldType[]): void {
    if (!plan.cacheable) return;
    prepared.plan = {
      plan,
      types,
      schemaVersion: this.server.planner.schema().version,
      database: this.state.database,
      sqlMode: this.state.sqlModeText,
      collation: this.state.collationConnection.name,
      coprocessor: this.state.coprocessor,
    };
  }

  // ---- plans ----------------------------------------------------------------------------------------------------------

  #runStatementPlan(
    plan: ExecutablePlan,
    parameters: readonly Datum[],
    statement: Statement,
    answer: Answer,
  ): ValueOrPromise<void> {
    if (hasInto(statement)) {
      const run = (inner: Answer): ValueOrPromise<void> => this.#runner.run(plan, parameters, 'select', false, inner);
      return selectInto(this, statement, run, answer);
    }
    return this.#runner.run(plan, parameters, statementKindOf(statement), isIgnore(statement), answer);
  }

  // ---- for commands ---------------------------------------------------------------------------------------------------

  /** Runs a text of the session's own as part of the current statement, with the result going to `answer`. */
  runText(sql: string, answer: Answer): ValueOrPromise<void> {
    const source = Buffer.from(sql, 'utf8');
    return this.#planAndRun(parse(source, { sqlMode: this.state.sqlMode }), source, answer);
  }

  /** The one value of `SELECT expression`; `expression` is text of the client's. */
  async evaluate(expression: string): Promise<TypedValue> {
    const source = Buffer.from(`SELECT ${expression}`, 'utf8');
    const writer = new CapturingWriter();
    await this.#planAndRun(parse(source, { sqlMode: this.state.sqlMode }), source, { writer, more: false });
    const type = writer.resultColumns[0]?.type;
    if (type === undefined || writer.resultColumns.length !== 1) throw sqlErrors.operandColumns(1);
    return { value: writer.resultRows[0]?.[0] ?? null, type };
  }

  ok(answer: Answer, affectedRows = 0, info = ''): void {
    this.state.rowCount = affectedRows;
    answer.writer.ok({ affectedRows, lastInsertId: 0, warnings: this.state.warningCount, info }, answer.more);
  }
}
