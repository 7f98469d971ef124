/**
 * `npm run sim -- [--seed=N] [--count=K] [--seconds=V] [--scenario=NAME] [--jobs=J] [--replay=FILE]`: runs K seeds from N
 * on, each with V virtual seconds of faults, on J threads. A failing seed prints what was violated, the last lines of its
 * trace and how to run it again; it is shrunk and kept below `regressions/`.
 */

import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { SCENARIOS, type Scenario, scenarioNamed } from './scenarios.ts';
import type { Outcome } from './support/outcome.ts';
import type { RunPlan } from './support/plan.ts';
import { Pool } from './support/pool.ts';
import { readRegression, writeRegression } from './support/regression.ts';
import { shrink } from './support/shrink.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '10' },
    scenario: { type: 'string' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    replay: { type: 'string' },
    'shrink-seconds': { type: 'string', default: '60' },
  },
});
const firstSeed = Number(values.seed);
const count = Number(values.count);
const seconds = Number(values.seconds);
const jobs = Number(values.jobs);
const shrinkMs = Number(values['shrink-seconds']) * 1000;
const scenarios = SCENARIOS.filter(({ name }) => values.scenario === undefined || values.scenario === name);
if (![firstSeed, count, seconds, shrinkMs].every(Number.isFinite) || !(jobs >= 1) || scenarios.length === 0) {
  process.stderr.write(
    `usage: sim [--seed=N] [--count=K] [--seconds=V] [--scenario=${SCENARIOS.map(({ name }) => name).join('|')}] [--jobs=J] [--replay=FILE]\n`,
  );
  process.exit(2);
}
const pool = new Pool(jobs);
let passed = 0;
let failed = 0;

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `    ${line}\n`).join('');
}

/** Prints the failure, then tries to make it smaller and writes the smallest plan down. */
async function report(scenario: string, plan: RunPlan, outcome: Outcome): Promise<void> {
  const again = `npm run sim -- --scenario=${scenario} --seed=${plan.seed} --count=1 --seconds=${plan.seconds}`;
  process.stdout.write(
    `\nFAILED ${scenario} seed ${plan.seed} at commit ${commit()} (trace ${outcome.fingerprint})\n` +
      `  ${outcome.failure}\n${indented(outcome.tail.slice(-16))}  again: ${again}\n`,
  );
  const endMs = performance.now() + shrinkMs;
  const smallest = await shrink(plan, outcome, {
    run: (candidate) => pool.run(scenario, candidate),
    hasTime: () => performance.now() < endMs,
  });
  const failure = (smallest.outcome.failure ?? '').split('\n')[0] ?? '';
  const path = writeRegression({ scenario, failure, commit: commit(), ...smallest.plan });
  process.stdout.write(
    `  ${smallest.runs} runs later: ${smallest.plan.seconds} seconds and ${smallest.plan.faults.length} faults are enough\n` +
      `${indented(smallest.outcome.tail.slice(-24))}  again: npm run sim -- --replay=${relative(process.cwd(), path)}\n\n`,
  );
}

/** The rarest last. */
function describeMarks(reached: ReadonlyMap<string, { readonly runs: number; readonly times: number }>): string {
  const ordered = [...reached].sort(([, a], [, b]) => b.runs - a.runs || b.times - a.times);
  return ordered.map(([mark, { runs, times }]) => `  ${mark}: ${times} times in ${runs} runs\n`).join('');
}

/** Said in runs of many seeds, so often. */
const RUNS_PER_NEWS = 250;

async function runSeeds({ name, plan: planOf, marks }: Scenario): Promise<void> {
  const startedMs = performance.now();
  const usageBefore = process.cpuUsage();
  const reached = new Map(marks.map((mark) => [mark, { runs: 0, times: 0 }]));
  let virtualMs = 0;
  let acknowledged = 0;
  let next = firstSeed;
  let finished = 0;
  let failures = 0;
  const news = (): string => {
    const speed = virtualMs / (performance.now() - startedMs);
    return `${name}: ${finished} of ${count} runs, ${failures} failed, ${speed.toFixed(0)} virtual seconds per second\n`;
  };
  const lane = async (): Promise<void> => {
    while (next < firstSeed + count) {
      const plan = planOf(next++, seconds);
      const outcome = await pool.run(name, plan);
      virtualMs += outcome.virtualMs;
      acknowledged += outcome.acknowledged;
      for (const [mark, times] of outcome.marks) {
        const sum = reached.get(mark);
        if (sum !== undefined) reached.set(mark, { runs: sum.runs + 1, times: sum.times + times });
      }
      if (outcome.failure === undefined) passed++;
      else {
        failed++;
        failures++;
        await report(name, plan, outcome);
      }
      if (++finished % RUNS_PER_NEWS === 0) process.stdout.write(news());
    }
  };
  await Promise.all(Array.from({ length: jobs }, lane));
  const realSeconds = (performance.now() - startedMs) / 1000;
  const { user, system } = process.cpuUsage(usageBefore);
  const cpuSeconds = (user + system) / 1e6;
  const perSecond = (spent: number): string => (virtualMs / 1000 / spent).toFixed(0);
  process.stdout.write(
    `${name}: ${count} runs, ${Math.round(virtualMs / 1000)} virtual seconds in ${realSeconds.toFixed(1)} ` +
      `(${perSecond(realSeconds)} per second; ${perSecond(cpuSeconds)} per second of a core, ` +
      `${(cpuSeconds / count).toFixed(2)} s of it per run), ${acknowledged} operations acknowledged\n`,
  );
  process.stdout.write(describeMarks(reached));
}

async function replay(path: string): Promise<void> {
  const { scenario, ...plan } = readRegression(path);
  const outcome = await scenarioNamed(scenario).run(plan);
  process.stdout.write(`${indented(outcome.tail)}${outcome.failure ?? 'passed'}\n`);
  if (outcome.failure === undefined) passed++;
  else failed++;
}

if (values.replay !== undefined) await replay(values.replay);
else for (const scenario of scenarios) await runSeeds(scenario);
await pool.close();
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
