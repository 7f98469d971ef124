/** Bounds of what a node queues for others. */

/** Read index requests waiting for a quorum or for the term's first commit; one more is dropped, its sender retries. */
export const MAX_PENDING_READS = 65_536;

/** Bytes of log scanned at a time when looking for conf changes. */
export const SCAN_PAGE_BYTES = 1 << 20;
