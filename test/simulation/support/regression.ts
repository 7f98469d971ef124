/** Plans that once failed, as files: `npm test` runs all of them, `npm run sim -- --replay=FILE` one. */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunPlan } from './plan.ts';

/** Of the sources, from the compiled file. */
export const REGRESSIONS_FOLDER = join(import.meta.dirname, '../../../../test/simulation/regressions');

export interface Regression extends RunPlan {
  readonly scenario: string;
  /** What was violated then, in one line. */
  readonly failure: string;
  /** The commit that failed. */
  readonly commit: string;
}

export function readRegression(path: string): Regression {
  return JSON.parse(readFileSync(path, 'utf8')) as Regression;
}

export function readRegressions(): readonly { readonly name: string; readonly regression: Regression }[] {
  mkdirSync(REGRESSIONS_FOLDER, { recursive: true });
  return readdirSync(REGRESSIONS_FOLDER)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => ({ name, regression: readRegression(join(REGRESSIONS_FOLDER, name)) }));
}

/** Answers the path. */
export function writeRegression(regression: Regression): string {
  mkdirSync(REGRESSIONS_FOLDER, { recursive: true });
  const path = join(REGRESSIONS_FOLDER, `${regression.scenario}-${regression.seed}.json`);
  writeFileSync(path, `${JSON.stringify(regression, undefined, 2)}\n`);
  return path;
}
