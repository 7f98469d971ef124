/** The public face of `base`. */
export { AssertionError, assert, assertNever, defined } from './assert.ts';
export { ByteReader } from './codec/byte-reader.ts';
export { ByteWriter } from './codec/byte-writer.ts';
export { keyFromBytes, keyOf, keyToBytes, nextKey, prefixNextKey, prefixRange } from './codec/key.ts';
export {
  type Decoded,
  decodeBytes,
  decodeDouble,
  decodeInt64,
  decodeUint64,
  decodeUint64Desc,
  decodeUint64Int,
  encodeBytes,
  encodeDouble,
  encodeInt64,
  encodeUint64,
  encodeUint64Desc,
  encodeUint64Halves,
  invertBytes,
  skipBytes,
} from './codec/memcomparable.ts';
export { ConfigError, type ConfigSources, loadConfig } from './config.ts';
export type {
  Address,
  Clock,
  Connection,
  Disk,
  DiskErrorCode,
  DiskFile,
  Env,
  Listener,
  Network,
  Random,
  TimerHandle,
  Timers,
} from './env/env.ts';
export { DiskError } from './env/env.ts';
export { InterruptibleWaits } from './env/interruptible-waits.ts';
export { pause, untilNextTurn, within } from './env/pauses.ts';
export { realEnv } from './env/real/real-env.ts';
export { Rounds, type RoundsOptions } from './env/rounds.ts';
export { EventQueue } from './env/simulated/event-queue.ts';
export { SeededRandom } from './env/simulated/seeded-random.ts';
export { SimulatedDisk } from './env/simulated/simulated-disk.ts';
export { SimulatedNetwork } from './env/simulated/simulated-network.ts';
export { type SimulatedMachine, SimulatedWorld } from './env/simulated/simulated-world.ts';
export { ExpectedError } from './expected-error.ts';
export type {
  ColumnId,
  DatabaseId,
  IndexId,
  Key,
  KeyRange,
  KvPair,
  PeerId,
  RegionId,
  StoreId,
  TableId,
  Ts,
} from './ids.ts';
export { composeTs, earlierTs, LOGICALS_PER_MS, logicalOf, MAX_TS, MIN_KEY, NO_TS, physicalMsOf } from './ids.ts';
export { createLogger, type Logger, type LogLevel, type LogOptions } from './log.ts';
export { type Counter, type Gauge, type Histogram, Metrics } from './metrics.ts';
export { chain, isPromise, type ValueOrPromise } from './value-or-promise.ts';
