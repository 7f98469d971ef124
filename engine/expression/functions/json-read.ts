/** JSON functions that look into documents: JSON_EXTRACT, ->, ->>, JSON_VALUE, JSON_CONTAINS, JSON_SEARCH and others. */

import { encodeMysqlJson } from '../../encoding/json-mysql-binary.ts';
import { sqlErrors } from '../../errors/sql-errors.ts';
import type { Datum } from '../../types/datum.ts';
import { Decimal } from '../../types/decimal.ts';
import {
  isJsonArray,
  isJsonObject,
  Json,
  type JsonNode,
  type JsonOpaque,
  type JsonTemporal,
} from '../../types/json.ts';
import { jsonText, opaqueText, temporalText } from '../../types/json-text.ts';
import { type CompiledNode, lift1 } from '../compiled-node.ts';
import type { FunctionDefinition, ResultShape } from '../definition.ts';
import { type JsonPath, locateJson, selectJson, selectOne } from '../json/json-path.ts';
import { parseJsonText, tryParseJson } from '../json/parse-json.ts';
import { prettyJson } from '../json/pretty-json.ts';
import { containsJson, isMemberOf, jsonDepth, jsonLength, overlapsJson, searchStrings } from '../json/search-json.ts';
import { bigintType, booleanType, jsonType, stringType, textLength, UNKNOWN_LENGTH } from '../result-types.ts';
import { answer, type JsonArguments, type JsonRole, jsonFunction, jsonTextCollation } from './json-arguments.ts';

const JSON_RESULT = (): ResultShape => ({ type: jsonType() });
const BIGINT_RESULT = (): ResultShape => ({ type: bigintType() });
const BOOLEAN_RESULT = (): ResultShape => ({ type: booleanType() });
const TYPE_NAME_LENGTH = 17;
const JSON_VALUE_LENGTH = 512;
const MAX_INT64 = 0x7fff_ffff_ffff_ffffn;

function textResult(length: number): ResultShape {
  return { type: stringType(length, jsonTextCollation), coercibility: 4 };
}

const documentThenPaths = (index: number): JsonRole => (index === 0 ? 'document' : 'path');
const twoDocumentsThenPath = (index: number): JsonRole => (index < 2 ? 'document' : 'path');

/** The text of a JSON value where strings lose their quotes. */
export function unquotedText(node: JsonNode): string {
  if (typeof node === 'string') return node;
  if (node === null || typeof node !== 'object') return jsonText(node);
  if (node instanceof Decimal || isJsonArray(node) || isJsonObject(node)) return jsonText(node);
  const leaf: JsonTemporal | JsonOpaque = node;
  return leaf.kind === 'opaque' ? opaqueText(leaf) : temporalText(leaf);
}

/** Several paths, or one with wildcards, answer an array of all matches. */
function extract(args: JsonArguments): Datum {
  const root = args.node(0) as JsonNode;
  if (args.count === 2) {
    const path = args.path(1) as JsonPath;
    if (!path.isMulti) return answer(selectOne(root, path.legs, path.legs.length));
  }
  const found: JsonNode[] = [];
  for (let i = 1; i < args.count; i++) found.push(...selectJson(root, args.path(i) as JsonPath));
  return found.length === 0 ? null : new Json(found);
}

const jsonExtract = jsonFunction({
  name: 'json_extract',
  minArgs: 2,
  role: documentThenPaths,
  result: JSON_RESULT,
  nullPropagates: true,
  evaluate: extract,
});

/** Text in double quotes is read as a JSON string; other text stays as it is. */
const jsonUnquote = jsonFunction({
  name: 'json_unquote',
  minArgs: 1,
  maxArgs: 1,
  role: () => 'value',
  result: ([arg]) => textResult(arg === undefined ? 0 : textLength(arg.type)),
  nullPropagates: true,
  evaluate: (args) => unquotedText(args.node(0) as JsonNode),
});

const jsonUnquoteText: FunctionDefinition = {
  ...jsonUnquote,
  resolve: (args, options) => {
    const [argument] = args;
    if (argument === undefined || argument.type.class === 'json') return jsonUnquote.resolve(args, options);
    return unquoteOfText.resolve(args, options);
  },
};

const unquoteOfText = jsonFunction({
  name: 'json_unquote text',
  minArgs: 1,
  maxArgs: 1,
  role: () => 'text',
  result: ([arg]) => textResult(arg === undefined ? 0 : textLength(arg.type)),
  nullPropagates: true,
  evaluate: (args) => {
    const text = args.text(0) as string;
    if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text;
    return unquotedText(parseQuoted(text));
  },
});

function parseQuoted(text: string): JsonNode {
  return parseJsonText(text, 1, 'json_unquote');
}

/** `column->>path`: JSON_UNQUOTE(JSON_EXTRACT(column, path)). */
const arrowText: FunctionDefinition = {
  ...jsonExtract,
  name: '->>',
  maxArgs: 2,
  resolve: (args, options) => jsonUnquote.resolve([jsonExtract.resolve(args, options)], options),
};

const jsonValue = jsonFunction({
  name: 'json_value',
  minArgs: 2,
  maxArgs: 2,
  role: documentThenPaths,
  result: () => textResult(JSON_VALUE_LENGTH),
  nullPropagates: true,
  evaluate: (args) => {
    const path = args.path(1) as JsonPath;
    const found = selectJson(args.node(0) as JsonNode, path);
    const [node] = found;
    return found.length !== 1 || node === undefined || node === null ? null : unquotedText(node);
  },
});

const jsonTypeFunction = jsonFunction({
  name: 'json_type',
  minArgs: 1,
  maxArgs: 1,
  role: () => 'document',
  result: () => textResult(TYPE_NAME_LENGTH),
  nullPropagates: true,
  evaluate: (args) => typeName(args.node(0) as JsonNode),
});

function typeName(node: JsonNode): string {
  if (node === null) return 'NULL';
  switch (typeof node) {
    case 'boolean':
      return 'BOOLEAN';
    case 'bigint':
      return node > MAX_INT64 ? 'UNSIGNED INTEGER' : 'INTEGER';
    case 'number':
      return 'DOUBLE';
    case 'string':
      return 'STRING';
  }
  if (node instanceof Decimal) return 'DECIMAL';
  if (isJsonArray(node)) return 'ARRAY';
  if (isJsonObject(node)) return 'OBJECT';
  if (node.kind !== 'opaque') return node.kind === 'timestamp' ? 'DATETIME' : node.kind.toUpperCase();
  return node.fieldType === 16 ? 'BIT' : node.fieldType >= 249 && node.fieldType <= 254 ? 'BLOB' : 'OPAQUE';
}

/** The value at an optional path argument; undefined where nothing is there. Throws 3149 for wildcards. */
function atPath(root: JsonNode | undefined, path: JsonPath | undefined): JsonNode | undefined {
  if (path === undefined || root === undefined) return root;
  if (path.isMulti) throw sqlErrors.invalidJsonPathWildcard();
  return selectOne(root, path.legs, path.legs.length);
}

const jsonLengthFunction = jsonFunction({
  name: 'json_length',
  minArgs: 1,
  maxArgs: 2,
  role: documentThenPaths,
  result: BIGINT_RESULT,
  nullPropagates: true,
  evaluate: (args) => {
    const path = args.path(1);
    if (path?.isMulti === true) return selectJson(args.node(0) as JsonNode, path).length || null;
    const node = atPath(args.node(0), path);
    return node === undefined ? null : jsonLength(node);
  },
});

const jsonDepthFunction = jsonFunction({
  name: 'json_depth',
  minArgs: 1,
  maxArgs: 1,
  role: () => 'document',
  result: BIGINT_RESULT,
  nullPropagates: true,
  evaluate: (args) => jsonDepth(args.node(0) as JsonNode),
});

const jsonKeys = jsonFunction({
  name: 'json_keys',
  minArgs: 1,
  maxArgs: 2,
  role: documentThenPaths,
  result: JSON_RESULT,
  nullPropagates: true,
  evaluate: (args) => {
    const path = args.path(1);
    const node = atPath(args.node(0), path);
    // Here [0] does not stand for the value itself.
    if (path !== undefined && endsInWrappedCell(args.node(0) as JsonNode, path)) return null;
    return node !== undefined && isJsonObject(node) ? new Json([...node.keys()]) : null;
  },
});

function endsInWrappedCell(root: JsonNode, path: JsonPath): boolean {
  return path.legs.some((leg, i) => {
    const parent = leg.kind === 'cell' ? selectOne(root, path.legs, i) : undefined;
    return parent !== undefined && !isJsonArray(parent);
  });
}

const jsonContains = jsonFunction({
  name: 'json_contains',
  minArgs: 2,
  maxArgs: 3,
  role: twoDocumentsThenPath,
  result: BOOLEAN_RESULT,
  nullPropagates: true,
  evaluate: (args) => {
    const target = atPath(args.node(0), args.path(2));
    if (target === undefined) return null;
    return containsJson(target, args.node(1) as JsonNode) ? 1 : 0;
  },
});

const jsonOverlaps = jsonFunction({
  name: 'json_overlaps',
  minArgs: 2,
  maxArgs: 2,
  role: () => 'document',
  result: BOOLEAN_RESULT,
  nullPropagates: true,
  evaluate: (args) => (overlapsJson(args.node(0) as JsonNode, args.node(1) as JsonNode) ? 1 : 0),
});

/** `value MEMBER OF (array)`. */
const memberOf = jsonFunction({
  name: 'member of',
  minArgs: 2,
  maxArgs: 2,
  role: (index) => (index === 0 ? 'value' : 'document'),
  result: BOOLEAN_RESULT,
  nullPropagates: true,
  evaluate: (args) => (isMemberOf(args.node(0) as JsonNode, args.node(1) as JsonNode) ? 1 : 0),
});

/** 'one' or 'all'; throws 3154. */
function wantsAll(text: string, functionName: string): boolean {
  const word = text.toLowerCase();
  if (word !== 'one' && word !== 'all') throw sqlErrors.jsonBadOneOrAllArg(functionName);
  return word === 'all';
}

const jsonContainsPath = jsonFunction({
  name: 'json_contains_path',
  minArgs: 3,
  role: (index) => (index === 0 ? 'document' : index === 1 ? 'text' : 'path'),
  result: BOOLEAN_RESULT,
  nullPropagates: true,
  evaluate: (args) => {
    const all = wantsAll(args.text(1) as string, 'json_contains_path');
    for (let i = 2; i < args.count; i++) {
      const present = selectJson(args.node(0) as JsonNode, args.path(i) as JsonPath).length > 0;
      if (present !== all) return all ? 0 : 1;
    }
    return all ? 1 : 0;
  },
});

/** LIKE's pattern as a test, case-sensitive, `%` for any text and `_` for one character. */
function likeMatcher(pattern: string, escapeCharacter: string): (text: string) => boolean {
  let source = '';
  const characters = [...pattern];
  for (let i = 0; i < characters.length; i++) {
    let character = characters[i] as string;
    if (character === escapeCharacter && i + 1 < characters.length) character = characters[++i] as string;
    else if (character === '%') {
      source += '[\\s\\S]*';
      continue;
    } else if (character === '_') {
      source += '[\\s\\S]';
      continue;
    }
    source += character.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  }
  const expression = new RegExp(`^${source}$`, 'u');
  return (text) => expression.test(text);
}

/** JSON_SEARCH(document, one | all, pattern [, escape [, path …]]): the paths of matching strings. */
const jsonSearch = jsonFunction({
  name: 'json_search',
  minArgs: 3,
  role: (index) => (index === 0 ? 'document' : index < 4 ? 'text' : 'path'),
  result: JSON_RESULT,
  nullPropagates: false,
  evaluate: (args) => {
    if (args.hasNull(0, 3) || args.hasNull(4)) return null;
    const all = wantsAll(args.text(1) as string, 'json_search');
    const escapeCharacter = args.text(3) || '\\';
    if ([...escapeCharacter].length > 1) throw sqlErrors.wrongArguments('ESCAPE');
    const found = new Set<string>();
    const add = (location: string): boolean => {
      found.add(location);
      return all;
    };
    const matches = likeMatcher(args.text(2) as string, escapeCharacter);
    searchFrom(args, matches, add);
    const [first] = found;
    if (first === undefined) return null;
    return new Json(found.size === 1 ? first : [...found]);
  },
});

function searchFrom(args: JsonArguments, matches: (text: string) => boolean, add: (at: string) => boolean): void {
  const root = args.node(0) as JsonNode;
  if (args.count <= 4) {
    searchStrings(root, '$', matches, add);
    return;
  }
  for (let i = 4; i < args.count; i++) {
    for (const [location, node] of locateJson(root, args.path(i) as JsonPath)) {
      if (!searchStrings(node, `$${location}`, matches, add)) return;
    }
  }
}

const jsonValid = jsonFunction({
  name: 'json_valid',
  minArgs: 1,
  maxArgs: 1,
  role: () => 'value',
  result: BOOLEAN_RESULT,
  nullPropagates: true,
  evaluate: () => 0,
});

/** Whether a text is JSON; 1 for JSON values, 0 for all other types. */
const jsonValidByType: FunctionDefinition = {
  ...jsonValid,
  compile: (call, args) => {
    const [argument] = call.args;
    const { class: typeClass } = argument?.type ?? { class: 'null' };
    return lift1({ type: call.type, pure: true, quiet: true }, args[0] as CompiledNode, (_context, value: Datum) => {
      if (typeClass === 'json') return 1;
      return typeClass === 'string' && tryParseJson(value as string) !== undefined ? 1 : 0;
    });
  },
};

const jsonPretty = jsonFunction({
  name: 'json_pretty',
  minArgs: 1,
  maxArgs: 1,
  role: () => 'document',
  result: () => textResult(UNKNOWN_LENGTH),
  nullPropagates: true,
  evaluate: (args) => prettyJson(args.node(0) as JsonNode),
});

const jsonStorageSize = jsonFunction({
  name: 'json_storage_size',
  minArgs: 1,
  maxArgs: 1,
  role: () => 'document',
  result: BIGINT_RESULT,
  nullPropagates: true,
  evaluate: (args) => encodeMysqlJson(new Json(args.node(0) as JsonNode)).length,
});

const jsonStorageFree = jsonFunction({
  name: 'json_storage_free',
  minArgs: 1,
  maxArgs: 1,
  role: () => 'document',
  result: BIGINT_RESULT,
  nullPropagates: true,
  evaluate: () => 0,
});

export const jsonReadFunctions: readonly FunctionDefinition[] = [
  jsonExtract,
  { ...jsonExtract, name: '->', maxArgs: 2 },
  arrowText,
  jsonUnquoteText,
  unquoteOfText,
  jsonValue,
  jsonTypeFunction,
  jsonLengthFunction,
  jsonDepthFunction,
  jsonKeys,
  jsonContains,
  jsonContainsPath,
  jsonOverlaps,
  memberOf,
  jsonSearch,
  jsonValidByType,
  jsonPretty,
  jsonStorageSize,
  jsonStorageFree,
];
