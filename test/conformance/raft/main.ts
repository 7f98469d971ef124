/**
 * Runs Raft's data-driven conformance cases: `npm run conformance:raft -- DIR [--exact] [--rewrite]`.
 *
 * DIR holds `interaction/`, `confchange/` and `quorum/`, or upstream's `testdata/`, `confchange/testdata/` and
 * `quorum/testdata/`; or it is one of the first three itself. Prints each failure with a diff and at the end `N passed, N failed` (files). Exit code 0 when all
 * pass, 1 when some fail, 2 when there is nothing to run. `--exact` compares log lines too; `--rewrite` puts the actual
 * output into the files instead, for golden files of our own.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { diffLines } from './diff.ts';
import { type Kind, type Mismatch, type Mode, rewriteFile, runFile } from './run-file.ts';

/** Where the cases of each kind may lie; the first folder that has any counts. */
const FOLDERS: readonly (readonly [Kind, readonly string[]])[] = [
  ['interaction', ['interaction', 'testdata', 'interaction/testdata']],
  ['confchange', ['confchange/testdata', 'confchange']],
  ['quorum', ['quorum/testdata', 'quorum']],
];

interface CaseFile {
  readonly kind: Kind;
  readonly name: string;
  readonly path: string;
}

function textFilesOf(folder: string): readonly string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.txt'))
    .sort();
}

/** npm starts scripts in the package's folder; a relative DIR means the one the user stands in. */
function locate(directory: string): string {
  const fromUser = resolve(process.env['INIT_CWD'] ?? '.', directory);
  return statSync(fromUser, { throwIfNoEntry: false }) === undefined ? resolve(directory) : fromUser;
}

function findFiles(directory: string): readonly CaseFile[] {
  const [own] = FOLDERS.find(([kind]) => kind === basename(directory)) ?? [];
  if (own !== undefined && textFilesOf(directory).length > 0) {
    return textFilesOf(directory).map((file) => ({ kind: own, name: file, path: join(directory, file) }));
  }
  return FOLDERS.flatMap(([kind, folders]) => {
    const folder = folders.find((one) => textFilesOf(join(directory, one)).length > 0);
    if (folder === undefined) return [];
    return textFilesOf(join(directory, folder)).map((file) => ({
      kind,
      name: `${folder}/${file}`,
      path: join(directory, folder, file),
    }));
  });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function runOne(file: CaseFile, mode: Mode): readonly Mismatch[] {
  try {
    return runFile(readFileSync(file.path, 'utf8'), file.kind, mode);
  } catch (error) {
    const actual = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return [{ line: 0, command: 'the whole file', expected: '', actual }];
  }
}

function report(file: CaseFile, mismatches: readonly Mismatch[]): void {
  for (const { line, command, expected, actual } of mismatches) {
    print(`FAIL ${file.name}:${line} ${command}`);
    for (const row of diffLines(expected.split('\n'), actual.split('\n'))) print(`    ${row}`);
  }
}

function main(args: readonly string[]): number {
  const mode: Mode = args.includes('--exact') ? 'exact' : 'structural';
  const directory = args.find((arg) => !arg.startsWith('--'));
  if (directory === undefined) {
    process.stderr.write('missing DIR: the folder that holds interaction/, confchange/ and quorum/\n');
    return 2;
  }
  const files = findFiles(locate(directory));
  if (files.length === 0) {
    process.stderr.write(`no cases in ${directory}: expected interaction/, confchange/ or quorum/ with .txt files\n`);
    return 2;
  }
  if (args.includes('--rewrite')) {
    for (const { kind, path } of files) writeFileSync(path, rewriteFile(readFileSync(path, 'utf8'), kind));
  }
  let failed = 0;
  for (const file of files) {
    const mismatches = runOne(file, mode);
    if (mismatches.length > 0) failed += 1;
    else print(`ok   ${file.name}`);
    report(file, mismatches);
  }
  print(`${files.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
