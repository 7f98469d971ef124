/** A small fast generator for reproducible runs: xoshiro128** seeded through splitmix32. Not for secrets. */

import type { Random } from '../env.ts';

export class SeededRandom implements Random {
  readonly #state = new Uint32Array(4);

  constructor(seed: number) {
    let mixed = seed | 0;
    for (let i = 0; i < 4; i++) {
      mixed = (mixed + 0x9e3779b9) | 0;
      let z = mixed;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      this.#state[i] = z ^ (z >>> 15);
    }
  }

  #next(): number {
    const s = this.#state;
    const [a = 0, b = 0, c = 0, d = 0] = s;
    const times5 = Math.imul(b, 5);
    const result = Math.imul((times5 << 7) | (times5 >>> 25), 9) >>> 0;
    const t = b << 9;
    const c1 = c ^ a;
    const d1 = d ^ b;
    s[1] = b ^ c1;
    s[0] = a ^ d1;
    s[2] = c1 ^ t;
    s[3] = (d1 << 11) | (d1 >>> 21);
    return result;
  }

  float(): number {
    return (this.#next() >>> 5) * 2 ** -27 + (this.#next() >>> 6) * 2 ** -53;
  }

  below(bound: number): number {
    return Math.floor(this.float() * bound);
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.#next() >>> 24;
    return bytes;
  }

  /** An independent generator for one component, so that a new consumer does not shift all others. */
  fork(): SeededRandom {
    return new SeededRandom(this.#next());
  }
}
