/** Limits of the wire server: every buffer and wait has one, with what happens when it is reached. */

/** Bytes of one packet frame on the wire; a payload that long continues in the next frame. */
export const MAX_FRAME_PAYLOAD = 0xff_ffff;

/** Packets before authentication; longer ones end the connection with 1153. */
export const MAX_HANDSHAKE_PACKET_BYTES = 64 * 1024;

/** Largest value of max_allowed_packet; a stream of frames beyond it is cut off without an answer. */
export const MAX_PACKET_BYTES = 1024 * 1024 * 1024;

/** Unread input kept while a command runs; beyond it the socket is paused. */
export const MAX_BUFFERED_INPUT_BYTES = 1024 * 1024;

/** A response is handed to the socket once it holds this many bytes, or when it is complete. */
export const FLUSH_BYTES = 64 * 1024;

/** Bytes waiting in the socket above which `rows` makes the session wait for the client. */
export const MAX_QUEUED_OUTPUT_BYTES = 1024 * 1024;

/** Output buffers kept for reuse, and their size. */
export const POOLED_BUFFERS = 256;
export const POOLED_BUFFER_BYTES = 16 * 1024;

/** Rows of one open cursor, encoded; beyond it the statement fails with 1037. */
export const MAX_CURSOR_BYTES = 256 * 1024 * 1024;

/** Connection attributes of a handshake; longer ones are malformed. */
export const MAX_CONNECTION_ATTRIBUTES_BYTES = 64 * 1024;

/** Accounts whose verified password digest is remembered for caching_sha2_password's fast path. */
export const MAX_CACHED_DIGESTS = 10_000;

/** Prepared statements of one connection, 1461 beyond; the default of max_prepared_stmt_count. */
export const MAX_STATEMENTS_PER_CONNECTION = 16_382;
