/** Bounds of a store's network service, and what happens at them. */

/** Raft messages waiting for one other store; beyond it new ones are dropped, and raft sends again. */
export const MAX_QUEUED_RAFT_BYTES = 64 * 1024 * 1024;
/** Raft messages in one frame to another store. */
export const MAX_RAFT_FRAME_BYTES = 4 * 1024 * 1024;
export const MAX_RAFT_FRAME_MESSAGES = 1024;
/** After a connection to a store broke, messages to it are dropped for so long. */
export const RAFT_RECONNECT_MS = 200;
/** A snapshot that is not there after so long has failed. */
export const SNAPSHOT_TIMEOUT_MS = 15 * 60 * 1000;
