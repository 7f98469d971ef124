/** Runs the cases of one file and compares. */
import { confChangeRunner } from './conf-change.ts';
import { interactionRunner } from './interaction.ts';
import { runQuorumCase } from './quorum.ts';
import { type Case, parseScript } from './script.ts';

export type Kind = 'interaction' | 'confchange' | 'quorum';

/** - `structural`: log lines do not count. - `exact`: they do. */
export type Mode = 'structural' | 'exact';

export interface Mismatch {
  readonly line: number;
  readonly command: string;
  readonly expected: string;
  readonly actual: string;
}

const LOG_LINE = /^\s*(DEBUG|INFO|WARN|ERROR|FATAL)\b/;

function runnerOf(kind: Kind): (one: Case) => string {
  if (kind === 'quorum') return runQuorumCase;
  return kind === 'confchange' ? confChangeRunner() : interactionRunner();
}

/** What is compared: without spaces at line ends and empty lines, in structural mode without log lines. */
function comparable(text: string, mode: Mode): string {
  const lines = text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && (mode === 'exact' || !LOG_LINE.test(line)));
  return lines.length === 0 ? 'ok' : lines.join('\n');
}

/** The cases whose output differs; at most `limit`, since later ones often fail for the same reason. */
export function runFile(text: string, kind: Kind, mode: Mode, limit = 3): readonly Mismatch[] {
  const run = runnerOf(kind);
  const mismatches: Mismatch[] = [];
  for (const one of parseScript(text)) {
    const expected = comparable(one.expected, mode);
    const actual = comparable(run(one), mode);
    if (expected === actual) continue;
    mismatches.push({ line: one.line, command: one.command, expected, actual });
    if (mismatches.length >= limit) break;
  }
  return mismatches;
}

/** The file with the output that its cases really have. */
export function rewriteFile(text: string, kind: Kind): string {
  const run = runnerOf(kind);
  const outputs = parseScript(text).map((one) => ({ ...one, actual: run(one) }));
  const lines = text.split('\n');
  for (const { outputFrom, outputTo, actual } of outputs.reverse()) {
    const fresh = actual.split('\n').map((line) => line.trimEnd());
    lines.splice(outputFrom, outputTo - outputFrom, ...fresh.filter((line) => line !== ''));
  }
  return lines.join('\n');
}
