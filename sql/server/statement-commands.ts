/** COM_STMT_*: prepared statements as the protocol sees them. */

import { chain, defined, type ValueOrPromise } from '../../base/index.ts';
import { type Charset, findCharset, sqlErrors } from '../../engine/index.ts';
import type { CommandConnection } from './command-dispatcher.ts';
import { MAX_STATEMENTS_PER_CONNECTION } from './limits.ts';
import { type ParameterType, readParameters } from './protocol/bound-parameters.ts';
import { type Cursor, CursorWriter } from './protocol/cursor.ts';
import { parameterColumns } from './protocol/parameter-columns.ts';
import type { PacketResultWriter } from './protocol/result-writer.ts';
import type { PreparedStatementInfo, SqlSession } from './session-port.ts';
import { Capability, Status } from './wire/constants.ts';
import { PayloadReader } from './wire/payload-reader.ts';

interface Statement {
  readonly parameterCount: number;
  /** As of the last execution that sent them. */
  types: readonly ParameterType[] | undefined;
  longData: Map<number, Buffer[]> | undefined;
  longDataBytes: number;
  /** Long data went over the limit; reported by the next execution, as the command itself has no answer. */
  longDataTooLarge: boolean;
  cursor: Cursor | undefined;
}

const CURSOR_READ_ONLY = 0x01;

export class StatementCommands {
  readonly #connection: CommandConnection;
  readonly #writer: PacketResultWriter;
  readonly #statements = new Map<number, Statement>();

  constructor(connection: CommandConnection, writer: PacketResultWriter) {
    this.#connection = connection;
    this.#writer = writer;
  }

  clear(): void {
    this.#statements.clear();
  }

  prepare(payload: Buffer, session: SqlSession): ValueOrPromise<void> {
    if (this.#statements.size >= MAX_STATEMENTS_PER_CONNECTION) {
      throw sqlErrors.maxPreparedStmtCountReached(MAX_STATEMENTS_PER_CONNECTION);
    }
    return chain(session.prepare(payload.subarray(1)), (info) => this.#answerPrepared(info));
  }

  #answerPrepared(info: PreparedStatementInfo): void {
    this.#statements.set(info.statementId, {
      parameterCount: info.parameterCount,
      types: undefined,
      longData: undefined,
      longDataBytes: 0,
      longDataTooLarge: false,
      cursor: undefined,
    });
    const { out } = this.#connection;
    out.begin();
    out.u8(0);
    out.u32(info.statementId);
    out.u16(info.columns.length);
    out.u16(info.parameterCount);
    out.u8(0);
    out.u16(Math.min(info.warnings, 0xffff));
    out.end();
    if (info.parameterCount > 0) this.#writer.definitions(parameterColumns(info.parameterCount));
    if (info.columns.length > 0) this.#writer.definitions(info.columns);
  }

  #statement(id: number, command: string): Statement {
    const statement = this.#statements.get(id);
    if (statement === undefined) throw sqlErrors.unknownStatementHandler(String(id), command);
    return statement;
  }

  execute(payload: Buffer, session: SqlSession): ValueOrPromise<void> {
    const reader = new PayloadReader(payload, 1);
    const id = reader.u32();
    const statement = this.#statement(id, 'mysqld_stmt_execute');
    const flags = reader.u8();
    reader.skip(4);
    const { longData } = statement;
    const tooLarge = statement.longDataTooLarge;
    forgetLongData(statement);
    statement.cursor = undefined;
    if (tooLarge) throw sqlErrors.netPacketTooLarge();
    const bound = readParameters(reader, statement.parameterCount, statement.types, longData, clientCharset(session));
    statement.types = bound.types;
    if ((flags & CURSOR_READ_ONLY) !== 0) {
      const cursorWriter = new CursorWriter(this.#connection.resultCharset());
      return chain(session.execute(id, bound.values, cursorWriter), () => this.#openCursor(statement, cursorWriter));
    }
    this.#writer.begin('binary');
    return session.execute(id, bound.values, this.#writer);
  }

  #openCursor(statement: Statement, cursorWriter: CursorWriter): void {
    if (cursorWriter.resultColumns === undefined) {
      this.#writer.ok(defined(cursorWriter.okResult, 'an execution answers rows or OK'), false);
      return;
    }
    statement.cursor = cursorWriter.finish();
    this.#writer.writeDefinitions(cursorWriter.resultColumns, Status.CURSOR_EXISTS);
    if ((this.#connection.capabilities & Capability.DEPRECATE_EOF) !== 0) {
      this.#writer.endWith(cursorWriter.warnings, Status.CURSOR_EXISTS);
    }
  }

  fetch(payload: Buffer): void {
    const reader = new PayloadReader(payload, 1);
    const id = reader.u32();
    const count = reader.u32();
    const statement = this.#statement(id, 'mysqld_stmt_fetch');
    const { cursor } = statement;
    if (cursor === undefined) throw sqlErrors.statementHasNoOpenCursor(id);
    const { out } = this.#connection;
    for (const row of cursor.fetch(count)) {
      out.begin();
      out.bytes(row);
      out.end();
    }
    if (cursor.exhausted) statement.cursor = undefined;
    this.#writer.endWith(0, cursor.exhausted ? Status.LAST_ROW_SENT : Status.CURSOR_EXISTS);
  }

  close(payload: Buffer, session: SqlSession): void {
    const id = new PayloadReader(payload, 1).u32();
    if (this.#statements.delete(id)) session.closeStatement(id);
  }

  reset(payload: Buffer): void {
    const statement = this.#statement(new PayloadReader(payload, 1).u32(), 'mysqld_stmt_reset');
    forgetLongData(statement);
    statement.cursor = undefined;
    this.#writer.ok({ affectedRows: 0, lastInsertId: 0, warnings: 0, info: '' }, false);
  }

  /** Has no answer, so what is wrong with it shows when the statement is executed. */
  sendLongData(payload: Buffer, session: SqlSession): void {
    const reader = new PayloadReader(payload, 1);
    const statement = this.#statements.get(reader.u32());
    const parameter = reader.u16();
    if (statement === undefined || parameter >= statement.parameterCount) return;
    const data = reader.rest();
    statement.longDataBytes += data.length;
    if (statement.longDataBytes > Number(session.protocolVariable('max_allowed_packet'))) {
      statement.longDataTooLarge = true;
      statement.longData = undefined;
    }
    if (statement.longDataTooLarge) return;
    statement.longData ??= new Map();
    const parts = statement.longData.get(parameter);
    if (parts === undefined) statement.longData.set(parameter, [data]);
    else parts.push(data);
  }
}

/** The character set that text parameters come in. */
function clientCharset(session: SqlSession): Charset {
  const name = session.protocolVariable('character_set_client');
  return defined(findCharset(typeof name === 'string' ? name : 'utf8mb4') ?? findCharset('utf8mb4'), 'utf8mb4 exists');
}

function forgetLongData(statement: Statement): void {
  statement.longData = undefined;
  statement.longDataBytes = 0;
  statement.longDataTooLarge = false;
}
