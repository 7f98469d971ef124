/** Bounds of gRPC connections. */

/** The largest message that is taken in; a sender of more gets RESOURCE_EXHAUSTED. Raft entries end at 8 MiB. */
export const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;
/**
 * How often a client asks the other side of a connection for a sign of life, and when it gives it up without one: soon,
 * because after a cut TCP itself waits for longer and longer before it tries again, and a new connection does not.
 */
export const CLIENT_KEEPALIVE_TIME_MS = 1_000;
export const CLIENT_KEEPALIVE_TIMEOUT_MS = 2_000;
/** The same of a server, which only wants to get rid of clients that are gone. */
export const SERVER_KEEPALIVE_TIME_MS = 3_000;
export const SERVER_KEEPALIVE_TIMEOUT_MS = 3_000;
/** Between attempts to connect to an address that does not answer. */
export const MIN_RECONNECT_MS = 100;
export const MAX_RECONNECT_MS = 3_000;
/** Bytes a sender may have on the way in one connection before the receiver has taken them. */
export const FLOW_CONTROL_WINDOW_BYTES = 2 * 1024 * 1024;
