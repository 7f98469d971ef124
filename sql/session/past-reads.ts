/**
 * Reads of the past, in TiDB's words: SELECT … AS OF TIMESTAMP, START and SET TRANSACTION READ ONLY AS OF TIMESTAMP,
 * `tidb_snapshot` and `tidb_read_staleness`. All of them choose one timestamp per statement; data and schema are read there.
 */

import { composeTs, MAX_TS, type Ts } from '../../base/index.ts';
import { type Datum, sqlErrors } from '../../engine/index.ts';
import type { Expression } from '../parser/ast.ts';
import type { Statement } from '../parser/statement.ts';
import type { Session } from './session.ts';

/** Cheaper than looking through every tree. */
const WORDS = /\bas\s+of\s+timestamp\b/i;
const BOUNDED = /^tidb_bounded_staleness$/i;
const MICROS_PER_MS = 1000;

/** Whether the statement itself names a time. */
export function namesTime(statement: Statement, source: Buffer): boolean {
  const isQuery = statement.kind === 'query' || statement.kind === 'explain';
  return isQuery && WORDS.test(source.toString('latin1', statement.start, statement.end));
}

/**
 * At which timestamp the statement reads; undefined for the present. Throws 8135 where no time may be named or several
 * are, 9006 for the future, 1105 for a write while `tidb_snapshot` is set.
 */
export async function pastTimestamp(session: Session, statement: Statement, source: Buffer): Promise<Ts | undefined> {
  const { transaction, state } = session;
  const times = namesTime(statement, source) ? timesIn(statement) : [];
  const isQuery = statement.kind === 'query' || statement.kind === 'explain';
  if (transaction.inTransaction) {
    if (times.length > 0) throw sqlErrors.invalidAsOf("as of timestamp can't be set in transaction.");
    return transaction.asOf;
  }
  if (transaction.asOf !== undefined && isQuery) {
    if (times.length > 0) throw sqlErrors.invalidAsOf("can't use select as of while already set transaction as of");
    return transaction.asOf;
  }
  if (times.length > 0) return await commonTime(session, times, source);
  if (!isQuery) {
    if (state.snapshotTs !== undefined) throw sqlErrors.writeWithSnapshotSet();
    return undefined;
  }
  if (state.snapshotTs !== undefined) return state.snapshotTs;
  if (state.readStalenessSeconds === 0) return undefined;
  return composeTs(session.env.clock.nowMs() + state.readStalenessSeconds * 1000, 0);
}

async function commonTime(session: Session, times: readonly Expression[], source: Buffer): Promise<Ts> {
  let common: Ts | undefined;
  for (const time of times) {
    const ts = await timestampOf(session, time, source);
    if (common !== undefined && ts !== common) {
      throw sqlErrors.invalidAsOf('can not set different time in the as of');
    }
    common = ts;
  }
  return common ?? MAX_TS;
}

/** The timestamp an expression stands for. Throws 8135 for NULL, 9006 for the future. */
export async function timestampOf(session: Session, time: Expression, source: Buffer): Promise<Ts> {
  if (time.kind === 'call' && BOUNDED.test(time.name)) return await boundedTimestamp(session, time.args, source);
  const ts = await timeOf(session, source.toString('utf8', time.start, time.end));
  if (ts > (await session.server.storage.currentTs())) throw sqlErrors.readTimestampInFuture();
  return ts;
}

/** TIDB_BOUNDED_STALENESS(from, to): the newest time between that is over. */
async function boundedTimestamp(session: Session, bounds: readonly Expression[], source: Buffer): Promise<Ts> {
  const [from, to] = bounds;
  if (from === undefined || to === undefined || bounds.length !== 2) {
    throw sqlErrors.wrongParamcountToNativeFct('TIDB_BOUNDED_STALENESS');
  }
  const [low, high] = [
    await timeOf(session, source.toString('utf8', from.start, from.end)),
    await timeOf(session, source.toString('utf8', to.start, to.end)),
  ];
  const now = await session.server.storage.currentTs();
  if (low > high || low > now) throw sqlErrors.readTimestampInFuture();
  return high < now ? high : now;
}

/** SET tidb_snapshot: a time, or a timestamp as a number. */
export async function snapshotTimestamp(session: Session, value: Datum): Promise<Ts | undefined> {
  const text = value === null ? '' : String(value).trim();
  if (text === '') return undefined;
  const isNumber = /^\d{15,20}$/.test(text) && BigInt(text) <= MAX_TS;
  const ts = isNumber ? (BigInt(text) as Ts) : await timeOf(session, `'${text.replaceAll(/['\\]/g, '')}'`);
  if (ts > (await session.server.storage.currentTs())) throw sqlErrors.readTimestampInFuture();
  return ts;
}

/** Wall clock time in the session's time zone. */
async function timeOf(session: Session, text: string): Promise<Ts> {
  const { value } = await session.evaluate(`CAST(UNIX_TIMESTAMP(CAST((${text}) AS DATETIME(6))) * 1000000 AS SIGNED)`);
  if (value === null) throw sqlErrors.invalidAsOf('as of timestamp cannot be NULL');
  return composeTs(Math.floor(Number(value) / MICROS_PER_MS), 0);
}

/** The AS OF expressions of all tables, those of subqueries included. */
function timesIn(node: unknown): Expression[] {
  if (Array.isArray(node)) return node.flatMap(timesIn);
  if (node === null || typeof node !== 'object' || node instanceof Uint8Array) return [];
  const own =
    'kind' in node && node.kind === 'table' && 'asOf' in node && node.asOf !== undefined
      ? [node.asOf as Expression]
      : [];
  return [...own, ...Object.values(node).flatMap(timesIn)];
}
