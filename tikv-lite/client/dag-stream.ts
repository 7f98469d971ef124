/**
 * A DAG over key ranges: the ranges are cut by region, every region answers in pages, and the pages are handed on in key
 * order. Where regions answer at once nothing waits; where they do not, those that follow are asked ahead, a bounded
 * number of them. A task whose region has split or moved goes on with whatever regions hold the rest of its ranges.
 */

import { chain, isPromise, type KeyRange, type ValueOrPromise } from '../../base/index.ts';
import type { Batch, SqlWarning } from '../../engine/index.ts';
import { type DagRequest, reducesRows } from '../coprocessor/dag.ts';
import {
  FIRST_PAGE_ROWS,
  FIRST_REDUCING_PAGE_ROWS,
  MAX_PAGE_ROWS,
  MAX_REDUCING_PAGE_ROWS,
  STREAM_CONCURRENCY,
} from '../coprocessor/limits.ts';
import type { CoprocessorReply } from '../coprocessor/request.ts';
import type { RegionService } from '../txn/region-service.ts';
import { clip } from './region-router.ts';
import type { DagStream } from './storage.ts';

/** How the stream reaches regions; the snapshot it belongs to settles locks and errors. */
export interface DagRegions {
  /** The region with the first key of the range, or the last one of a reversed scan. */
  locate(range: KeyRange, reverse: boolean): ValueOrPromise<RegionService>;
  /** Asks the region at the edge of `ranges` for the leading ones that it holds. */
  page(ranges: readonly KeyRange[], pageRows: number): ValueOrPromise<DagPage>;
  warn(warning: SqlWarning): void;
}

/** A reply, and what remains of all ranges asked for. */
export interface DagPage {
  readonly reply: CoprocessorReply;
  readonly rest: readonly KeyRange[];
}

/** What one region has to answer. */
interface Task {
  ranges: readonly KeyRange[];
  pageRows: number;
  /** The page asked for ahead of use. */
  ahead: Promise<DagPage> | undefined;
}

export class RegionDagStream implements DagStream {
  readonly #regions: DagRegions;
  readonly #reverse: boolean;
  readonly #maxPageRows: number;
  readonly #firstPageRows: number;
  /** Ranges without a task yet, in key order. */
  #rest: readonly KeyRange[];
  readonly #tasks: Task[] = [];
  #batches: readonly Batch[] = [];
  #batchAt = 0;
  #concurrency: number;
  #isClosed = false;

  constructor(dag: DagRequest, ranges: readonly KeyRange[], regions: DagRegions) {
    this.#regions = regions;
    this.#reverse = dag.scan.reverse;
    this.#rest = ranges;
    const reduces = reducesRows(dag);
    const isCut = dag.executors.some(({ kind }) => kind === 'limit');
    this.#firstPageRows = reduces && !isCut ? FIRST_REDUCING_PAGE_ROWS : FIRST_PAGE_ROWS;
    this.#maxPageRows = reduces ? MAX_REDUCING_PAGE_ROWS : MAX_PAGE_ROWS;
    this.#concurrency = isCut ? 1 : STREAM_CONCURRENCY;
  }

  next(): ValueOrPromise<Batch | null> {
    for (;;) {
      const batch = this.#batches[this.#batchAt];
      if (batch !== undefined) {
        this.#batchAt++;
        return batch;
      }
      const page = this.#nextPage();
      if (isPromise(page)) return page.then(() => this.next());
      if (page === 'end') return null;
    }
  }

  /** Takes the next page of the first task. */
  #nextPage(): ValueOrPromise<'page' | 'end'> {
    const [task] = this.#tasks;
    if (this.#isClosed) return 'end';
    if (task === undefined) {
      if (this.#rest.length === 0) return 'end';
      return chain(this.#cutTask(), () => this.#nextPage());
    }
    const page = task.ahead ?? this.#ask(task);
    task.ahead = undefined;
    if (!isPromise(page)) return this.#take(task, page);
    const ahead = this.#askAhead();
    // It may fail before the page is here, or when the page has failed itself.
    ahead.catch(() => undefined);
    return page.then(async (late) => {
      await ahead;
      return this.#take(task, late);
    });
  }

  #ask(task: Task): ValueOrPromise<DagPage> {
    const { pageRows } = task;
    task.pageRows = Math.min(this.#maxPageRows, pageRows * 4);
    return this.#regions.page(task.ranges, pageRows);
  }

  /** Gives the regions behind the first one their work too; failures wait for their turn. */
  async #askAhead(): Promise<void> {
    while (this.#tasks.length < this.#concurrency && this.#rest.length > 0) await this.#cutTask();
    for (const task of this.#tasks.slice(1, this.#concurrency)) {
      if (task.ahead !== undefined) continue;
      const page = Promise.resolve(this.#ask(task));
      page.catch(() => undefined);
      task.ahead = page;
    }
  }

  /** A task of the ranges that begin in one region. */
  #cutTask(): ValueOrPromise<void> {
    const edge = this.#reverse ? this.#rest.at(-1) : this.#rest[0];
    if (edge === undefined) return undefined;
    return chain(this.#regions.locate(edge, this.#reverse), ({ range }) => {
      const { inside, outside } = divide(this.#rest, range, this.#reverse);
      // A region that no longer holds the edge: the page finds the one that does.
      const isStale = inside.length === 0;
      this.#rest = isStale ? this.#rest.filter((other) => other !== edge) : outside;
      this.#tasks.push({ ranges: isStale ? [edge] : inside, pageRows: this.#firstPageRows, ahead: undefined });
    });
  }

  #take(task: Task, { reply, rest }: DagPage): 'page' {
    for (const warning of reply.warnings) this.#regions.warn(warning);
    if (reply.kind === 'failed') throw reply.error;
    this.#batches = reply.batches;
    this.#batchAt = 0;
    task.ranges = rest;
    if (rest.length === 0) {
      this.#tasks.shift();
      if (this.#concurrency < STREAM_CONCURRENCY) this.#concurrency *= 2;
    }
    return 'page';
  }

  close(): void {
    this.#isClosed = true;
    this.#tasks.length = 0;
    this.#rest = [];
    this.#batches = [];
  }
}

/**
 * The leading part (in scan order) of `ranges` that lies in `region`, and the others; both ascending. The first range
 * begins in the region.
 */
export function divide(
  ranges: readonly KeyRange[],
  region: KeyRange,
  reverse: boolean,
): { readonly inside: readonly KeyRange[]; readonly outside: readonly KeyRange[] } {
  const inside: KeyRange[] = [];
  const outside: KeyRange[] = [];
  for (const range of reverse ? ranges.toReversed() : ranges) {
    const part = clip(range, region);
    if (outside.length > 0 || (part.end !== undefined && part.end <= part.start)) {
      outside.push(range);
      continue;
    }
    inside.push(part);
    if (reverse && part.start > range.start) outside.push({ start: range.start, end: part.start });
    else if (!reverse && part.end !== undefined && part.end !== range.end) {
      outside.push({ start: part.end, end: range.end });
    }
  }
  return reverse ? { inside: inside.toReversed(), outside: outside.toReversed() } : { inside, outside };
}
