/** Faulty disks and logs, for stores of every kind. */

import type { Disk, DiskFile, Random } from '../../../base/index.ts';
import type { RaftLog } from '../../../tikv-lite/raftstore/log/raft-log.ts';

/** One of so many syncs of a file is answered without having been done. */
export function skippingDisk(disk: Disk, random: Random, oneIn = 10): Disk {
  return diskOver(disk, (file) =>
    fileOver(file, {
      writeDurably: (offset, buffers) =>
        random.below(oneIn) === 0 ? file.write(offset, buffers) : file.writeDurably(offset, buffers),
      sync: () => (random.below(oneIn) === 0 ? Promise.resolve() : file.sync()),
    }),
  );
}

/** What comes in a snapshot is said to be on the disk before it is. */
export function diskWithoutSnapshotSyncs(disk: Disk): Disk {
  return diskOver(disk, (file) =>
    file.path.includes('/snapshot/') ? fileOver(file, { sync: () => Promise.resolve() }) : file,
  );
}

function diskOver(disk: Disk, faulty: (file: DiskFile) => DiskFile): Disk {
  return {
    open: async (path, options) => faulty(await disk.open(path, options)),
    readFile: (path) => disk.readFile(path),
    replaceFile: (path, contents) => disk.replaceFile(path, contents),
    list: (directory) => disk.list(directory),
    makeDirectory: (path) => disk.makeDirectory(path),
    rename: (from, to) => disk.rename(from, to),
    remove: (path) => disk.remove(path),
    syncDirectory: (path) => disk.syncDirectory(path),
    lock: (path) => disk.lock(path),
    freeBytes: (path) => disk.freeBytes(path),
  };
}

function fileOver(file: DiskFile, replaced: Partial<DiskFile>): DiskFile {
  return {
    path: file.path,
    size: () => file.size(),
    read: (offset, length) => file.read(offset, length),
    write: (offset, buffers) => file.write(offset, buffers),
    writeDurably: (offset, buffers) => file.writeDurably(offset, buffers),
    sync: () => file.sync(),
    truncate: (size) => file.truncate(size),
    allocate: (size) => file.allocate(size),
    close: () => file.close(),
    ...replaced,
  };
}

/** A log that never writes down in which term a node is and whom it voted for. */
export function forgetfulLog(log: RaftLog): RaftLog {
  const write = log.write.bind(log);
  log.write = (items) => write(items.filter(({ kind }) => kind !== 'hard-state'));
  return log;
}
