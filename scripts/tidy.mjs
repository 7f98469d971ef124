/**
 * The house rules that no linter knows: floors (a folder imports only from below, through the other folder's index.ts),
 * no impure globals in the sans-I/O folders, file sizes, one README per top-level folder.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

const root = join(import.meta.dirname, '..');
const mayImport = {
  base: [],
  raft: ['base'],
  engine: ['base'],
  pd: ['base', 'raft'],
  'tikv-lite': ['base', 'raft', 'engine', 'pd'],
  sql: ['base', 'raft', 'engine', 'pd', 'tikv-lite'],
  binlog: ['base', 'raft', 'engine', 'pd', 'tikv-lite', 'sql'],
  cli: ['base', 'raft', 'engine', 'pd', 'tikv-lite', 'sql', 'binlog'],
};
/**
 * What other folders may import of one. The second faces are for processes that speak over the network; the others do
 * not load them.
 */
const faces = {
  base: ['base/index.ts', 'base/rpc/index.ts'],
  pd: ['pd/index.ts', 'pd/server/index.ts'],
  'tikv-lite': ['tikv-lite/index.ts', 'tikv-lite/server/index.ts'],
};
/** Folders whose code is a function of its input: no node: imports, clock, timers or randomness. */
const pure = ['raft', 'engine', 'tikv-lite/mvcc', 'sql/parser', 'sql/planner', 'pd/schedule', 'binlog/merge'];
/** The only places that bind Node's clock, timers, disk and network. */
const adapters = ['base/env/real', 'base/env/simulated/simulated-world.ts', 'cli', 'test', 'bench'];
const impure = [
  [/\bDate\.now\s*\(/, 'Date.now'],
  [/\bnew Date\s*\(\s*\)/, 'new Date()'],
  [/\bperformance\.now\s*\(/, 'performance.now'],
  [/\bMath\.random\s*\(/, 'Math.random'],
  [/\bset(Timeout|Interval|Immediate)\s*\(/, 'a timer'],
  [/\bprocess\.(nextTick|hrtime)\b/, 'process.nextTick or hrtime'],
];
const MAX_LINES = 1000;
const problems = [];

function* sourceFiles(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.name === 'generated') continue;
    if (entry.isDirectory()) yield* sourceFiles(path);
    else if (entry.name.endsWith('.ts')) yield path;
  }
}

function stripComments(text) {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/(^|\s)\/\/[^\n]*/g, '$1');
}

function checkImports(path, floor, code) {
  for (const match of code.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
    const target = match[1];
    if (!target.startsWith('.')) {
      const isPure = pure.some((folder) => path.startsWith(`${folder}/`));
      if (isPure && target.startsWith('node:')) problems.push(`${path}: ${target} in a sans-I/O folder`);
      continue;
    }
    const reached = relative(root, resolve(root, dirname(path), target))
      .split(sep)
      .join('/');
    const other = reached.split('/')[0];
    if (other === floor || !(floor in mayImport)) continue;
    if (!mayImport[floor].includes(other)) problems.push(`${path}: ${floor} must not import ${other}`);
    else if (!(faces[other] ?? [`${other}/index.ts`]).includes(reached))
      problems.push(`${path}: import ${other} through ${other}/index.ts, not ${reached}`);
  }
}

for (const floor of [...Object.keys(mayImport), 'test', 'bench']) {
  const folder = join(root, floor);
  if (!existsSync(folder)) continue;
  if (!existsSync(join(folder, 'README.md'))) problems.push(`${floor}/README.md is missing`);
  for (const file of sourceFiles(folder)) {
    const path = relative(root, file).split(sep).join('/');
    const text = readFileSync(file, 'utf8');
    const code = stripComments(text);
    checkImports(path, floor, code);
    const lines = text.split('\n').length;
    if (lines > MAX_LINES) problems.push(`${path}: ${lines} lines; more than ${MAX_LINES} hold a second idea`);
    if (adapters.some((adapter) => path === adapter || path.startsWith(`${adapter}/`))) continue;
    for (const [pattern, name] of impure) {
      const at = code.search(pattern);
      if (at >= 0)
        problems.push(`${path}:${code.slice(0, at).split('\n').length}: ${name} outside base/env/real; inject it`);
    }
  }
}

for (const problem of problems) console.error(problem);
console.log(`tidy: ${problems.length} problem${problems.length === 1 ? '' : 's'}`);
process.exit(problems.length === 0 ? 0 : 1);
