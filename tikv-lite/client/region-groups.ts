/** Work on many keys, region by region, with bounded concurrency; grouped anew when regions changed on the way. */

import { isPromise, type Key, type ValueOrPromise } from '../../base/index.ts';
import type { RegionService } from '../txn/region-service.ts';
import type { BackOff } from './back-off.ts';
import type { ClientContext } from './client-context.ts';
import { isRetryable, type RetryableError, waitAfter } from './failures.ts';
import type { RegionRouter } from './region-router.ts';

/** Keys of one request over the network. */
const MAX_GROUP_KEYS = 1024;
const PARALLEL_REGIONS = 8;

export type RegionGroup = readonly [RegionService, readonly Key[]];

export async function groupByRegion(router: RegionRouter, keys: readonly Key[]): Promise<RegionGroup[]> {
  const groups: [RegionService, Key[]][] = [];
  const open = new Map<RegionService, Key[]>();
  for (const key of keys) {
    const located = router.locate(key);
    const region = isPromise(located) ? await located : located;
    let group = open.get(region);
    if (group === undefined || group.length >= MAX_GROUP_KEYS) {
      group = [];
      open.set(region, group);
      groups.push([region, group]);
    }
    group.push(key);
  }
  return groups;
}

/** Runs an idempotent step for keys, region by region, until all regions answered. Throws what no retry helps. */
export async function forEachRegion(
  context: ClientContext,
  keys: readonly Key[],
  backOff: BackOff,
  step: (region: RegionService, keys: readonly Key[]) => ValueOrPromise<unknown>,
): Promise<void> {
  let left = keys;
  while (left.length > 0) {
    const failed: Key[] = [];
    let worst: RetryableError | undefined;
    await inParallel(await groupByRegion(context.router, left), PARALLEL_REGIONS, async ([region, group]) => {
      try {
        await step(region, group);
      } catch (error) {
        if (!isRetryable(error)) throw error;
        context.router.failed(region, error);
        worst = error;
        failed.push(...group);
      }
    });
    left = failed;
    if (worst !== undefined) await waitAfter(worst, backOff);
  }
}

/** Runs `work` on the items, at most `width` at a time. Throws the first failure, once all that began have ended. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failure: { readonly error: unknown } | undefined;
  const worker = async (): Promise<void> => {
    while (next < items.length && failure === undefined) {
      const item = items[next++]!;
      try {
        await work(item);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  if (failure !== undefined) throw failure.error;
}
