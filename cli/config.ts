/** All settings of a Shoal process: what they are called, their defaults and their limits. */

import { z } from 'zod';

const port = z.number().int().min(0).max(65_535);
const megabytes = z.number().int().min(1).max(1_048_576);

const server = z.strictObject({
  /** Address of both listeners. */
  host: z.string().min(1).default('127.0.0.1'),
  /** MySQL protocol; 0 takes a free port. */
  'sql-port': port.default(4000),
  /** Metrics and health over HTTP; 0 takes a free port. */
  'status-port': port.default(10_080),
  'data-dir': z.string().min(1).default('shoal-data'),
  'max-connections': z.number().int().min(1).max(100_000).default(1000),
});

const store = z.strictObject({
  /** Quota of the in-memory cache of hot ranges. */
  'range-cache-mb': megabytes.default(256),
  /** LevelDB's block cache. */
  'block-cache-mb': megabytes.default(128),
});

const limits = z.strictObject({
  /** Memory one running statement may hold before it fails with error 1037. */
  'statement-memory-mb': megabytes.default(512),
  /** Memory all running statements may hold together; never more than half of what Node's heap may grow to. */
  'server-memory-mb': megabytes.default(2048),
});

const log = z.strictObject({
  level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('warn'),
});

export const configSchema = z.strictObject({
  server: server.default(server.parse({})),
  store: store.default(store.parse({})),
  limits: limits.default(limits.parse({})),
  log: log.default(log.parse({})),
});

export type Config = z.infer<typeof configSchema>;
