/** `HISTORIES=100000 SEED=7 npm test -- mvcc/random-histories` runs more of them. */
import { test } from 'node:test';
import { History } from './random-histories.ts';

const count = Number(process.env['HISTORIES'] ?? 3000);
const firstSeed = Number(process.env['SEED'] ?? 1);

test(`${count} random histories from seed ${firstSeed} agree with the oracle`, () => {
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    try {
      new History(seed).run();
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
});
