/**
 * Case files: SQL scenarios as data. Records are separated by empty lines; the first line is `statement` or `query`, then
 * the SQL, then `----` and what MySQL answers: rows with their values joined by `|` (NULL for null), `ok AFFECTED INFO`, or
 * `error ERRNO MESSAGE`. Lines that start with `#` are comments. `query sorted` compares rows without their order.
 */

export interface CaseRecord {
  readonly kind: 'statement' | 'query' | 'query sorted';
  readonly comments: readonly string[];
  readonly sql: string;
  readonly expected: readonly string[];
}

export function parseCases(text: string): CaseRecord[] {
  const records: CaseRecord[] = [];
  for (const block of text.split(/\n\s*\n/)) {
    const lines = block.split('\n').filter((line) => line.trim() !== '');
    const comments = lines.filter((line) => line.startsWith('#'));
    const [head, ...rest] = lines.filter((line) => !line.startsWith('#'));
    if (head === undefined) continue;
    if (head !== 'statement' && head !== 'query' && head !== 'query sorted') throw new Error(`unknown record: ${head}`);
    const at = rest.indexOf('----');
    const sql = (at < 0 ? rest : rest.slice(0, at)).join('\n');
    records.push({ kind: head, comments, sql, expected: at < 0 ? [] : rest.slice(at + 1) });
  }
  return records;
}

export function printCases(records: readonly CaseRecord[]): string {
  return `${records
    .map(({ kind, comments, sql, expected }) => [...comments, kind, sql, '----', ...expected].join('\n'))
    .join('\n\n')}\n`;
}

/** One line per row. */
export function rowLines(rows: readonly (readonly (string | null)[])[], kind: CaseRecord['kind']): readonly string[] {
  const lines = rows.map((row) =>
    row.map((value) => (value === null ? 'NULL' : value.replaceAll('\n', '\\n'))).join('|'),
  );
  const shown = lines.map((line) => (line === '' ? "''" : line));
  return kind === 'query sorted' ? shown.toSorted() : shown;
}
