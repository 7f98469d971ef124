/** The metrics registry: prom-client, one registry per process, names `shoal_<folder>_<what>_<unit>`. */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type { Counter, Gauge, Histogram };

export class Metrics {
  readonly #registry = new Registry();

  /** Adds the process's own figures: CPU, memory, event loop delay, garbage collection. */
  collectProcessFigures(): void {
    collectDefaultMetrics({ register: this.#registry, prefix: 'shoal_' });
  }

  counter(name: string, help: string, labelNames: readonly string[] = []): Counter {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.#registry] });
  }

  /** `read` is called when the metrics are scraped, so that counting costs nothing on hot paths. */
  gauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect: () => gauge.set(read()),
    });
  }

  /** `buckets` in the unit the name ends with, usually seconds. */
  histogram(name: string, help: string, buckets: readonly number[]): Histogram {
    return new Histogram({ name, help, buckets: [...buckets], registers: [this.#registry] });
  }

  /** The Prometheus text format. */
  render(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }
}
