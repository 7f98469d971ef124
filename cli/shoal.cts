#!/usr/bin/env node
/**
 * The `shoal` executable. CommonJS, because libuv reads UV_THREADPOOL_SIZE at the first use of its thread pool and the
 * loader of ES modules uses it before their code runs: log syncs and the engine's writes and scans must not queue behind
 * each other in the default four threads.
 */

process.env['UV_THREADPOOL_SIZE'] ??= '8';
// What goes wrong is told by whoever asked, not by the library in passing.
process.env['GRPC_VERBOSITY'] ??= 'NONE';

import('./main.js').catch((error: unknown) => {
  process.stderr.write(`shoal: ${String(error)}\n`);
  process.exitCode = 1;
});
