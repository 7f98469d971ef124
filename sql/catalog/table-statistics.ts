/** Row counts that writes report as they go: approximate, in memory, bounded. Tables nobody wrote to are unknown. */

const MAX_TABLES = 10_000;

export class TableStatistics {
  readonly #rows = new Map<number, number>();

  rows(tableId: number): number | undefined {
    return this.#rows.get(tableId);
  }

  add(tableId: number, difference: number): void {
    const known = this.#rows.get(tableId) ?? 0;
    if (this.#rows.size >= MAX_TABLES && !this.#rows.has(tableId)) return;
    this.#rows.set(tableId, Math.max(0, known + difference));
  }
}
