/**
 * Makes a fresh clone ready: installs the packages when the lock file changed, generates the
 * protocol messages and compiles when a source changed.
 * Runs before `npm start`, `npm test` and the other commands, with nothing but Node and npm present.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const folders = ['base', 'raft', 'engine', 'pd', 'tikv-lite', 'sql', 'binlog', 'cli', 'test', 'bench'];

function run(command, args) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (result.status !== 0) {
    console.error(`${command} ${args.join(' ')} failed`);
    process.exit(result.status ?? 1);
  }
}

function modifiedMs(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

function newestSourceMs(folder) {
  let newest = statSync(folder).mtimeMs;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    newest = Math.max(newest, entry.isDirectory() ? newestSourceMs(path) : statSync(path).mtimeMs);
  }
  return newest;
}

const lockDigest = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');
/** A linked node_modules belongs to another checkout of the same repository, which installs it. */
const modules = join(root, 'node_modules');
const isLinked = existsSync(modules) && lstatSync(modules).isSymbolicLink();
const installed = join(root, 'node_modules', '.prepared');
if (!isLinked && (!existsSync(installed) || readFileSync(installed, 'utf8') !== lockDigest)) {
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(installed, lockDigest);
}

const { generateProtobuf } = await import('./protobuf.mjs');
await generateProtobuf();

const stamp = join(root, 'dist', '.built');
const sources = folders.map((folder) => join(root, folder)).filter(existsSync);
const newest = Math.max(modifiedMs(join(root, 'tsconfig.json')), ...sources.map(newestSourceMs));
if (modifiedMs(stamp) < newest) {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.json']);
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(stamp, '');
}
