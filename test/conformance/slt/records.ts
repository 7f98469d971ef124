/** The sqllogictest file format (sqlite.org/sqllogictest): records separated by blank lines. */

export type SortMode = 'nosort' | 'rowsort' | 'valuesort';

export type Expectation =
  | { readonly kind: 'values'; readonly values: readonly string[] }
  | { readonly kind: 'hash'; readonly count: number; readonly md5: string };

export type SltRecord =
  | { readonly kind: 'statement'; readonly line: number; readonly sql: string; readonly expectError: boolean }
  | {
      readonly kind: 'query';
      readonly line: number;
      readonly sql: string;
      /** One letter per column: I, R or T. */
      readonly types: string;
      readonly sort: SortMode;
      readonly expected: Expectation;
    };

/** True when the `skipif`/`onlyif` lines above a record leave it for MySQL. */
function appliesToMysql(conditions: readonly string[]): boolean {
  return conditions.every((condition) => {
    const [word, engine = ''] = condition.split(/\s+/);
    return word === 'skipif' ? engine !== 'mysql' : engine === 'mysql';
  });
}

function parseExpectation(lines: readonly string[]): Expectation {
  const match = /^(\d+) values hashing to ([0-9a-f]{32})$/.exec(lines[0] ?? '');
  if (lines.length === 1 && match !== null) {
    return { kind: 'hash', count: Number(match[1]), md5: match[2] ?? '' };
  }
  return { kind: 'values', values: lines };
}

function parseQuery(header: string, line: number, body: readonly string[]): SltRecord {
  const [, types = '', sort = 'nosort'] = header.split(/\s+/);
  const divider = body.indexOf('----');
  const sql = (divider < 0 ? body : body.slice(0, divider)).join('\n');
  const expected = parseExpectation(divider < 0 ? [] : body.slice(divider + 1));
  const mode: SortMode = sort === 'rowsort' || sort === 'valuesort' ? sort : 'nosort';
  return { kind: 'query', line, sql, types, sort: mode, expected };
}

function isComment(line: string): boolean {
  return line.startsWith('#');
}

/** Records for MySQL in file order; stops at a `halt` that applies. */
export function* parseRecords(text: string): Generator<SltRecord> {
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; ) {
    const conditions: string[] = [];
    while (at < lines.length && (lines[at] === '' || isComment(lines[at] ?? ''))) at++;
    while (/^(skipif|onlyif)\s/.test(lines[at] ?? '')) {
      conditions.push((lines[at++] ?? '').replace(/#.*$/, '').trim());
      while (isComment(lines[at] ?? '')) at++;
    }
    const line = at + 1;
    const header = (lines[at++] ?? '').trim();
    const body: string[] = [];
    while (at < lines.length && lines[at] !== '') body.push(lines[at++] ?? '');
    if (!appliesToMysql(conditions)) continue;
    if (header === 'halt') return;
    if (header.startsWith('statement')) {
      yield { kind: 'statement', line, sql: body.join('\n'), expectError: /^statement\s+error/.test(header) };
    } else if (header.startsWith('query')) {
      yield parseQuery(header, line, body);
    }
  }
}
