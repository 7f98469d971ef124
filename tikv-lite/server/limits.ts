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

/** Commands of one BatchCommands stream that are not answered yet; beyond it the stream is not read. */
export const MAX_COMMANDS_IN_FLIGHT = 8192;
/** Calls of a client to one store that are not answered yet; beyond it new ones are refused. */
export const MAX_CALLS_IN_FLIGHT = 32_768;
/** Calls in one frame; what does not fit goes with the next. */
export const MAX_FRAME_CALLS = 256;
/** What a call waits for its answer unless it says otherwise. */
export const DEFAULT_CALL_TIMEOUT_MS = 20_000;
/** How long a connection to a store may take; what was dropped on the way is tried anew sooner than TCP would. */
export const CONNECT_TIMEOUT_MS = 2_000;
/** After a connection to a store failed, calls to it are refused for so long. */
export const CALL_RECONNECT_MS = 100;
/** What a leader waits for another store to say whether it agrees. */
export const LEADER_CHECK_TIMEOUT_MS = 2_000;
/** How often a connection with calls under way is looked after: is it silent, are answers overdue. */
export const CHECK_MS = 250;
/** After so many checks without a word of a store that owes answers it is asked for one, and given up after more. */
export const QUIET_CHECKS_BEFORE_PING = 2;
export const QUIET_CHECKS_BEFORE_GIVING_UP = 6;
