/** Removes a range of keys region by region, whatever regions there are by then. */

import type { KeyRange } from '../../base/index.ts';
import { type ClientContext, newBackOff } from './client-context.ts';
import { isRetryable, regionFailure, waitAfter } from './failures.ts';
import { clip } from './region-router.ts';

export async function destroyRange(context: ClientContext, range: KeyRange): Promise<void> {
  let { start } = range;
  const backOff = newBackOff(context);
  for (;;) {
    const region = await context.router.locate(start);
    const part = clip({ start, end: range.end }, region.range);
    try {
      await region.destroyRange(part);
    } catch (error) {
      if (!isRetryable(error)) throw regionFailure(error);
      context.router.failed(region, error);
      await waitAfter(error, backOff);
      continue;
    }
    const { end } = part;
    if (end === undefined || (range.end !== undefined && end >= range.end)) return;
    start = end;
  }
}
