/** The score by which the placement driver knows a store with a slow disk. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SLOW_WRITE_MS, SlowScore } from '../../../../tikv-lite/raftstore/slow-score.ts';

const ROUND_MS = 10_000;

class Rounds {
  readonly score = new SlowScore(0);
  #nowMs = 0;

  /** A round with so many fast and slow writes, and one under way for `currentMs` at its end. */
  next(fast: number, slow: number, currentMs = 0): number {
    for (let i = 0; i < fast; i++) this.score.note(1);
    for (let i = 0; i < slow; i++) this.score.note(SLOW_WRITE_MS);
    this.#nowMs += ROUND_MS;
    return this.score.endRound(this.#nowMs, currentMs);
  }
}

test('a tenth of slow writes doubles the score in each round, up to 100', () => {
  const rounds = new Rounds();
  const scores = Array.from({ length: 8 }, () => rounds.next(9, 1));
  assert.deepEqual(scores, [2, 4, 8, 16, 32, 64, 100, 100]);
});

test('few slow writes raise it slowly, and fast ones let it fall', () => {
  const rounds = new Rounds();
  assert.ok(Math.abs(rounds.next(199, 1) - 1.05) < 1e-9);
  assert.equal(rounds.next(100, 0), 1);
});

test('a disk that answers nothing at all is slow, too', () => {
  const rounds = new Rounds();
  assert.equal(rounds.next(0, 0, ROUND_MS), 2);
  assert.equal(rounds.next(0, 0, 2 * ROUND_MS), 4);
});

test('it needs five minutes from 100 to 1', () => {
  const rounds = new Rounds();
  for (let i = 0; i < 7; i++) rounds.next(0, 1);
  assert.equal(rounds.score.value, 100);
  for (let i = 0; i < 29; i++) rounds.next(1, 0);
  assert.ok(rounds.score.value > 1);
  rounds.next(1, 0);
  assert.equal(rounds.score.value, 1);
});
