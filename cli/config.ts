/** All settings of Shoal's processes: what they are called, their defaults and their limits. One file serves all roles. */

import { z } from 'zod';

const port = z.number().int().min(0).max(65_535);
const megabytes = z.number().int().min(1).max(1_048_576);
const address = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/, 'an address is written HOST:PORT');
const optionalAddress = z.union([z.literal(''), address]);
const path = z.string();
const seconds = z.number().int().min(1).max(86_400);

/** TiKV's rules for the keys and values of labels. */
const labelKey = z.string().regex(/^\$?[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?$/, 'not the key of a label');
const labelValue = z.string().regex(/^([-A-Za-z0-9_./]*[A-Za-z0-9])?$/, 'not the value of a label');

/** `zone=z1,host=h1`, as flags and variables have it. */
function parseLabels(text: unknown): unknown {
  if (typeof text !== 'string') return text;
  const pairs = text === '' ? [] : text.split(',').map((pair) => pair.trim().split('='));
  return pairs.every((pair) => pair.length === 2) ? Object.fromEntries(pairs) : text;
}

/** Where a process stands: a table of text, or `zone=z1,host=h1`. */
const labels = z
  .preprocess(parseLabels, z.record(labelKey, labelValue, 'labels are written KEY=VALUE,KEY=VALUE'))
  .default({});

/** The SQL front end, embedded or as a gateway. */
const server = z.strictObject({
  /** Address of both listeners. */
  host: z.string().min(1).default('127.0.0.1'),
  /** MySQL protocol; 0 takes a free port. */
  'sql-port': port.default(4000),
  /** Metrics and health over HTTP; 0 takes a free port. */
  'status-port': port.default(10_080),
  /** All data of the embedded cluster; a gateway keeps only its certificate there. */
  'data-dir': z.string().min(1).default('shoal-data'),
  'max-connections': z.number().int().min(1).max(100_000).default(1000),
  /** Stores with the same `zone` are the closest ones (tidb_replica_read = 'closest-replicas'). */
  labels,
});

const pd = z.strictObject({
  /** Where the placement driver serves gRPC, and where stores and gateways look for it. */
  addr: address.default('127.0.0.1:2379'),
  /** How others reach it; empty: `addr`. */
  'advertise-addr': optionalAddress.default(''),
  'status-port': port.default(2378),
  'data-dir': z.string().min(1).default('shoal-pd'),
  /** Merges of small regions at a time; 0 merges nothing. */
  'merge-schedule-limit': z.number().int().min(0).max(64).default(8),
  /** A region that is neither larger nor holds more keys is merged into a neighbour. */
  'max-merge-region-mb': megabytes.default(54),
  'max-merge-region-keys': z.number().int().min(0).default(540_000),
  /** A region is not merged for so long after a split. */
  'split-merge-interval-s': z.number().int().min(0).max(604_800).default(3600),
});

const store = z.strictObject({
  /** Where a store serves gRPC. */
  addr: address.default('127.0.0.1:20160'),
  /** How others reach it; empty: `addr`. */
  'advertise-addr': optionalAddress.default(''),
  'status-port': port.default(20_180),
  'data-dir': z.string().min(1).default('shoal-store'),
  /** What the placement driver tells others of its place. */
  labels,
  /** Quota of the in-memory cache of hot ranges. */
  'range-cache-mb': megabytes.default(256),
  /** LevelDB's block cache. */
  'block-cache-mb': megabytes.default(128),
  /** What a region has after a split; half as much again is split. */
  'region-split-mb': megabytes.default(256),
  'region-split-keys': z.number().int().min(2).default(2_560_000),
  /** How often regions that grew are measured. */
  'split-check-interval-s': seconds.default(10),
  /** How often the placement driver is told of every region, changed or not. */
  'pd-heartbeat-interval-s': seconds.default(60),
});

/** Mutual TLS between the processes of a cluster: all three PEM files, or none. */
const security = z
  .strictObject({
    'ca-path': path.default(''),
    'cert-path': path.default(''),
    'key-path': path.default(''),
  })
  .refine((files) => new Set(Object.values(files).map((file) => file === '')).size === 1, {
    message: 'ca-path, cert-path and key-path go together',
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
  pd: pd.default(pd.parse({})),
  store: store.default(store.parse({})),
  security: security.default(security.parse({})),
  limits: limits.default(limits.parse({})),
  log: log.default(log.parse({})),
});

export type Config = z.infer<typeof configSchema>;
