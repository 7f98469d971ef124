/**
 * `npm run sim -- [--seed=N] [--count=K] [--seconds=V] [--scenario=NAME]`: runs K seeds from N on, each with V virtual seconds of faults.
 * A failing seed prints what was violated, the last lines of its trace and how to run it again.
 */

import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { SCENARIOS } from './scenarios.ts';
import type { Outcome } from './support/outcome.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '10' },
    scenario: { type: 'string' },
  },
});
const firstSeed = Number(values.seed);
const count = Number(values.count);
const seconds = Number(values.seconds);
const scenarios = SCENARIOS.filter(({ name }) => values.scenario === undefined || values.scenario === name);
if (![firstSeed, count, seconds].every(Number.isFinite) || scenarios.length === 0) {
  process.stderr.write(
    `usage: sim [--seed=N] [--count=K] [--seconds=V] [--scenario=${SCENARIOS.map(({ name }) => name).join('|')}]\n`,
  );
  process.exit(2);
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

function report(scenario: string, { seed, failure, fingerprint, tail }: Outcome): void {
  const command = `npm run sim -- --scenario=${scenario} --seed=${seed} --count=1 --seconds=${seconds}`;
  process.stdout.write(
    `\nFAILED ${scenario} seed ${seed} at commit ${commit()} (trace ${fingerprint})\n  ${failure}\n` +
      `${tail
        .slice(-12)
        .map((line) => `    ${line}\n`)
        .join('')}  again: ${command}\n\n`,
  );
}

let passed = 0;
let failed = 0;
for (const { name, run } of scenarios) {
  const startedMs = performance.now();
  let virtualMs = 0;
  let acknowledged = 0;
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const outcome = await run(seed, seconds);
    virtualMs += outcome.virtualMs;
    acknowledged += outcome.acknowledged;
    if (outcome.failure === undefined) passed++;
    else {
      failed++;
      report(name, outcome);
    }
  }
  const realSeconds = (performance.now() - startedMs) / 1000;
  process.stdout.write(
    `${name}: ${count} runs, ${Math.round(virtualMs / 1000)} virtual seconds in ${realSeconds.toFixed(1)} ` +
      `(${Math.round(virtualMs / 1000 / realSeconds)} per second), ${acknowledged} operations acknowledged\n`,
  );
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
