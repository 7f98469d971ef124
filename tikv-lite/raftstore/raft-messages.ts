/** What a replica tells apart among raft's messages before raft sees them. */

import type { Message } from '../../raft/index.ts';

/** What a replica cannot use while a snapshot is being applied: its log would run ahead of its data. */
export function bringsEntries({ type }: Message): boolean {
  return type === 'MsgApp' || type === 'MsgSnap' || type === 'MsgTimeoutNow';
}

/** What keeps nobody awake. */
export function isHeartbeat({ type }: Message): boolean {
  return type === 'MsgHeartbeat' || type === 'MsgHeartbeatResp';
}
