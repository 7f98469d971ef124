/** Changed copies of JSON values: what JSON_SET, JSON_REMOVE, JSON_MERGE_… and their kin answer. Nothing is changed in place. */

import { isJsonArray, isJsonObject, type JsonNode, jsonObject } from '../../types/json.ts';
import { type PathLeg, resolveIndex, selectOne } from './json-path.ts';

/** 'set' replaces or adds, 'insert' only adds, 'replace' only replaces. */
export type ChangeMode = 'set' | 'insert' | 'replace';

/** Puts `value` at a path without wildcards. */
export function putJson(
  node: JsonNode,
  legs: readonly PathLeg[],
  value: JsonNode,
  mode: ChangeMode,
  position = 0,
): JsonNode {
  const leg = legs[position];
  if (leg === undefined) return mode === 'insert' ? node : value;
  const isLast = position === legs.length - 1;
  const deeper = (child: JsonNode): JsonNode => putJson(child, legs, value, mode, position + 1);
  if (leg.kind === 'member') {
    if (!isJsonObject(node)) return node;
    const child = node.get(leg.key);
    if (child !== undefined) return jsonObject([...node, [leg.key, deeper(child)]]);
    return isLast && mode !== 'replace' ? jsonObject([...node, [leg.key, value]]) : node;
  }
  if (leg.kind !== 'cell') return node;
  const cells = isJsonArray(node) ? node : [node];
  const index = resolveIndex(leg.index, cells.length);
  const cell = cells[index];
  if (cell !== undefined) {
    const changed = deeper(cell);
    return isJsonArray(node) ? cells.with(index, changed) : changed;
  }
  if (!isLast || mode === 'replace') return node;
  return index < 0 ? [value, ...cells] : [...cells, value];
}

/** Applies `change` to the value at the path, if there is one. */
function changeJson(
  node: JsonNode,
  legs: readonly PathLeg[],
  change: (found: JsonNode) => JsonNode,
  position = 0,
): JsonNode {
  const leg = legs[position];
  if (leg === undefined) return change(node);
  const deeper = (child: JsonNode): JsonNode => changeJson(child, legs, change, position + 1);
  if (leg.kind === 'member') {
    const child = isJsonObject(node) ? node.get(leg.key) : undefined;
    return child === undefined
      ? node
      : jsonObject([...(node as ReadonlyMap<string, JsonNode>), [leg.key, deeper(child)]]);
  }
  if (leg.kind !== 'cell') return node;
  const cells = isJsonArray(node) ? node : [node];
  const index = resolveIndex(leg.index, cells.length);
  const cell = cells[index];
  if (cell === undefined) return node;
  return isJsonArray(node) ? cells.with(index, deeper(cell)) : deeper(cell);
}

export function removeJson(root: JsonNode, path: readonly PathLeg[]): JsonNode {
  const legs = withoutWrappedCells(root, path);
  const last = legs.at(-1);
  return changeJson(root, legs.slice(0, -1), (parent) => {
    if (last?.kind === 'member' && isJsonObject(parent)) {
      return parent.has(last.key) ? new Map([...parent].filter(([key]) => key !== last.key)) : parent;
    }
    if (last?.kind !== 'cell' || !isJsonArray(parent)) return parent;
    const index = resolveIndex(last.index, parent.length);
    return index >= 0 && index < parent.length ? parent.toSpliced(index, 1) : parent;
  });
}

/** Drops final legs like [0] that stand for a value which is no array. */
function withoutWrappedCells(root: JsonNode, path: readonly PathLeg[]): readonly PathLeg[] {
  let { length } = path;
  for (; length > 0; length--) {
    const leg = path[length - 1] as PathLeg;
    const parent = selectOne(root, path, length - 1);
    if (leg.kind !== 'cell' || parent === undefined || isJsonArray(parent) || resolveIndex(leg.index, 1) !== 0) break;
  }
  return path.slice(0, length);
}

/** The value becomes the last cell; anything but an array is wrapped first. */
export function appendJson(root: JsonNode, legs: readonly PathLeg[], value: JsonNode): JsonNode {
  return changeJson(root, legs, (found) => (isJsonArray(found) ? [...found, value] : [found, value]));
}

/** Moves the cells from the path's last leg on aside. */
export function insertCell(root: JsonNode, legs: readonly PathLeg[], value: JsonNode): JsonNode {
  const last = legs.at(-1);
  return changeJson(root, legs.slice(0, -1), (parent) => {
    if (last?.kind !== 'cell' || !isJsonArray(parent)) return parent;
    const index = Math.max(0, Math.min(resolveIndex(last.index, parent.length), parent.length));
    return parent.toSpliced(index, 0, value);
  });
}

/** JSON_MERGE_PRESERVE: objects by key, everything else as arrays one behind the other. */
export function mergePreserving(left: JsonNode, right: JsonNode): JsonNode {
  if (isJsonObject(left) && isJsonObject(right)) {
    const members = new Map(left);
    for (const [key, value] of right) {
      const present = members.get(key);
      members.set(key, present === undefined ? value : mergePreserving(present, value));
    }
    return jsonObject(members);
  }
  return [...(isJsonArray(left) ? left : [left]), ...(isJsonArray(right) ? right : [right])];
}

/** JSON_MERGE_PATCH (RFC 7396): members replace, null removes. */
export function mergePatch(left: JsonNode, right: JsonNode): JsonNode {
  if (!isJsonObject(right)) return right;
  const members = new Map(isJsonObject(left) ? left : []);
  for (const [key, value] of right) {
    if (value === null) members.delete(key);
    else members.set(key, mergePatch(members.get(key) ?? null, value));
  }
  return jsonObject(members);
}
