/**
 * `npm run conformance:slt -- DIR|FILE… [--url mysql://user:password@host:port] [--show N] [--min-percent P]`
 *
 * Runs every `.test` file below the directories against Shoal (started for the run in a temporary directory) or the
 * server of `--url`, and prints a line per file, the kinds of failure with counts, and `N passed, N failed` records.
 * Exit code 1 when a record failed, or with `--min-percent` when fewer than P per cent of the records passed.
 */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { startServer } from '../../support/server-process.ts';
import { type Failure, runFile } from './run-file.ts';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string' },
    show: { type: 'string', default: '3' },
    'min-percent': { type: 'string' },
  },
});

function testFiles(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test'))
    .map((name) => join(path, name))
    .sort();
}

function shorten(text: string): string {
  const flat = text.replace(/\s+/g, ' ');
  return flat.length > 300 ? `${flat.slice(0, 300)}…` : flat;
}

function printKinds(kinds: ReadonlyMap<string, number>): void {
  for (const [kind, count] of [...kinds].sort((a, b) => b[1] - a[1])) console.log(`  ${kind}: ${count}`);
}

async function main(): Promise<number> {
  if (positionals.length === 0) {
    console.error('usage: npm run conformance:slt -- DIR [--url mysql://root@127.0.0.1:3306]');
    return 2;
  }
  const roots = positionals.map((path) => resolve(path));
  const files = roots.flatMap(testFiles);
  if (files.length === 0) {
    console.error(`no .test file below ${positionals.join(', ')}`);
    return 2;
  }
  const server = flags.url === undefined ? await startServer() : undefined;
  const url = flags.url ?? server?.url ?? '';
  const kinds = new Map<string, number>();
  let passed = 0;
  let failed = 0;
  try {
    for (const [i, file] of files.entries()) {
      const connection = await createConnection({ uri: url, charset: 'utf8mb4' });
      const startedAt = performance.now();
      const report = await runFile(connection, `slt_${i}`, readFileSync(file, 'utf8'));
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      connection.destroy();
      passed += report.passed;
      failed += report.failures.length;
      const name = relative(process.cwd(), file);
      console.log(
        `${report.failures.length === 0 ? 'ok  ' : 'FAIL'} ${name}: ${report.passed} passed, ${report.failures.length} failed, ${seconds} s`,
      );
      report.failures.forEach((failure: Failure, n) => {
        kinds.set(failure.kind, (kinds.get(failure.kind) ?? 0) + 1);
        if (n < Number(flags.show))
          console.log(`  line ${failure.line}: ${shorten(failure.reason)}\n    ${shorten(failure.sql)}`);
      });
    }
  } finally {
    await server?.stop();
  }
  if (failed > 0) {
    console.log('kinds of failure:');
    printKinds(kinds);
  }
  const percent = (100 * passed) / Math.max(1, passed + failed);
  console.log(`${percent.toFixed(3)} % of ${passed + failed} records`);
  console.log(`${passed} passed, ${failed} failed`);
  return percent >= Number(flags['min-percent'] ?? 100) ? 0 : 1;
}

process.exitCode = await main();
