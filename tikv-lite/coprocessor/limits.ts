/** Bounds of the coprocessor. */

/** Rows decoded and computed at once; the first batches are smaller. */
export const MAX_BATCH_ROWS = 1024;
export const FIRST_BATCH_ROWS = 64;
/** Rows of the scan after which a request lets the others of its store have a turn. */
export const SLICE_ROWS = 4096;
/** Bytes of the rows answered after which a reply ends. */
export const REPLY_BYTES = 4 * 1024 * 1024;
/** Groups and kept rows of one reply: it ends above the first, it fails above the second. */
export const REPLY_MEMORY_BYTES = 16 * 1024 * 1024;
export const MAX_MEMORY_BYTES = 256 * 1024 * 1024;
/** Warnings after which a reply ends. */
export const REPLY_WARNINGS = 1024;

/** Rows of the scan that the first page of a stream covers, and later ones: they grow fourfold up to here. */
export const FIRST_PAGE_ROWS = 256;
export const MAX_PAGE_ROWS = 8192;
/** The same for DAGs whose replies are smaller than what they read. */
export const FIRST_REDUCING_PAGE_ROWS = 4096;
export const MAX_REDUCING_PAGE_ROWS = 131_072;
/** DAGs that a store keeps decoded and compiled: the pages of one execution share theirs. */
export const KEPT_DAGS = 64;
/** Regions that one stream asks at once. */
export const STREAM_CONCURRENCY = 8;
