/** Rows of a delimited text file, by the FIELDS and LINES clauses of LOAD DATA. Feed it pieces, take whole rows. */

export interface DelimitedFormat {
  readonly fieldTerminator: string;
  /** Empty for none. */
  readonly enclosure: string;
  readonly escape: string;
  readonly lineStart: string;
  readonly lineTerminator: string;
}

/** Undefined in a row is SQL NULL. */
export type DelimitedRow = readonly (string | undefined)[];

const ESCAPES: Readonly<Record<string, string>> = { '0': '\0', b: '\b', n: '\n', r: '\r', t: '\t', Z: '\x1a' };

interface Field {
  readonly value: string | undefined;
  /** Behind the field, at a terminator or the end. */
  readonly end: number;
}

export class DelimitedReader {
  readonly #format: DelimitedFormat;
  #text = '';

  constructor(format: DelimitedFormat) {
    this.#format = format;
  }

  /** The rows that are complete now; with `isLast` the rest as well. */
  push(piece: string, isLast: boolean): DelimitedRow[] {
    this.#text += piece;
    const rows: DelimitedRow[] = [];
    let at = 0;
    while (at < this.#text.length) {
      const row = this.#row(at, isLast);
      if (row === undefined) break;
      if (row.fields !== undefined) rows.push(row.fields);
      at = row.next;
    }
    this.#text = isLast ? '' : this.#text.slice(at);
    return rows;
  }

  /** Undefined when the row is not all there; without fields when nothing but a remainder without line start is left. */
  #row(
    from: number,
    isLast: boolean,
  ): { readonly fields: DelimitedRow | undefined; readonly next: number } | undefined {
    const { fieldTerminator, lineStart, lineTerminator } = this.#format;
    const text = this.#text;
    let at = from;
    if (lineStart !== '') {
      const found = text.indexOf(lineStart, from);
      if (found < 0) return isLast ? { fields: undefined, next: text.length } : undefined;
      at = found + lineStart.length;
    }
    const fields: (string | undefined)[] = [];
    for (;;) {
      const field = this.#field(at);
      if (field === undefined || (field.end >= text.length && !isLast)) {
        if (!isLast) return undefined;
      }
      fields.push(field === undefined ? text.slice(at) : field.value);
      at = field === undefined ? text.length : field.end;
      if (at >= text.length) return { fields, next: at };
      if (text.startsWith(lineTerminator, at)) return { fields, next: at + lineTerminator.length };
      at += fieldTerminator.length;
    }
  }

  #atTerminator(at: number): boolean {
    const { fieldTerminator, lineTerminator } = this.#format;
    return this.#text.startsWith(lineTerminator, at) || this.#text.startsWith(fieldTerminator, at);
  }

  /** Undefined when an enclosure is not closed. */
  #field(from: number): Field | undefined {
    const { enclosure, escape: escapeCharacter } = this.#format;
    const text = this.#text;
    const isEnclosed = enclosure !== '' && text.startsWith(enclosure, from);
    let value = '';
    let isNull = false;
    let at = isEnclosed ? from + 1 : from;
    for (; at < text.length; at++) {
      const character = text[at] as string;
      if (character === escapeCharacter && escapeCharacter !== '' && at + 1 < text.length) {
        const next = text[++at] as string;
        isNull ||= next === 'N' && value === '';
        value += ESCAPES[next] ?? next;
      } else if (isEnclosed && character === enclosure) {
        if (text[at + 1] === enclosure) at++;
        else if (at + 1 >= text.length || this.#atTerminator(at + 1)) return { value, end: at + 1 };
        value += character;
      } else if (!isEnclosed && this.#atTerminator(at)) {
        break;
      } else {
        value += character;
      }
    }
    if (isEnclosed) return undefined;
    if ((isNull && value === 'N') || (enclosure !== '' && value === 'NULL')) return { value: undefined, end: at };
    return { value, end: at };
  }
}
