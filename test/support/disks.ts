/**
 * A small disk of its own for single members of a cluster: a file system in a file, so that it can be filled to the brim
 * and made to stall. Needs Linux, root, loop devices, e2fsprogs and util-linux.
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SIZE_BYTES = 512 * 2 ** 20;

function done(command: string, ...words: readonly string[]): boolean {
  return spawnSync(command, words, { stdio: 'ignore' }).status === 0;
}

export class Disks {
  readonly #directory: string;
  readonly #names: readonly string[];

  private constructor(directory: string, names: readonly string[]) {
    this.#directory = directory;
    this.#names = names;
  }

  /** The disk of a member is mounted at DIRECTORY/NAME. Undefined where that is not possible. */
  static make(directory: string, names: readonly string[]): Disks | undefined {
    const disks = new Disks(directory, names);
    if (names.every((name) => disks.#mount(name))) return disks;
    disks.remove();
    return undefined;
  }

  has(name: string): boolean {
    return this.#names.includes(name);
  }

  #mount(name: string): boolean {
    const image = this.#image(name);
    writeFileSync(image, '');
    truncateSync(image, SIZE_BYTES);
    mkdirSync(this.#place(name), { recursive: true });
    return done('mkfs.ext4', '-q', '-F', '-m', '0', image) && done('mount', '-o', 'loop', image, this.#place(name));
  }

  #image(name: string): string {
    return join(this.#directory, `${name}.img`);
  }

  #place(name: string): string {
    return join(this.#directory, name);
  }

  /** Takes all but `leftBytes`. */
  fill(name: string, leftBytes: number): void {
    const { bavail, bsize } = statfsSync(this.#place(name));
    const taken = Math.max(0, bavail * bsize - leftBytes);
    done('fallocate', '-l', String(taken), join(this.#place(name), 'ballast'));
  }

  /** Gives back what `fill` took. */
  makeRoom(name: string): void {
    rmSync(join(this.#place(name), 'ballast'), { force: true });
  }

  /** From now on whoever writes or syncs waits. */
  freeze(name: string): void {
    done('fsfreeze', '-f', this.#place(name));
  }

  thaw(name: string): void {
    done('fsfreeze', '-u', this.#place(name));
  }

  /** The members must have ended. */
  remove(): void {
    for (const name of this.#names) {
      this.thaw(name);
      done('umount', '-l', this.#place(name));
      rmSync(this.#image(name), { force: true });
    }
  }
}
