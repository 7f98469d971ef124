import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RegionId } from '../../../../base/index.ts';
import type { HardState } from '../../../../raft/index.ts';
import { PendingItems } from '../../../../tikv-lite/raftstore/pending-items.ts';

test('a hard state is taken when the group is put together, once, and after what entries stand on', () => {
  const pending = new PendingItems();
  const regionId = 7 as RegionId;
  let hardState: HardState | undefined = { term: 5, vote: 0, commit: 5 };
  const owner = {
    regionId,
    takeHardState(): HardState | undefined {
      const taken = hardState;
      hardState = undefined;
      return taken;
    },
  };
  assert.ok(pending.isEmpty);
  pending.remember(owner);
  pending.remember(owner);
  pending.add([{ kind: 'truncated', regionId, index: 5, term: 5 }]);
  hardState = { term: 6, vote: 1, commit: 47 };
  assert.deepEqual(pending.takeFoundations(), [{ kind: 'truncated', regionId, index: 5, term: 5 }]);
  assert.ok(!pending.isEmpty);
  assert.deepEqual(pending.takeHardStates(), [
    { kind: 'hard-state', regionId, hardState: { term: 6, vote: 1, commit: 47 } },
  ]);
  assert.ok(pending.isEmpty);
  pending.remember(owner);
  assert.deepEqual(pending.takeHardStates(), []);
});
