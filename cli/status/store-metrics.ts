/** What a store tells Prometheus. */

import type { Metrics } from '../../base/index.ts';
import type { Store } from '../../tikv-lite/index.ts';

export function registerStoreMetrics(metrics: Metrics, store: Store): void {
  metrics.gauge('shoal_raft_log_bytes', 'Size of the raft log on disk.', () => store.statistics.logBytes);
  metrics.gauge('shoal_raft_log_writes', 'Synced writes of the raft log.', () => store.statistics.logWrites);
  metrics.gauge('shoal_raft_applied_entries', 'Raft entries applied.', () => store.statistics.appliedEntries);
  metrics.gauge('shoal_store_regions', 'Replicas of regions on the store.', () => store.statistics.regions);
  metrics.gauge(
    'shoal_store_proposal_bytes',
    'Proposals that are not answered yet.',
    () => store.statistics.proposals.bytes,
  );
  metrics.gauge(
    'shoal_store_refused_proposals',
    'Proposals refused because the store was too busy.',
    () => store.statistics.refusedProposals,
  );
  metrics.gauge('shoal_store_slow_score', 'How slow the disk is, from 1 to 100.', () => store.flow.slowScore);
  metrics.gauge(
    'shoal_store_pending_bytes',
    'Applied bytes on their way to the engine.',
    () => store.statistics.enginePendingBytes,
  );
}
