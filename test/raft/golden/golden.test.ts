import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Kind, rewriteFile, runFile } from '../../conformance/raft/run-file.ts';

const scripts = join(import.meta.dirname, '..', '..', '..', '..', 'test', 'raft', 'golden');

for (const kind of ['interaction', 'confchange', 'quorum'] satisfies Kind[]) {
  for (const file of readdirSync(join(scripts, kind))) {
    test(`${kind}/${file} gives the recorded output, log lines included`, () => {
      const text = readFileSync(join(scripts, kind, file), 'utf8');
      assert.deepEqual(runFile(text, kind, 'exact'), []);
      assert.equal(rewriteFile(text, kind), text);
    });
  }
}

test('the runner tells a wrong output from a right one', () => {
  const text = 'vote cfg=(1,2) votes=(y,_)\n----\nVoteWon\n';
  assert.deepEqual(runFile(text, 'quorum', 'structural'), [
    { line: 1, command: 'vote', expected: 'VoteWon', actual: 'VotePending' },
  ]);
});

test('structural mode disregards log lines, and output that consists of them alone equals ok', () => {
  const text = 'add-nodes 1 voters=(1) index=3\n----\nok\n\ncampaign 1\n----\nINFO something else\n';
  assert.deepEqual(runFile(text, 'interaction', 'structural'), []);
  assert.equal(runFile(text, 'interaction', 'exact').length, 2);
});
