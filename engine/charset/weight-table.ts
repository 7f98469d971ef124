/**
 * Collation weights of all code points, decoded from the compact runs that scripts/collations/make-tables.mjs writes.
 *
 * Runs: gap from the end of the last run, count, number of weights, z(step of the last weight), the weights, the first
 * as z(difference to the last run's first). Code points outside all runs have computed weights: the collation's rule.
 */

/** Weights of one code point: none for characters the collation ignores. */
export type Weights = readonly number[];

interface Run {
  readonly start: number;
  readonly end: number;
  readonly weights: Weights;
  readonly step: number;
}

function decodeRuns(base64: string): Run[] {
  const bytes = Buffer.from(base64, 'base64');
  const runs: Run[] = [];
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  const nextSigned = (): number => {
    const value = next();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  };
  let end = 0;
  let first = 0;
  while (at < bytes.length) {
    const start = end + next();
    end = start + next();
    const length = next();
    const step = nextSigned();
    const weights = Array.from({ length }, (_, i) => (i === 0 ? first + nextSigned() : next()));
    first = weights[0] ?? first;
    runs.push({ start, end, weights, step });
  }
  return runs;
}

const HANGUL_START = 0xac00;
const HANGUL_END = 0xd7a4;

/** The two implicit weights of code points that the table does not list (UCA 9.0.0, 10.1.3). */
export function implicitWeights(codePoint: number): Weights {
  return [0xfbc0 + (codePoint >> 15), (codePoint & 0x7fff) | 0x8000];
}

export interface WeightTableOptions {
  readonly computed: (codePoint: number) => Weights;
  /** Hangul syllables weigh what their jamo weigh. */
  readonly decomposeHangul: boolean;
}

export class WeightTable {
  readonly #base64: string;
  readonly #options: WeightTableOptions;
  /** Decoded at first use: a start that never sorts text pays nothing. */
  #runs: Run[] | undefined;
  /** Weights of code points below 0x180, which most text is made of. */
  readonly #common: (Weights | undefined)[] = new Array(0x180).fill(undefined);

  constructor(base64: string, options: WeightTableOptions) {
    this.#base64 = base64;
    this.#options = options;
  }

  of(codePoint: number): Weights {
    const known = this.#common[codePoint];
    if (known !== undefined) return known;
    const weights = this.#find(codePoint);
    if (codePoint < 0x180) this.#common[codePoint] = weights;
    return weights;
  }

  #find(codePoint: number): Weights {
    this.#runs ??= decodeRuns(this.#base64);
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#runs[middle]?.end ?? 0) <= codePoint) low = middle + 1;
      else high = middle;
    }
    const run = this.#runs[low];
    if (run !== undefined && run.start <= codePoint) return weightsInRun(run, codePoint);
    if (this.#options.decomposeHangul && codePoint >= HANGUL_START && codePoint < HANGUL_END) {
      return this.#hangul(codePoint);
    }
    return this.#options.computed(codePoint);
  }

  #hangul(codePoint: number): Weights {
    const index = codePoint - HANGUL_START;
    const trailing = index % 28;
    return [
      ...this.of(0x1100 + Math.floor(index / 588)),
      ...this.of(0x1161 + Math.floor((index % 588) / 28)),
      ...(trailing === 0 ? [] : this.of(0x11a7 + trailing)),
    ];
  }
}

function weightsInRun(run: Run, codePoint: number): Weights {
  const offset = (codePoint - run.start) * run.step;
  if (offset === 0) return run.weights;
  const last = run.weights.length - 1;
  return run.weights.map((weight, i) => (i === last ? weight + offset : weight));
}
