/** Virtual time: a binary heap of events ordered by (time, sequence). One queue drives a whole simulated world. */

interface Event {
  readonly atMs: number;
  readonly sequence: number;
  run: (() => void) | undefined;
}

function before(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);
}

export class EventQueue {
  readonly #heap: Event[] = [];
  #nowMs = 0;
  #sequence = 0;

  /** Virtual milliseconds since the world began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  get isEmpty(): boolean {
    return this.nextAtMs() === undefined;
  }

  /** Runs `run` `delayMs` from now; events of the same instant run in the order they were scheduled. */
  schedule(delayMs: number, run: () => void): { cancel(): void } {
    const event: Event = { atMs: this.#nowMs + Math.max(0, delayMs), sequence: this.#sequence++, run };
    this.#push(event);
    return {
      cancel: () => {
        event.run = undefined;
      },
    };
  }

  /** Runs the next event; false when none is left. */
  step(): boolean {
    this.#dropCancelled();
    const event = this.#pop();
    if (event === undefined) return false;
    this.#nowMs = event.atMs;
    event.run?.();
    return true;
  }

  /** The instant of the next event. */
  nextAtMs(): number | undefined {
    this.#dropCancelled();
    return this.#heap[0]?.atMs;
  }

  #dropCancelled(): void {
    for (let top = this.#heap[0]; top !== undefined && top.run === undefined; top = this.#heap[0]) this.#pop();
  }

  /** Lets time pass without an event. */
  advanceTo(atMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, atMs);
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt];
      if (parent === undefined || !before(event, parent)) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = event;
  }

  #pop(): Event | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let childAt = 2 * at + 1;
      let child = heap[childAt];
      if (child === undefined) break;
      const right = heap[childAt + 1];
      if (right !== undefined && before(right, child)) {
        childAt++;
        child = right;
      }
      if (!before(child, last)) break;
      heap[at] = child;
      at = childAt;
    }
    heap[at] = last;
    return top;
  }
}
