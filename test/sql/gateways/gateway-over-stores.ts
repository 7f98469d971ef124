/** A SQL gateway on a machine of its own over the stores of a simulated world, with two sessions. */

import { CapturingWriter, openSql, type Session } from '../../../sql/index.ts';
import type { Client, Stores } from '../../tikv-lite/client/stores.ts';

const CONTROL = {
  disconnect: () => undefined,
  requestLocalFile: () => {
    throw new Error('no client to ask for a file');
  },
  tlsDetails: () => undefined,
};

export interface TwoSessions {
  readonly session: Session;
  readonly other: Session;
}

/** Answers once the statements were run by the first session. */
export async function openGateway(
  { world }: Stores,
  { storage }: Client,
  statements: readonly string[],
): Promise<TwoSessions> {
  const env = world.machine('gateway');
  const variables = { bind_address: 'gateway', port: 4000 };
  const layer = await world.settle(openSql({ env, storage, version: '0.1.0', systemTimeZone: 'UTC', variables }));
  const [session, other] = [layer.sessions.openInternal(1, CONTROL), layer.sessions.openInternal(2, CONTROL)];
  for (const sql of statements) await world.settle(run(session, sql));
  return { session, other };
}

export async function run(session: Session, sql: string): Promise<CapturingWriter> {
  const writer = new CapturingWriter();
  await session.query(Buffer.from(sql, 'utf8'), writer);
  return writer;
}
