/** JSON functions that build and change documents. */

import { sqlErrors } from '../../errors/sql-errors.ts';
import type { Datum } from '../../types/datum.ts';
import { Json, type JsonNode, jsonObject } from '../../types/json.ts';
import { quoteJson } from '../../types/json-text.ts';
import type { FunctionDefinition, ResultShape } from '../definition.ts';
import type { Expression } from '../expression.ts';
import {
  appendJson,
  type ChangeMode,
  insertCell,
  mergePatch,
  mergePreserving,
  putJson,
  removeJson,
} from '../json/change-json.ts';
import type { JsonPath, PathLeg } from '../json/json-path.ts';
import { jsonType, stringType, textLength } from '../result-types.ts';
import { answer, type JsonArguments, type JsonRole, jsonFunction, jsonTextCollation } from './json-arguments.ts';
import { unquotedText } from './json-read.ts';

const JSON_RESULT = (): ResultShape => ({ type: jsonType() });

const jsonArray = jsonFunction({
  name: 'json_array',
  minArgs: 0,
  role: () => 'value',
  result: JSON_RESULT,
  nullPropagates: false,
  evaluate: (args) => new Json(args.values.map((_, i) => args.node(i) ?? null)),
});

const jsonObjectFunction: FunctionDefinition = withPairs(
  jsonFunction({
    name: 'json_object',
    minArgs: 0,
    role: () => 'value',
    result: JSON_RESULT,
    nullPropagates: false,
    evaluate: (args) => {
      const members: [string, JsonNode][] = [];
      for (let i = 0; i < args.count; i += 2) {
        const key = args.node(i);
        if (key === undefined) throw sqlErrors.jsonDocumentNullKey();
        members.push([unquotedText(key), args.node(i + 1) ?? null]);
      }
      return new Json(jsonObject(members));
    },
  }),
  0,
);

/** Arguments behind the first `leading` ones come in pairs; else 1582. */
function withPairs(definition: FunctionDefinition, leading: number): FunctionDefinition {
  return {
    ...definition,
    resolve: (args, options) => {
      if ((args.length - leading) % 2 !== 0) throw sqlErrors.wrongParamcountToNativeFct(definition.name);
      return definition.resolve(args, options);
    },
  };
}

const jsonQuote = jsonFunction({
  name: 'json_quote',
  minArgs: 1,
  maxArgs: 1,
  role: () => 'text',
  result: ([arg]) => quoteResult(arg),
  nullPropagates: true,
  evaluate: (args) => quoteJson(args.text(0) as string),
});

function quoteResult(argument: Expression | undefined): ResultShape {
  const length = argument === undefined ? 0 : textLength(argument.type);
  return { type: stringType(length * 6 + 2, jsonTextCollation), coercibility: 4 };
}

/** Legs of a path that names at most one place; throws 3149. */
function singlePlace(path: JsonPath): readonly PathLeg[] {
  if (path.isMulti) throw sqlErrors.invalidJsonPathWildcard();
  return path.legs;
}

const documentThenPairs = (index: number): JsonRole => (index === 0 ? 'document' : index % 2 === 1 ? 'path' : 'value');

/** Functions of a document and (path, value) pairs: NULL when the document or a path is. */
function pairwise(
  name: string,
  change: (root: JsonNode, legs: readonly PathLeg[], value: JsonNode) => JsonNode,
): FunctionDefinition {
  const definition = jsonFunction({
    name,
    minArgs: 3,
    role: documentThenPairs,
    result: JSON_RESULT,
    nullPropagates: false,
    evaluate: (args) => {
      let root = args.node(0);
      for (let i = 1; i < args.count; i += 2) {
        const path = args.path(i);
        if (root === undefined || path === undefined) return null;
        root = change(root, singlePlace(path), args.node(i + 1) ?? null);
      }
      return answer(root);
    },
  });
  return withPairs(definition, 1);
}

function putting(mode: ChangeMode): (root: JsonNode, legs: readonly PathLeg[], value: JsonNode) => JsonNode {
  return (root, legs, value) => putJson(root, legs, value, mode);
}

const jsonRemove = jsonFunction({
  name: 'json_remove',
  minArgs: 2,
  role: (index) => (index === 0 ? 'document' : 'path'),
  result: JSON_RESULT,
  nullPropagates: true,
  evaluate: (args) => {
    let root = args.node(0) as JsonNode;
    for (let i = 1; i < args.count; i++) {
      const legs = singlePlace(args.path(i) as JsonPath);
      if (legs.length === 0) throw sqlErrors.jsonVacuousPath();
      root = removeJson(root, legs);
    }
    return new Json(root);
  },
});

function insertAt(root: JsonNode, legs: readonly PathLeg[], value: JsonNode): JsonNode {
  if (legs.at(-1)?.kind !== 'cell') throw sqlErrors.invalidJsonPathArrayCell();
  return insertCell(root, legs, value);
}

function merging(name: string, evaluate: (args: JsonArguments) => Datum): FunctionDefinition {
  return jsonFunction({
    name,
    minArgs: 2,
    role: () => 'document',
    result: JSON_RESULT,
    nullPropagates: false,
    evaluate,
  });
}

function mergeAll(args: JsonArguments): Datum {
  if (args.hasNull()) return null;
  let merged = args.node(0) as JsonNode;
  for (let i = 1; i < args.count; i++) merged = mergePreserving(merged, args.node(i) as JsonNode);
  return new Json(merged);
}

/** A NULL makes the answer NULL, unless a later argument that is no object replaces everything before it. */
function patchAll(args: JsonArguments): Datum {
  let merged = args.node(0);
  for (let i = 1; i < args.count; i++) {
    const patch = args.node(i);
    if (patch === undefined) merged = undefined;
    else if (!(patch instanceof Map)) merged = patch;
    else if (merged !== undefined) merged = mergePatch(merged, patch);
  }
  return answer(merged);
}

export const jsonWriteFunctions: readonly FunctionDefinition[] = [
  jsonArray,
  jsonObjectFunction,
  jsonQuote,
  pairwise('json_set', putting('set')),
  pairwise('json_insert', putting('insert')),
  pairwise('json_replace', putting('replace')),
  pairwise('json_array_append', appendJson),
  pairwise('json_array_insert', insertAt),
  jsonRemove,
  merging('json_merge_preserve', mergeAll),
  merging('json_merge', mergeAll),
  merging('json_merge_patch', patchAll),
];
