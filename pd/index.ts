/** The public face of `pd`. */
export type { TimestampOracle } from './client/timestamp-oracle.ts';
export { LocalOracle, type LocalOracleOptions } from './server/local-oracle.ts';
export { SAVE_AHEAD_MS, TimestampState } from './tso.ts';
