/** Limits of a session: what it may hold and how often it tries again. */

/** Buffered writes of one transaction; 'too-large' beyond. */
export const MAX_TRANSACTION_BYTES = 1024 * 1024 * 1024;

export const MAX_SAVEPOINTS = 10_000;

/** Attempts of one statement that meets write conflicts; then the deadlock error. */
export const MAX_STATEMENT_ATTEMPTS = 256;

/** How often one command is planned again because schema changes overtake it; 8028 beyond. */
export const MAX_REPLANS = 64;

/** Prepared statements of one session, 1461 beyond. */
export const MAX_PREPARED_STATEMENTS = 16_382;

export const MAX_USER_VARIABLES = 100_000;

/** Memory of one running statement, charged by operators, and of all running statements together; 1037 beyond. */
export const DEFAULT_STATEMENT_MEMORY_BYTES = 512 * 1024 * 1024;
export const DEFAULT_SERVER_MEMORY_BYTES = 1024 * 1024 * 1024;

/** Characters of a statement that SHOW FULL PROCESSLIST shows. */
export const MAX_SHOWN_STATEMENT_CHARACTERS = 65_536;
