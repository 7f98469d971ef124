/** Child of kill-nine.test.ts: writes as fast as it can and tells each acknowledged number on standard output. */

import { keyOf, realEnv } from '../../../base/index.ts';
import { openStore } from '../../../tikv-lite/index.ts';
import { put } from '../kv/engine-conformance.ts';

const PROPOSERS = 8;
const [, , directory = '', first = '0'] = process.argv;
const store = await openStore(realEnv, { directory, segmentBytes: 1 << 20 });
const region = store.regions[0];
let next = Number(first);

async function proposeForever(): Promise<void> {
  for (;;) {
    const n = next++;
    await region?.propose([put(keyOf(`d${n}a`), `${n}`.padEnd(2000, '.')), put(keyOf(`d${n}b`), `${n}`)]);
    await new Promise((written) => process.stdout.write(`${n}\n`, written));
  }
}

await Promise.all(Array.from({ length: PROPOSERS }, proposeForever));
