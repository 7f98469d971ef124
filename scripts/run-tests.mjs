/**
 * Runs the compiled unit tests: `npm test` all of them, `npm test -- raft engine/types` those whose path contains one of
 * the words. Two processes at a time: the suite is planned for two cores. Files of one folder share a process, as loading
 * the code and getting it warm costs more than most of them do.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const tests = join(root, 'dist', 'test');
const shared = join(root, 'dist', 'test-processes');
const words = process.argv.slice(2);
const files = readdirSync(tests, { recursive: true })
  .filter((name) => name.endsWith('.test.js'))
  .filter((name) => words.length === 0 || words.some((word) => join('dist', 'test', name).includes(word)))
  .sort();
if (files.length === 0) {
  console.error(`no test file matches ${words.join(' ')}`);
  process.exit(1);
}

const MAX_FILES_PER_PROCESS = 12;
/** What is set up for all tests of a file would be for those of other files, too. */
const OWN_HOOKS = /import \{[^}]*\b(?:after|afterEach|before|beforeEach)\b[^}]*\} from 'node:test'/;
/** They look at whole processes, or keep a core busy for long. */
const ALONE = ['cli', 'simulation'];

function isAlone(name) {
  return (
    ALONE.some((folder) => name.startsWith(`${folder}/`)) || OWN_HOOKS.test(readFileSync(join(tests, name), 'utf8'))
  );
}

/** The first two folders of a file. */
function folderOf(name) {
  return name.split('/').slice(0, -1).slice(0, 2).join('-');
}

/** Lists of files, each for one process. */
function processes() {
  const lists = [];
  const open = new Map();
  for (const name of files) {
    const folder = folderOf(name);
    const sharesProcess = !isAlone(name);
    const list = sharesProcess ? open.get(folder) : undefined;
    if (list !== undefined && list.length < MAX_FILES_PER_PROCESS) list.push(name);
    else {
      const next = [name];
      lists.push(next);
      if (sharesProcess) open.set(folder, next);
    }
  }
  return lists;
}

/** The file to run for a list: its only one, or one that imports them all. */
function entryOf(list, number) {
  const [first] = list;
  if (list.length === 1) return join('dist', 'test', first);
  const path = join(shared, `${number}-${folderOf(first)}.test.js`);
  writeFileSync(path, list.map((name) => `import '../test/${name}';\n`).join(''));
  return path;
}

rmSync(shared, { recursive: true, force: true });
mkdirSync(shared, { recursive: true });
const result = spawnSync(
  process.execPath,
  ['--enable-source-maps', '--test', '--test-concurrency=2', ...processes().map(entryOf)],
  { cwd: root, stdio: 'inherit' },
);
process.exit(result.status ?? 1);
