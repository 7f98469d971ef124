/** JSON text to values, with MySQL's error 3141 and the position of the fault. */

import { sqlErrors } from '../../errors/sql-errors.ts';
import { type JsonNode, jsonObject, MAX_JSON_DEPTH } from '../../types/json.ts';

/** What a parser found wrong, and where (a character offset). */
class JsonSyntaxError extends Error {
  readonly position: number;
  constructor(reason: string, position: number) {
    super(reason);
    this.position = position;
  }
}

/** Throws SqlError 3141 naming argument `argument` of `functionName`, 3157 for too deep a document. */
export function parseJsonText(text: string, argument: number, functionName: string): JsonNode {
  try {
    return new Parser(text).document();
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw sqlErrors.invalidJsonTextInParam(argument, functionName, error.message, error.position);
  }
}

/** The document, or undefined when `text` is not JSON. */
export function tryParseJson(text: string): JsonNode | undefined {
  try {
    return new Parser(text).document();
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined;
    throw error;
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const PLAIN_STRING = /[^"\\\x00-\x1f]*/y;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonNode {
    this.#space();
    if (this.#at >= this.#text.length) throw new JsonSyntaxError('The document is empty.', 0);
    const node = this.#value(1);
    this.#space();
    if (this.#at < this.#text.length) {
      throw new JsonSyntaxError('The document root must not be followed by other values.', this.#at);
    }
    return node;
  }

  #space(): void {
    while (this.#at < this.#text.length && ' \t\n\r'.includes(this.#text[this.#at]!)) this.#at++;
  }

  #value(depth: number): JsonNode {
    if (depth > MAX_JSON_DEPTH) throw sqlErrors.jsonDocumentTooDeep();
    const character = this.#text[this.#at];
    switch (character) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#array(depth);
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #word<T extends JsonNode>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw new JsonSyntaxError('Invalid value.', this.#at);
    this.#at += word.length;
    return value;
  }

  #number(): JsonNode {
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (match === null) throw new JsonSyntaxError('Invalid value.', this.#at);
    this.#at += match[0].length;
    const [text, fraction, exponent] = match;
    if (fraction === undefined && exponent === undefined) {
      const value = BigInt(text);
      if (value >= -(2n ** 63n) && value < 2n ** 64n) return value;
      return Number(text);
    }
    const value = Number(text);
    if (!Number.isFinite(value)) throw new JsonSyntaxError('Number too big to be stored in double.', this.#at);
    return value;
  }

  #string(): string {
    let result = '';
    this.#at++;
    for (;;) {
      PLAIN_STRING.lastIndex = this.#at;
      const plain = PLAIN_STRING.exec(this.#text)![0];
      result += plain;
      this.#at += plain.length;
      const character = this.#text[this.#at];
      if (character === '"') break;
      if (character !== '\\') {
        throw new JsonSyntaxError(
          character === undefined ? 'Missing a closing quotation mark in string.' : 'Invalid encoding in string.',
          this.#at,
        );
      }
      result += this.#escape();
    }
    this.#at++;
    return result;
  }

  #escape(): string {
    const letter = this.#text[this.#at + 1];
    if (letter === 'u') {
      const digits = this.#text.slice(this.#at + 2, this.#at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) {
        throw new JsonSyntaxError('Incorrect hex digit after \\u escape in string.', this.#at);
      }
      this.#at += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const plain = letter === undefined ? undefined : ESCAPES[letter];
    if (plain === undefined) throw new JsonSyntaxError('Invalid escape character in string.', this.#at);
    this.#at += 2;
    return plain;
  }

  #array(depth: number): JsonNode {
    const items: JsonNode[] = [];
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === ']') {
      this.#at++;
      return items;
    }
    for (;;) {
      this.#space();
      items.push(this.#value(depth + 1));
      this.#space();
      const character = this.#text[this.#at];
      if (character === ']') break;
      if (character !== ',') throw new JsonSyntaxError('Missing a comma or ] after an array element.', this.#at);
      this.#at++;
    }
    this.#at++;
    return items;
  }

  #object(depth: number): JsonNode {
    const members: [string, JsonNode][] = [];
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === '}') {
      this.#at++;
      return jsonObject(members);
    }
    for (;;) {
      this.#space();
      if (this.#text[this.#at] !== '"') throw new JsonSyntaxError('Missing a name for object member.', this.#at);
      const key = this.#string();
      this.#space();
      if (this.#text[this.#at] !== ':') {
        throw new JsonSyntaxError('Missing a colon after a name of object member.', this.#at);
      }
      this.#at++;
      this.#space();
      members.push([key, this.#value(depth + 1)]);
      this.#space();
      const character = this.#text[this.#at];
      if (character === '}') break;
      if (character !== ',') throw new JsonSyntaxError('Missing a comma or } after an object member.', this.#at);
      this.#at++;
    }
    this.#at++;
    return jsonObject(members);
  }
}
