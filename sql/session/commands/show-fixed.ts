/** SHOW statements answered from the session itself, and those about features that are absent: right columns, no rows. */

import { type Datum, fieldTypes, sqlErrors } from '../../../engine/index.ts';
import type { ShowLimit, ShowTarget } from '../../parser/ast-utility.ts';
import type { ResultColumn } from '../../server/session-port.ts';
import { PRIVILEGE_ROWS } from '../accounts/privilege-rows.ts';
import type { Answer, Session } from '../session.ts';
import { answerRows, resultColumn, textColumn } from './rows.ts';

function texts(...names: readonly string[]): readonly ResultColumn[] {
  return names.map((name) => textColumn(name, 256));
}

function numbered(columns: readonly ResultColumn[], ...names: readonly string[]): readonly ResultColumn[] {
  return columns.map((column) =>
    names.includes(column.name) ? resultColumn(column.name, fieldTypes.bigint()) : column,
  );
}

const WARNING_COLUMNS = [
  textColumn('Level', 7),
  resultColumn('Code', fieldTypes.int({ unsigned: true })),
  textColumn('Message', 512),
];

const REPLICA_STATUS = texts(
  ...(
    'Replica_IO_State Source_Host Source_User Source_Port Connect_Retry Source_Log_File Read_Source_Log_Pos ' +
    'Relay_Log_File Relay_Log_Pos Relay_Source_Log_File Replica_IO_Running Replica_SQL_Running Replicate_Do_DB ' +
    'Replicate_Ignore_DB Replicate_Do_Table Replicate_Ignore_Table Replicate_Wild_Do_Table ' +
    'Replicate_Wild_Ignore_Table Last_Errno Last_Error Skip_Counter Exec_Source_Log_Pos Relay_Log_Space ' +
    'Until_Condition Until_Log_File Until_Log_Pos Source_SSL_Allowed Source_SSL_CA_File Source_SSL_CA_Path ' +
    'Source_SSL_Cert Source_SSL_Cipher Source_SSL_Key Seconds_Behind_Source Source_SSL_Verify_Server_Cert ' +
    'Last_IO_Errno Last_IO_Error Last_SQL_Errno Last_SQL_Error Replicate_Ignore_Server_Ids Source_Server_Id ' +
    'Source_UUID Source_Info_File SQL_Delay SQL_Remaining_Delay Replica_SQL_Running_State Source_Retry_Count ' +
    'Source_Bind Last_IO_Error_Timestamp Last_SQL_Error_Timestamp Source_SSL_Crl Source_SSL_Crlpath ' +
    'Retrieved_Gtid_Set Executed_Gtid_Set Auto_Position Replicate_Rewrite_DB Channel_Name Source_TLS_Version ' +
    'Source_public_key_path Get_Source_public_key Network_Namespace'
  ).split(' '),
);

/** Statements whose answer is always empty. */
const EMPTY: ReadonlyMap<ShowTarget['kind'], readonly ResultColumn[]> = new Map<
  ShowTarget['kind'],
  readonly ResultColumn[]
>([
  ['open tables', numbered(texts('Database', 'Table', 'In_use', 'Name_locked'), 'In_use', 'Name_locked')],
  [
    'master status',
    numbered(texts('File', 'Position', 'Binlog_Do_DB', 'Binlog_Ignore_DB', 'Executed_Gtid_Set'), 'Position'),
  ],
  ['binary logs', numbered(texts('Log_name', 'File_size', 'Encrypted'), 'File_size')],
  [
    'binlog events',
    numbered(
      texts('Log_name', 'Pos', 'Event_type', 'Server_id', 'End_log_pos', 'Info'),
      'Pos',
      'Server_id',
      'End_log_pos',
    ),
  ],
  [
    'relaylog events',
    numbered(
      texts('Log_name', 'Pos', 'Event_type', 'Server_id', 'End_log_pos', 'Info'),
      'Pos',
      'Server_id',
      'End_log_pos',
    ),
  ],
  ['replica status', REPLICA_STATUS],
  [
    'replicas',
    numbered(texts('Server_Id', 'Host', 'Port', 'Source_Id', 'Replica_UUID'), 'Server_Id', 'Port', 'Source_Id'),
  ],
  ['profiles', numbered(texts('Query_ID', 'Duration', 'Query'), 'Query_ID')],
  ['profile', texts('Status', 'Duration')],
  ['procedure code', numbered(texts('Pos', 'Instruction'), 'Pos')],
  ['function code', numbered(texts('Pos', 'Instruction'), 'Pos')],
]);

export function showFixed(session: Session, what: ShowTarget, answer: Answer): void {
  const empty = EMPTY.get(what.kind);
  if (empty !== undefined) {
    answerRows(session, empty, [], answer);
    return;
  }
  switch (what.kind) {
    case 'warnings':
      showWarnings(session, what.limit, () => true, answer);
      return;
    case 'errors':
      showWarnings(session, what.limit, (level) => level === 'Error', answer);
      return;
    case 'warning count':
      showCount(session, '@@session.warning_count', session.state.warningCount, answer);
      return;
    case 'error count':
      showCount(session, '@@session.error_count', session.state.errorCount, answer);
      return;
    case 'privileges':
      answerRows(session, texts('Privilege', 'Context', 'Comment'), PRIVILEGE_ROWS, answer);
      return;
    case 'engine':
      answerRows(session, texts('Type', 'Name', 'Status'), [[what.engine, '', '']], answer);
      return;
    default:
      throw sqlErrors.notSupportedYet(`SHOW ${what.kind === 'other' ? what.text : what.kind.toUpperCase()}`);
  }
}

function showWarnings(
  session: Session,
  limit: ShowLimit | undefined,
  wanted: (level: string) => boolean,
  answer: Answer,
): void {
  const from = limit?.offset ?? 0;
  const rows = session.state.warnings
    .filter(({ level }) => wanted(level))
    .slice(from, limit === undefined ? undefined : from + limit.count)
    .map(({ level, errno, message }): Datum[] => [level, errno, message]);
  answerRows(session, WARNING_COLUMNS, rows, answer);
}

function showCount(session: Session, title: string, count: number, answer: Answer): void {
  answerRows(session, [resultColumn(title, fieldTypes.bigint({ unsigned: true }))], [[count]], answer);
}
