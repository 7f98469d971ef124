/** What happened in a run, in order: the last lines for humans, and a digest of all of them to compare two runs by. */

const KEPT_LINES = 60;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

let listener: ((line: string) => void) | undefined;

/** Everything that traces of this thread note from now on, digests included. For looking at one run closely. */
export function listenToTraces(heard: (line: string) => void): void {
  listener = heard;
}

export class Trace {
  readonly #nowMs: () => number;
  readonly #tail: string[] = [];
  #digest = FNV_OFFSET;
  #count = 0;
  readonly #marks = new Map<string, number>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Part of the digest and of the tail. */
  note(text: string): void {
    const line = `${this.#nowMs().toFixed(3)} ${text}`;
    this.digest(line);
    this.#tail.push(line);
    if (this.#tail.length > KEPT_LINES) this.#tail.shift();
  }

  /** Part of the digest only: for what happens all the time. */
  digest(text: string): void {
    this.#count++;
    listener?.(text);
    for (let i = 0; i < text.length; i++) this.#digest = Math.imul(this.#digest ^ text.charCodeAt(i), FNV_PRIME);
  }

  /** Counts something worth knowing that it happened; part of nothing else. */
  mark(name: string): void {
    this.#marks.set(name, (this.#marks.get(name) ?? 0) + 1);
  }

  /** How often each of the marks was made. */
  get marks(): ReadonlyMap<string, number> {
    return this.#marks;
  }

  get tail(): readonly string[] {
    return this.#tail;
  }

  /** Equal for two runs in which the same things happened at the same times. */
  get fingerprint(): string {
    return `${this.#count}:${(this.#digest >>> 0).toString(16).padStart(8, '0')}`;
  }
}
