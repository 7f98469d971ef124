import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key } from '../../../base/index.ts';
import { Latches } from '../../../tikv-lite/txn/latches.ts';

const keys = (names: string): Key[] => names.split('') as Key[];

test('tickets on different keys do not wait, overlapping ones wait in order of arrival', () => {
  const latches = new Latches();
  const order: string[] = [];
  const first = latches.acquire(keys('ab'));
  const other = latches.acquire(keys('c'));
  const second = latches.acquire(keys('bcd'));
  const third = latches.acquire(keys('ad'));
  second.resume = () => order.push('second');
  third.resume = () => order.push('third');
  assert.deepEqual(
    [first, other, second, third].map((ticket) => ticket.isHeld),
    [true, true, false, false],
  );
  latches.release(first);
  assert.deepEqual(order, []);
  latches.release(other);
  assert.deepEqual(order, ['second']);
  latches.release(second);
  assert.deepEqual(order, ['second', 'third']);
  latches.release(third);
  assert.ok(keys('abcd').every((key) => latches.isFree(key)));
});

test('a repeated key counts once', () => {
  const latches = new Latches();
  const first = latches.acquire(keys('aba'));
  const second = latches.acquire(keys('bab'));
  assert.ok(first.isHeld);
  latches.release(first);
  assert.ok(second.isHeld);
  latches.release(second);
  assert.ok(latches.isFree('a' as Key) && latches.isFree('b' as Key));
});

test('watchers hear of the end of the present holder and never hold the key themselves', async () => {
  const latches = new Latches();
  const first = latches.acquire(keys('a'));
  const waiting = [latches.whenReleased('a' as Key), latches.whenReleased('a' as Key)];
  latches.release(first);
  assert.ok(latches.isFree('a' as Key));
  await Promise.all(waiting);
});
