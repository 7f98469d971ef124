/** `npm run check`: format and lint (Biome), promise rules (oxlint), and the house rules (tidy). */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const bin = (name) => join(root, 'node_modules', '.bin', name);
const steps = [
  ['biome', bin('biome'), ['check', '--max-diagnostics=50', '.']],
  ['oxlint', bin('oxlint'), ['--type-aware', '--quiet']],
  ['tidy', process.execPath, [join(root, 'scripts', 'tidy.mjs')]],
];
let failed = 0;
for (const [name, command, args] of steps) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  console.log(`${name}: ${status === 0 ? 'ok' : 'FAILED'}`);
  if (status !== 0) failed++;
}
process.exit(failed === 0 ? 0 : 1);
