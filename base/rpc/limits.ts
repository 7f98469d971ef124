/** Bounds of gRPC connections. */

/** The largest message that is taken in; a sender of more gets RESOURCE_EXHAUSTED. Raft entries end at 8 MiB. */
export const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;
/** A connection on which nothing moved for so long is asked for a sign of life, and given up without one. */
export const KEEPALIVE_TIME_MS = 3_000;
export const KEEPALIVE_TIMEOUT_MS = 3_000;
/** Between attempts to connect to an address that does not answer. */
export const MIN_RECONNECT_MS = 100;
export const MAX_RECONNECT_MS = 3_000;
/** Bytes a sender may have on the way in one connection before the receiver has taken them. */
export const FLOW_CONTROL_WINDOW_BYTES = 2 * 1024 * 1024;
