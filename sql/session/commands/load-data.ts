/**
 * LOAD DATA LOCAL INFILE: the client sends the file, its rows become INSERT statements of many rows, all in one
 * transaction. Files of the server are not read (secure_file_priv is NULL).
 */

import { StringDecoder } from 'node:string_decoder';
import { sqlErrors } from '../../../engine/index.ts';
import type { LoadData } from '../../parser/ast.ts';
import { CapturingWriter } from '../capture.ts';
import { DelimitedReader, type DelimitedRow } from '../delimited-rows.ts';
import type { Answer, Session } from '../session.ts';
import { quoteName, quoteText } from './show.ts';

const ROWS_PER_STATEMENT = 500;

/** Columns to fill by position in the file; undefined where the field goes into a user variable and is dropped. */
function targetColumns(session: Session, { table, columns }: LoadData): readonly (string | undefined)[] {
  const database = table.schema?.name ?? session.state.database;
  const all = session.server.planner.fieldList(database, table.name.name).map(({ name }) => name);
  if (columns.length === 0) return all;
  return columns.map((column) => (column.kind === 'column' ? column.name.name : undefined));
}

export async function runLoadData(session: Session, statement: LoadData, answer: Answer): Promise<void> {
  const { fields } = statement;
  if (!statement.local) throw sqlErrors.optionPreventsStatement('--secure-file-priv');
  if (session.state.number('local_infile') === 0) throw sqlErrors.clientLocalFilesDisabled();
  if (statement.format === 'xml') throw sqlErrors.notSupportedYet('LOAD XML');
  if (statement.assignments.length > 0) throw sqlErrors.notSupportedYet('LOAD DATA with SET');
  const columns = targetColumns(session, statement);
  const reader = new DelimitedReader({
    fieldTerminator: fields.fieldsTerminatedBy ?? '\t',
    enclosure: fields.fieldsEnclosedBy ?? '',
    escape: fields.fieldsEscapedBy ?? '\\',
    lineStart: fields.linesStartingBy ?? '',
    lineTerminator: fields.linesTerminatedBy ?? '\n',
  });
  const ownsTransaction = session.transaction.isAutocommit;
  if (ownsTransaction) await session.transaction.start({ snapshot: false });
  try {
    const loader = new Loader(session, statement, columns);
    const decoder = new StringDecoder('utf8');
    for await (const chunk of session.control.requestLocalFile(statement.file)) {
      await loader.add(reader.push(decoder.write(Buffer.from(chunk)), false));
    }
    await loader.add(reader.push(decoder.end(), true));
    await loader.flush();
    if (ownsTransaction) await session.transaction.commit();
    const { records, affected } = loader;
    const skipped = Math.max(0, records - affected);
    const warnings = session.state.warningCount;
    session.ok(answer, affected, `Records: ${records}  Deleted: 0  Skipped: ${skipped}  Warnings: ${warnings}`);
  } catch (error) {
    if (ownsTransaction) await session.transaction.rollback();
    throw error;
  }
}

class Loader {
  records = 0;
  affected = 0;
  readonly #session: Session;
  readonly #columns: readonly (string | undefined)[];
  readonly #head: string;
  #ignoreLines: number;
  #rows: DelimitedRow[] = [];

  constructor(session: Session, statement: LoadData, columns: readonly (string | undefined)[]) {
    this.#session = session;
    this.#columns = columns;
    this.#ignoreLines = statement.ignoreLines;
    const { schema, name } = statement.table;
    const table = `${schema === undefined ? '' : `${quoteName(schema.name)}.`}${quoteName(name.name)}`;
    const list = columns.filter((column) => column !== undefined).map(quoteName);
    const verb = statement.duplicates === 'replace' ? 'REPLACE' : 'INSERT IGNORE';
    this.#head = `${verb} INTO ${table} (${list.join(', ')}) VALUES `;
  }

  async add(rows: readonly DelimitedRow[]): Promise<void> {
    for (const row of rows) {
      if (this.#ignoreLines > 0) {
        this.#ignoreLines--;
        continue;
      }
      this.records++;
      this.#rows.push(row);
      if (this.#rows.length >= ROWS_PER_STATEMENT) await this.flush();
    }
  }

  async flush(): Promise<void> {
    if (this.#rows.length === 0) return;
    const tuples = this.#rows.map((row) => this.#tuple(row));
    this.#rows = [];
    const writer = new CapturingWriter();
    await this.#session.runText(this.#head + tuples.join(', '), { writer, more: false });
    this.affected += writer.okResult?.affectedRows ?? 0;
  }

  #tuple(row: DelimitedRow): string {
    const values: string[] = [];
    for (const [i, column] of this.#columns.entries()) {
      if (column === undefined) continue;
      const value = row[i];
      if (i >= row.length) values.push('DEFAULT');
      else values.push(value === undefined ? 'NULL' : quoteText(this.#session, value));
    }
    return `(${values.join(', ')})`;
  }
}
