/**
 * Everything that is not a function of its input reaches the code through `Env`. `real/` binds Node, `simulated/` binds
 * a seeded virtual world; nothing else in the tree may touch the clock, timers, randomness, disk or network.
 */

export interface Env {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly disk: Disk;
  readonly network: Network;
}

export interface Clock {
  /** Wall clock, milliseconds since the Unix epoch, whole. May jump. */
  nowMs(): number;
  /** Wall clock in microseconds since the Unix epoch, whole. For NOW(6) and the like. */
  nowMicros(): number;
  /** Never goes back; only differences mean anything. Milliseconds with a fraction. */
  monotonicMs(): number;
}

export interface TimerHandle {
  cancel(): void;
}

export interface Timers {
  /** Runs `callback` once, `delayMs` from now. */
  after(delayMs: number, callback: () => void): TimerHandle;
  /** Runs `callback` in a later turn of the event loop, after pending I/O was seen. */
  nextTurn(callback: () => void): void;
}

export interface Random {
  /** Uniform in [0, 1). */
  float(): number;
  /** Uniform whole number in [0, bound). */
  below(bound: number): number;
  /** `length` fresh random bytes; cryptographically strong in the real environment. */
  bytes(length: number): Uint8Array;
}

export type DiskErrorCode = 'ENOENT' | 'EEXIST' | 'ENOSPC' | 'EIO' | 'EACCES' | 'ELOCKED';

export class DiskError extends Error {
  override readonly name = 'DiskError';
  readonly code: DiskErrorCode;
  constructor(code: DiskErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** A file opened for random access. Writes are durable only after `sync`. */
export interface DiskFile {
  readonly path: string;
  size(): Promise<number>;
  /** Reads up to `length` bytes at `offset`; shorter only at the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Writes all buffers one behind the other from `offset` on. Rejects with DiskError and writes nothing further. */
  write(offset: number, buffers: readonly Uint8Array[]): Promise<void>;
  /** Like `write` and `sync` in one: what it wrote survives a power cut once it resolves. */
  writeDurably(offset: number, buffers: readonly Uint8Array[]): Promise<void>;
  /** fdatasync: contents written so far survive a power cut. */
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  /** Reserves space so that later writes inside `size` change no metadata. */
  allocate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** Paths are absolute or relative to the process; directories are made durable by `syncDirectory`. */
export interface Disk {
  open(path: string, options: { readonly create: boolean }): Promise<DiskFile>;
  readFile(path: string): Promise<Uint8Array | undefined>;
  /** Replaces a small file atomically and durably (write aside, sync, rename, sync directory). */
  replaceFile(path: string, contents: Uint8Array): Promise<void>;
  list(directory: string): Promise<readonly string[]>;
  makeDirectory(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  syncDirectory(path: string): Promise<void>;
  /** Exclusive across processes while held; DiskError ELOCKED names the holder when taken. */
  lock(path: string): Promise<{ release(): Promise<void> }>;
  /** Bytes that can still be written below `path`. */
  freeBytes(path: string): Promise<number>;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A reliable ordered byte stream. */
export interface Connection {
  readonly remote: Address;
  /** Returns false when the peer reads too slowly; `onDrain` tells when to go on. */
  write(bytes: Uint8Array): boolean;
  close(): void;
  onData(listener: (bytes: Uint8Array) => void): void;
  onDrain(listener: () => void): void;
  onClose(listener: (error: Error | undefined) => void): void;
}

export interface Listener {
  readonly address: Address;
  close(): Promise<void>;
}

export interface Network {
  listen(address: Address, accept: (connection: Connection) => void): Promise<Listener>;
  connect(address: Address): Promise<Connection>;
}
