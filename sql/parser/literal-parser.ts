/** The layer of literals, parameter markers and variables. */

import type {
  BytesLiteral,
  Expression,
  IntervalUnit,
  Literal,
  ParameterMarker,
  StringLiteral,
  SystemVariable,
  TemporalLiteral,
  UserVariable,
  VariableScope,
} from './ast.ts';
import { isCharacterSetName } from './charset-names.ts';
import { MAX_PARAMETERS } from './limits.ts';
import { digitBytes, integerValue, unquoteString, variableName } from './literal-text.ts';
import { decodeSource, isWellFormed, sourceBytes } from './source.ts';
import type { ParserMode } from './sql-mode.ts';
import { tooManyPlaceholders } from './syntax-error.ts';
import { TokenReader } from './token-reader.ts';
import { TOKEN, type TokenList } from './tokens.ts';

/** Where the normaliser found literals: byte offsets in ascending order, relative to the same source. */
export interface SlotPositions {
  readonly count: number;
  readonly starts: { readonly [index: number]: number };
}

const UNITS = new Map<string, IntervalUnit>(
  (
    [
      'microsecond',
      'second',
      'minute',
      'hour',
      'day',
      'week',
      'month',
      'quarter',
      'year',
      'second_microsecond',
      'minute_microsecond',
      'minute_second',
      'hour_microsecond',
      'hour_second',
      'hour_minute',
      'day_microsecond',
      'day_second',
      'day_minute',
      'day_hour',
      'year_month',
    ] satisfies IntervalUnit[]
  ).map((unit) => [unit.toUpperCase(), unit]),
);

/** SQL_TSI_DAY and the like. */
const TSI_PREFIX = 'SQL_TSI_';

export class LiteralParser extends TokenReader {
  readonly #slots: SlotPositions | undefined;
  #slotCursor = 0;
  #parameterCount = 0;

  constructor(tokens: TokenList, mode: ParserMode, slots: SlotPositions | undefined) {
    super(tokens, mode);
    this.#slots = slots;
  }

  /** The slot of the literal at byte offset `start`, or −1. */
  protected slotAt(start: number): number {
    const slots = this.#slots;
    if (slots === undefined) return -1;
    if (this.#slotCursor > 0 && slots.starts[this.#slotCursor - 1]! >= start) this.#slotCursor = 0;
    while (this.#slotCursor < slots.count && slots.starts[this.#slotCursor]! < start) this.#slotCursor++;
    return this.#slotCursor < slots.count && slots.starts[this.#slotCursor] === start ? this.#slotCursor : -1;
  }

  /** A literal token's expression, or undefined when the next token is none. NULL, TRUE and FALSE are literals too. */
  protected literal(): Expression | undefined {
    const start = this.start;
    switch (this.type) {
      case TOKEN.integer:
      case TOKEN.decimal:
      case TOKEN.float:
        return this.#number(start);
      case TOKEN.string:
      case TOKEN.nationalString:
        return this.stringLiteral(undefined, start);
      case TOKEN.hex:
      case TOKEN.bit:
        return this.#bytes(start, undefined);
      case TOKEN.parameter:
        return this.#parameter(start);
      case TOKEN.userVariable:
        return this.userVariable();
      case TOKEN.word:
        return this.#literalAfterWord(start);
      case TOKEN.reserved:
        return this.#reservedLiteral(start);
      default:
        return undefined;
    }
  }

  #reservedLiteral(start: number): Literal | undefined {
    if (this.accept('NULL')) return { kind: 'null', start, end: this.end };
    if (this.accept('TRUE')) return { kind: 'boolean', value: true, start, end: this.end };
    if (this.accept('FALSE')) return { kind: 'boolean', value: false, start, end: this.end };
    return undefined;
  }

  #number(start: number): Literal {
    const type = this.type;
    const end = this.tokens.ends[this.index]!;
    const text = this.source.slice(start, end);
    const slot = this.slotAt(start);
    this.index++;
    if (type === TOKEN.decimal) return { kind: 'decimal', text, slot, start, end };
    if (type === TOKEN.float) return { kind: 'float', value: Number(text), text, slot, start, end };
    const value = integerValue(text);
    if (value === undefined) return { kind: 'decimal', text, slot, start, end };
    return { kind: 'integer', value, text, slot, start, end };
  }

  /** Adjacent strings join; the first decides whether the literal is national. */
  protected stringLiteral(charset: string | undefined, start: number): StringLiteral {
    const slot = charset === undefined ? this.slotAt(this.start) : -1;
    const national = this.type === TOKEN.nationalString;
    let raw = '';
    do {
      const open = this.start + (this.type === TOKEN.nationalString ? 1 : 0);
      raw += unquoteString(this.source, open, this.tokens.ends[this.index]!, this.mode);
      this.index++;
    } while (this.type === TOKEN.string);
    const value = decodeSource(raw);
    const keepBytes = charset !== undefined || !isWellFormed(raw, value);
    const bytes = keepBytes ? sourceBytes(raw) : undefined;
    return { kind: 'string', value, national, charset, bytes, slot, start, end: this.end };
  }

  #bytes(start: number, charset: string | undefined): BytesLiteral {
    const notation = this.type === TOKEN.hex ? 'hex' : 'bit';
    const bytes = digitBytes(this.source.slice(this.start, this.tokens.ends[this.index]!), notation);
    this.index++;
    return { kind: 'bytes', notation, bytes, charset, slot: -1, start, end: this.end };
  }

  #parameter(start: number): ParameterMarker {
    if (this.#parameterCount >= MAX_PARAMETERS) throw tooManyPlaceholders();
    this.index++;
    return { kind: 'parameter', index: this.#parameterCount++, start, end: this.end };
  }

  /** Introducers (`_utf8mb4'…'`) and temporal literals (DATE'…'). */
  #literalAfterWord(start: number): Literal | undefined {
    const next = this.peekType(1);
    if (next !== TOKEN.string && next !== TOKEN.hex && next !== TOKEN.bit) return undefined;
    if (next === TOKEN.string) {
      const type = this.acceptOneOf('DATE', 'TIME', 'TIMESTAMP');
      if (type !== undefined) return this.temporalLiteral(start, type);
    }
    const word = this.source.slice(start, this.tokens.ends[this.index]!);
    if (!word.startsWith('_') || !isCharacterSetName(word.slice(1))) return undefined;
    this.index++;
    const charset = word.slice(1).toLowerCase();
    return next === TOKEN.string ? this.stringLiteral(charset, start) : this.#bytes(start, charset);
  }

  protected temporalLiteral(start: number, type: 'DATE' | 'TIME' | 'TIMESTAMP'): TemporalLiteral {
    const value = this.stringText();
    const kinds = { DATE: 'date', TIME: 'time', TIMESTAMP: 'timestamp' } as const;
    return { kind: 'temporal', type: kinds[type], value, start, end: this.end };
  }

  protected userVariable(): UserVariable {
    const start = this.start;
    if (this.type !== TOKEN.userVariable) throw this.unexpected();
    const end = this.tokens.ends[this.index]!;
    this.index++;
    return {
      kind: 'user-variable',
      name: decodeSource(variableName(this.source, start, end, this.mode)),
      start,
      end,
    };
  }

  /** After the cursor stands on `@@`. */
  protected systemVariable(): SystemVariable {
    const start = this.start;
    this.expect('@@');
    const scope = this.variableScope('.');
    const name = this.systemVariableName();
    return { kind: 'system-variable', scope, name, start, end: this.end };
  }

  /** GLOBAL, SESSION, LOCAL, PERSIST, PERSIST_ONLY followed by `follow` (a dot, or nothing at all for SET GLOBAL x). */
  protected variableScope(follow: '.' | undefined): VariableScope | undefined {
    const scopes = { GLOBAL: 'global', SESSION: 'session', LOCAL: 'session', PERSIST: 'persist' } as const;
    if (follow !== undefined ? !this.peekIs(1, follow) : !this.isIdentifier(1)) return undefined;
    const word = this.acceptOneOf('GLOBAL', 'SESSION', 'LOCAL', 'PERSIST', 'PERSIST_ONLY');
    if (word === undefined) return undefined;
    if (follow !== undefined) this.expect(follow);
    return word === 'PERSIST_ONLY' ? 'persist_only' : scopes[word];
  }

  /** name or component.name, in lower case. */
  protected systemVariableName(): string {
    let { name } = this.identifier();
    if (this.accept('.')) name += `.${this.identifier().name}`;
    return name.toLowerCase();
  }

  protected intervalUnit(): IntervalUnit {
    const symbol = this.symbol;
    const unit = UNITS.get(symbol.startsWith(TSI_PREFIX) ? symbol.slice(TSI_PREFIX.length) : symbol);
    if (unit === undefined) throw this.unexpected();
    this.index++;
    return unit;
  }

  protected isIntervalUnit(offset = 0): boolean {
    const symbol = this.tokens.symbols[this.index + offset] ?? '';
    return UNITS.has(symbol) || symbol.startsWith(TSI_PREFIX);
  }
}
