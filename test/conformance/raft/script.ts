/**
 * The format of data-driven cases (cockroachdb/datadriven): a directive line `command key key=value key=(a,b)`, which goes
 * on in the next line behind a backslash, input lines, a line `----`, the expected output up to the next blank line; with
 * a doubled `----` up to the next doubled one. `subtest` lines stand alone.
 */

export interface Argument {
  readonly key: string;
  readonly values: readonly string[];
  /** Without `=`. */
  readonly isPositional: boolean;
}

export interface Case {
  readonly line: number;
  readonly command: string;
  readonly args: readonly Argument[];
  readonly input: string;
  /** As written, with a line end after the last line; '' when there is none. */
  readonly expected: string;
  /** The lines of the expected output, as indexes into the file's lines: from ≤ line < to. */
  readonly outputFrom: number;
  readonly outputTo: number;
}

/** Throws on a line that is not of the form. */
export function parseDirective(line: string): { readonly command: string; readonly args: readonly Argument[] } {
  const words = line.match(/[^\s=]+=\([^)]*\)|[^\s=]+=\S*|\S+/g) ?? [];
  const [command, ...rest] = words;
  if (command === undefined) throw new Error(`no directive in ${JSON.stringify(line)}`);
  const args = rest.map((word): Argument => {
    const at = word.indexOf('=');
    if (at < 0) return { key: word, values: [], isPositional: true };
    const value = word.slice(at + 1);
    const isList = value.startsWith('(') && value.endsWith(')');
    const inner = isList ? value.slice(1, -1).trim() : value;
    const values = isList ? inner.split(/\s*,\s*|\s+/).filter((part) => part !== '') : [inner];
    return { key: word.slice(0, at), values, isPositional: false };
  });
  return { command, args };
}

/** Whether a line belongs to no case. */
function isBetweenCases(line: string): boolean {
  const text = line.trim();
  return text === '' || text.startsWith('#') || /^subtest\b/.test(text);
}

/** All cases of a file, in order. */
export function parseScript(text: string): readonly Case[] {
  const lines = text.split('\n');
  const cases: Case[] = [];
  let at = 0;
  while (at < lines.length) {
    let line = lines[at]!;
    const start = at + 1;
    at += 1;
    if (isBetweenCases(line)) continue;
    while (line.endsWith('\\') && at < lines.length) {
      line = `${line.slice(0, -1)} ${lines[at]!}`;
      at += 1;
    }
    const input: string[] = [];
    while (at < lines.length && lines[at] !== '----') {
      input.push(lines[at]!);
      at += 1;
    }
    if (at === lines.length) throw new Error(`line ${start}: the case has no ----`);
    at += 1;
    const isFenced = lines[at] === '----';
    if (isFenced) at += 1;
    const outputFrom = at;
    const expected: string[] = [];
    const isEnd = (): boolean =>
      isFenced ? lines[at] === '----' && lines[at + 1] === '----' : lines[at]!.trim() === '';
    while (at < lines.length && !isEnd()) {
      expected.push(lines[at]!);
      at += 1;
    }
    const outputTo = at;
    if (isFenced) at += 2;
    const output = expected.map((one) => `${one}\n`).join('');
    const directive = parseDirective(line);
    cases.push({ line: start, ...directive, input: input.join('\n').trim(), expected: output, outputFrom, outputTo });
  }
  return cases;
}

/** All arguments without `=`. */
export function positional(args: readonly Argument[]): readonly string[] {
  return args.filter((argument) => argument.isPositional).map((argument) => argument.key);
}

export function valuesOf(args: readonly Argument[], key: string): readonly string[] {
  return args.filter((argument) => argument.key === key).flatMap((argument) => argument.values);
}
