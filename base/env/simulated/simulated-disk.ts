/**
 * A disk that forgets: writes are readable at once, but `crash` keeps only what was synced, plus any prefix of the
 * unsynced writes to each file, the last of them possibly torn. Directory entries (create, rename, remove) survive a
 * crash only after `syncDirectory` or `replaceFile`; an entry that was never synced may be there or not.
 * Completion takes virtual time from the queue; what a process asks of a file that it opened before a crash never
 * completes. `failNext` and `capacityBytes` inject errors.
 */

import { type Disk, DiskError, type DiskErrorCode, type DiskFile } from '../env.ts';
import type { EventQueue } from './event-queue.ts';
import type { SeededRandom } from './seeded-random.ts';

type Operation = 'write' | 'sync' | 'read';

interface UnsyncedWrite {
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Set for truncations: the new size. */
  readonly truncateTo?: number;
}

/** Both arrays may be longer than the file: they grow by doubling, and only the file itself changes them. */
class FileContents {
  durable: FileBytes;
  current: FileBytes;
  unsynced: UnsyncedWrite[] = [];

  constructor(contents: Uint8Array) {
    this.durable = new FileBytes(contents.slice());
    this.current = new FileBytes(contents.slice());
  }

  change(write: UnsyncedWrite): void {
    this.current.apply(write);
    this.unsynced.push(write);
  }

  settle(): void {
    for (const write of this.unsynced) this.durable.apply(write);
    this.unsynced = [];
  }
}

class FileBytes {
  #bytes: Uint8Array;
  #size: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#size = bytes.byteLength;
  }

  get size(): number {
    return this.#size;
  }

  slice(from = 0, to = this.#size): Uint8Array {
    return this.#bytes.slice(from, Math.min(to, this.#size));
  }

  /** `length` cuts a torn write short. */
  apply(write: UnsyncedWrite, length = write.bytes.byteLength): void {
    const end = write.truncateTo ?? Math.max(this.#size, write.offset + length);
    if (end > this.#bytes.byteLength) {
      const grown = new Uint8Array(Math.max(end, 2 * this.#bytes.byteLength));
      grown.set(this.#bytes.subarray(0, this.#size));
      this.#bytes = grown;
    }
    if (end < this.#size) this.#bytes.fill(0, end, this.#size);
    this.#size = end;
    if (write.truncateTo === undefined) this.#bytes.set(write.bytes.subarray(0, length), write.offset);
  }
}

export interface SimulatedDiskOptions {
  /** Where completions are waited for. */
  readonly queue: Pick<EventQueue, 'schedule'>;
  readonly random: SeededRandom;
  /** Virtual milliseconds that a read or write and a sync take. */
  readonly accessMs?: number;
  readonly syncMs?: number;
}

export class SimulatedDisk implements Disk {
  /** Writes that would exceed it fail with ENOSPC. */
  capacityBytes = Number.MAX_SAFE_INTEGER;
  /** Every operation takes so many times its ordinary time. */
  slowdown = 1;
  readonly #files = new Map<string, FileContents>();
  /** What a crash would restore of the directory tree. */
  #durableFiles = new Map<string, FileContents>();
  readonly #directories = new Set<string>();
  readonly #locks = new Set<string>();
  readonly #options: SimulatedDiskOptions;
  /** Raised by a crash: operations of the life before never complete. */
  #epoch = 0;
  #failure: { readonly operation: Operation; readonly code: DiskErrorCode } | undefined;

  constructor(options: SimulatedDiskOptions) {
    this.#options = options;
  }

  /** The next operation of that kind fails once. */
  failNext(operation: Operation, code: DiskErrorCode): void {
    this.#failure = { operation, code };
  }

  /** Takes `failNext` back. */
  stopFailing(): void {
    this.#failure = undefined;
  }

  /** Power cut: see the header. Operations under way never settle; the next life opens files anew. */
  crash(): void {
    this.#epoch++;
    this.#locks.clear();
    const { random } = this.#options;
    for (const [path, file] of this.#files) {
      if (!this.#durableFiles.has(path) && random.float() < 0.5) this.#durableFiles.set(path, file);
    }
    this.#files.clear();
    for (const [path, file] of this.#durableFiles) {
      const kept = random.below(file.unsynced.length + 1);
      const bytes = file.durable;
      for (const write of file.unsynced.slice(0, kept)) bytes.apply(write);
      const torn = file.unsynced[kept];
      if (torn !== undefined && torn.truncateTo === undefined && random.float() < 0.5) {
        bytes.apply(torn, random.below(torn.bytes.byteLength + 1));
      }
      this.#files.set(path, new FileContents(bytes.slice()));
    }
    this.#durableFiles = new Map(this.#files);
  }

  open(path: string, options: { readonly create: boolean }): Promise<DiskFile> {
    return this.#later('read', () => {
      let file = this.#files.get(path);
      if (file === undefined) {
        if (!options.create) throw new DiskError('ENOENT', `${path}: no such file`);
        file = new FileContents(new Uint8Array(0));
        this.#files.set(path, file);
      }
      return this.#handle(path, file);
    });
  }

  readFile(path: string): Promise<Uint8Array | undefined> {
    return this.#later('read', () => this.#files.get(path)?.current.slice());
  }

  replaceFile(path: string, contents: Uint8Array): Promise<void> {
    return this.#later('sync', () => {
      const file = new FileContents(contents);
      this.#files.set(path, file);
      this.#durableFiles.set(path, file);
    });
  }

  list(directory: string): Promise<readonly string[]> {
    return this.#later('read', () => {
      const prefix = `${directory}/`;
      const names = new Set<string>();
      for (const path of [...this.#files.keys(), ...this.#directories]) {
        if (path.startsWith(prefix)) names.add(path.slice(prefix.length).split('/')[0] ?? '');
      }
      if (names.size === 0 && !this.#directories.has(directory)) {
        throw new DiskError('ENOENT', `${directory}: no such directory`);
      }
      return [...names].sort();
    });
  }

  makeDirectory(path: string): Promise<void> {
    return this.#later('write', () => void this.#directories.add(path));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#later('write', () => {
      const file = this.#files.get(from);
      if (file === undefined) throw new DiskError('ENOENT', `${from}: no such file`);
      this.#files.delete(from);
      this.#files.set(to, file);
    });
  }

  remove(path: string): Promise<void> {
    return this.#later('write', () => {
      for (const name of [...this.#files.keys()]) {
        if (name === path || name.startsWith(`${path}/`)) this.#files.delete(name);
      }
      this.#directories.delete(path);
    });
  }

  syncDirectory(path: string): Promise<void> {
    return this.#later('sync', () => {
      const prefix = `${path}/`;
      for (const name of [...this.#durableFiles.keys()]) {
        if (name.startsWith(prefix) && !this.#files.has(name)) this.#durableFiles.delete(name);
      }
      for (const [name, file] of this.#files) {
        if (name.startsWith(prefix)) this.#durableFiles.set(name, file);
      }
    });
  }

  lock(path: string): Promise<{ release(): Promise<void> }> {
    return this.#later('write', () => {
      if (this.#locks.has(path)) throw new DiskError('ELOCKED', `${path} is held by process 1`);
      this.#locks.add(path);
      return {
        release: () => {
          this.#locks.delete(path);
          return Promise.resolve();
        },
      };
    });
  }

  freeBytes(): Promise<number> {
    return Promise.resolve(Math.max(0, this.capacityBytes - this.usedBytes));
  }

  /** Bytes in all files. */
  get usedBytes(): number {
    let used = 0;
    for (const file of this.#files.values()) used += file.current.size;
    return used;
  }

  /** Writes inside a file take no new space, on a full disk neither. */
  #requireSpace(path: string, growth: number): void {
    if (growth > 0 && this.usedBytes + growth > this.capacityBytes) {
      throw new DiskError('ENOSPC', `${path}: no space left on device`);
    }
  }

  #handle(path: string, file: FileContents): DiskFile {
    const epoch = this.#epoch;
    const later = <T>(operation: Operation, action: () => T): Promise<T> => this.#later(operation, action, epoch);
    const write = (offset: number, buffers: readonly Uint8Array[]): Promise<void> => {
      const bytes = new Uint8Array(Buffer.concat(buffers as Uint8Array[]));
      return later('write', () => {
        this.#requireSpace(path, offset + bytes.byteLength - file.current.size);
        file.change({ offset, bytes });
      });
    };
    const sync = (): Promise<void> => later('sync', () => file.settle());
    return {
      path,
      size: () => later('read', () => file.current.size),
      read: (offset, length) => later('read', () => file.current.slice(offset, offset + length)),
      write,
      writeDurably: (offset, buffers) => write(offset, buffers).then(sync),
      sync,
      truncate: (size) => later('write', () => file.change({ offset: 0, bytes: new Uint8Array(0), truncateTo: size })),
      allocate: (size) =>
        later('sync', () => {
          const { size: oldSize } = file.current;
          if (oldSize >= size) return;
          this.#requireSpace(path, size - oldSize);
          file.change({ offset: oldSize, bytes: new Uint8Array(size - oldSize) });
          file.settle();
        }),
      close: () => Promise.resolve(),
    };
  }

  #later<T>(operation: Operation, action: () => T, epoch = this.#epoch): Promise<T> {
    const { queue, accessMs = 0.1, syncMs = 0.5 } = this.#options;
    return new Promise((resolve, reject) => {
      queue.schedule(this.slowdown * (operation === 'sync' ? syncMs : accessMs), () => {
        if (epoch !== this.#epoch) return;
        if (this.#failure?.operation === operation) {
          const { code } = this.#failure;
          this.#failure = undefined;
          reject(new DiskError(code, `injected ${code}`));
          return;
        }
        try {
          resolve(action());
        } catch (error) {
          reject(error);
        }
      });
    });
  }
}
