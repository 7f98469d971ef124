/**
 * Decodes commands and calls the session. Everything the protocol keeps per statement (bound types, long data, cursors)
 * lives here; everything SQL lives in the session.
 */

import { chain, type ValueOrPromise } from '../../base/index.ts';
import { sqlErrors } from '../../engine/index.ts';
import { writeColumnDefinition } from './protocol/column-definition.ts';
import type { ResultCharset } from './protocol/encoded-columns.ts';
import type { PacketResultWriter } from './protocol/result-writer.ts';
import type { ResultColumn, SqlSession } from './session-port.ts';
import { StatementCommands } from './statement-commands.ts';
import { Command } from './wire/constants.ts';
import type { PacketBuffer } from './wire/packet-buffer.ts';
import { PayloadReader } from './wire/payload-reader.ts';

/** What commands need of their connection. */
export interface CommandConnection {
  readonly out: PacketBuffer;
  readonly capabilities: number;
  resultCharset(): ResultCharset | undefined;
  changeUser(payload: Buffer): Promise<void>;
}

const EMPTY_OK = { affectedRows: 0, lastInsertId: 0, warnings: 0, info: '' } as const;

/** COM_SET_OPTION's two options. */
const MULTI_STATEMENTS_ON = 0;
const MULTI_STATEMENTS_OFF = 1;

export class CommandDispatcher {
  readonly #connection: CommandConnection;
  readonly #writer: PacketResultWriter;
  readonly #statements: StatementCommands;
  readonly #statistics: () => string;
  readonly #queryOptions = { multiStatements: true };

  constructor(connection: CommandConnection, writer: PacketResultWriter, statistics: () => string) {
    this.#connection = connection;
    this.#writer = writer;
    this.#statements = new StatementCommands(connection, writer);
    this.#statistics = statistics;
  }

  /** Runs one command to its answer. Throws SqlError and MalformedPacketError, which the connection answers. */
  run(payload: Buffer, session: SqlSession): ValueOrPromise<void> {
    switch (payload[0]) {
      case Command.QUERY:
        this.#writer.begin('text');
        return session.query(payload.subarray(1), this.#writer, this.#queryOptions);
      case Command.STMT_EXECUTE:
        return this.#statements.execute(payload, session);
      case Command.STMT_PREPARE:
        return this.#statements.prepare(payload, session);
      case Command.STMT_CLOSE:
        return this.#statements.close(payload, session);
      case Command.STMT_SEND_LONG_DATA:
        return this.#statements.sendLongData(payload, session);
      case Command.STMT_RESET:
        return this.#statements.reset(payload);
      case Command.STMT_FETCH:
        return this.#statements.fetch(payload);
      case Command.PING:
        return this.#writer.ok(EMPTY_OK, false);
      default:
        return this.#runRare(payload, session);
    }
  }

  #runRare(payload: Buffer, session: SqlSession): ValueOrPromise<void> {
    switch (payload[0]) {
      case Command.INIT_DB:
        return this.#thenOk(session.useDatabase(payload.toString('utf8', 1)));
      case Command.FIELD_LIST:
        return this.#fieldList(payload, session);
      case Command.STATISTICS:
        return this.#answerStatistics();
      case Command.PROCESS_KILL:
        this.#writer.begin('text');
        return session.query(
          Buffer.from(`KILL ${new PayloadReader(payload, 1).u32()}`),
          this.#writer,
          this.#queryOptions,
        );
      case Command.PROCESS_INFO:
        this.#writer.begin('text');
        return session.query(Buffer.from('SHOW PROCESSLIST'), this.#writer, this.#queryOptions);
      case Command.CHANGE_USER:
        this.#statements.clear();
        return this.#connection.changeUser(payload);
      case Command.RESET_CONNECTION:
        this.#statements.clear();
        return this.#thenOk(session.reset());
      case Command.SET_OPTION:
        return this.#setOption(payload, session);
      case Command.DEBUG:
        return this.#writer.eof(0, 0);
      case Command.BINLOG_DUMP:
      case Command.BINLOG_DUMP_GTID:
      case Command.REGISTER_REPLICA:
      case Command.TABLE_DUMP:
        throw sqlErrors.notSupportedYet('replication commands');
      default:
        throw sqlErrors.unknownCommand();
    }
  }

  #thenOk(done: ValueOrPromise<void>): ValueOrPromise<void> {
    return chain(done, () => this.#writer.ok(EMPTY_OK, false));
  }

  #setOption(payload: Buffer, session: SqlSession): void {
    const option = new PayloadReader(payload, 1).u16();
    if (option !== MULTI_STATEMENTS_ON && option !== MULTI_STATEMENTS_OFF) throw sqlErrors.unknownCommand();
    session.setMultiStatements(option === MULTI_STATEMENTS_ON);
    this.#writer.endWith(0, 0);
  }

  #answerStatistics(): void {
    const { out } = this.#connection;
    out.begin();
    out.text(this.#statistics());
    out.end();
  }

  #fieldList(payload: Buffer, session: SqlSession): ValueOrPromise<void> {
    const reader = new PayloadReader(payload, 1);
    const table = reader.nulBytes().toString('utf8');
    const wildcard = reader.nulOrRestBytes().toString('utf8');
    return chain(session.fieldList(table, wildcard), (columns) => this.#answerFieldList(columns));
  }

  /** Definitions that carry a default value, which is NULL as in any server without a frm file. */
  #answerFieldList(columns: readonly ResultColumn[]): void {
    const { out } = this.#connection;
    const charset = this.#connection.resultCharset();
    for (const column of columns) {
      out.begin();
      writeColumnDefinition(out, column, charset);
      out.u8(0xfb);
      out.end();
    }
    this.#writer.endWith(0, 0);
  }
}
