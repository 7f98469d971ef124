/** Files through node:fs. Errors become DiskError with the codes callers branch on. */

import { constants, promises as fs, writev } from 'node:fs';
import { dirname } from 'node:path';
import { type Disk, DiskError, type DiskErrorCode, type DiskFile } from '../env.ts';
import { lockFile } from './lock-file.ts';

const knownCodes: ReadonlySet<string> = new Set(['ENOENT', 'EEXIST', 'ENOSPC', 'EIO', 'EACCES']);

function codeOf(error: unknown): DiskErrorCode {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (knownCodes.has(code)) return code as DiskErrorCode;
  if (code === 'EDQUOT') return 'ENOSPC';
  if (code === 'EPERM' || code === 'EROFS') return 'EACCES';
  return 'EIO';
}

function toDiskError(error: unknown, path: string): DiskError {
  if (error instanceof DiskError) return error;
  return new DiskError(codeOf(error), `${path}: ${error instanceof Error ? error.message : String(error)}`);
}

async function translate<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw toDiskError(error, path);
  }
}

/** Linux syncs as it writes, one trip to the thread pool instead of two; elsewhere the flag promises less than fdatasync. */
const SYNCED_WRITES = process.platform === 'linux' ? constants.O_RDWR | constants.O_DSYNC : undefined;

class RealFile implements DiskFile {
  readonly path: string;
  readonly #handle: fs.FileHandle;
  /** The same file, where every write is synced; opened by the first `writeDurably`. */
  #synced: fs.FileHandle | undefined;

  constructor(path: string, handle: fs.FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  size(): Promise<number> {
    return translate(this.path, async () => (await this.#handle.stat()).size);
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    return translate(this.path, async () => {
      const buffer = Buffer.allocUnsafe(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await this.#handle.read(buffer, filled, length - filled, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return buffer.subarray(0, filled);
    });
  }

  write(offset: number, buffers: readonly Uint8Array[]): Promise<void> {
    return translate(this.path, async () => {
      const total = buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0);
      const { bytesWritten } = await this.#handle.writev(buffers as Uint8Array[], offset);
      if (bytesWritten < total) {
        const rest = Buffer.concat(buffers as Uint8Array[]).subarray(bytesWritten);
        await this.#writeRest(offset + bytesWritten, rest);
      }
    });
  }

  async #writeRest(offset: number, rest: Uint8Array): Promise<void> {
    for (let done = 0; done < rest.byteLength; ) {
      const { bytesWritten } = await this.#handle.write(rest, done, rest.byteLength - done, offset + done);
      if (bytesWritten === 0) throw new DiskError('ENOSPC', `${this.path}: no space left on device`);
      done += bytesWritten;
    }
  }

  async writeDurably(offset: number, buffers: readonly Uint8Array[]): Promise<void> {
    if (SYNCED_WRITES === undefined) {
      await this.write(offset, buffers);
      return this.sync();
    }
    this.#synced ??= await translate(this.path, () => fs.open(this.path, SYNCED_WRITES));
    const { fd } = this.#synced;
    const bytesWritten = await this.#writeAt(fd, offset, buffers);
    const total = buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0);
    if (bytesWritten === total) return;
    await this.write(offset + bytesWritten, [Buffer.concat(buffers as Uint8Array[]).subarray(bytesWritten)]);
    return this.sync();
  }

  /** The callback of node:fs costs a fraction of its promises, and this one runs for every group of commits. */
  #writeAt(fd: number, offset: number, buffers: readonly Uint8Array[]): Promise<number> {
    return new Promise((resolve, reject) => {
      writev(fd, buffers as Uint8Array[], offset, (error, bytesWritten) => {
        if (error === null) resolve(bytesWritten);
        else reject(toDiskError(error, this.path));
      });
    });
  }

  sync(): Promise<void> {
    return translate(this.path, () => this.#handle.datasync());
  }

  truncate(size: number): Promise<void> {
    return translate(this.path, () => this.#handle.truncate(size));
  }

  /** Node has no fallocate: zeros are written, so that the blocks exist and later writes change no metadata. */
  allocate(size: number): Promise<void> {
    return translate(this.path, async () => {
      const chunk = Buffer.alloc(1 << 20);
      for (let at = (await this.#handle.stat()).size; at < size; ) {
        const length = Math.min(chunk.byteLength, size - at);
        const { bytesWritten } = await this.#handle.write(chunk, 0, length, at);
        if (bytesWritten === 0) throw new DiskError('ENOSPC', `${this.path}: no space left on device`);
        at += bytesWritten;
      }
      await this.#handle.sync();
    });
  }

  close(): Promise<void> {
    return translate(this.path, async () => {
      await this.#synced?.close();
      await this.#handle.close();
    });
  }
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await fs.open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export const realDisk: Disk = {
  open: (path, options) =>
    translate(path, async () => {
      const flags = options.create ? 'a' : 'r+';
      if (options.create) await (await fs.open(path, flags)).close();
      return new RealFile(path, await fs.open(path, 'r+'));
    }),

  readFile: (path) =>
    translate(path, async () => {
      try {
        return await fs.readFile(path);
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return undefined;
        throw error;
      }
    }),

  replaceFile: (path, contents) =>
    translate(path, async () => {
      const aside = `${path}.new`;
      const handle = await fs.open(aside, 'w', 0o600);
      try {
        await handle.writeFile(contents);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await fs.rename(aside, path);
      await syncDirectory(dirname(path));
    }),

  list: (directory) => translate(directory, async () => (await fs.readdir(directory)).sort()),
  makeDirectory: (path) => translate(path, async () => void (await fs.mkdir(path, { recursive: true, mode: 0o700 }))),
  rename: (from, to) => translate(from, () => fs.rename(from, to)),
  remove: (path) => translate(path, () => fs.rm(path, { recursive: true, force: true })),
  syncDirectory: (path) => translate(path, () => syncDirectory(path)),
  lock: (path) => lockFile(path),
  freeBytes: (path) =>
    translate(path, async () => {
      const stats = await fs.statfs(path);
      return stats.bavail * stats.bsize;
    }),
};
