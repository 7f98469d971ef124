import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../../base/index.ts';

test('secrets never reach the log', () => {
  const lines: string[] = [];
  const log = createLogger({ level: 'info', destination: { write: (line: string) => void lines.push(line) } });
  log.info({ password: 'hunter2', account: { authenticationString: 'hunter2', user: 'u' } }, 'account changed');
  assert.equal(lines.length, 1);
  assert.doesNotMatch(lines[0] ?? '', /hunter2/);
  assert.match(lines[0] ?? '', /account changed/);
});
