/** Containment and search in JSON values. */

import { isJsonArray, isJsonObject, type JsonNode, type JsonObject } from '../../types/json.ts';
import { compareJson } from './compare-json.ts';
import { memberLocation } from './json-path.ts';

/** JSON_CONTAINS: every part of the candidate is found in the target. */
export function containsJson(target: JsonNode, candidate: JsonNode): boolean {
  if (isJsonArray(target)) {
    const wanted = isJsonArray(candidate) ? candidate : [candidate];
    return wanted.every((part) => target.some((cell) => containsJson(cell, part)));
  }
  if (isJsonObject(target)) return isJsonObject(candidate) && containsMembers(target, candidate);
  return compareJson(target, candidate) === 0;
}

function containsMembers(target: JsonObject, candidate: JsonObject): boolean {
  for (const [key, value] of candidate) {
    const present = target.get(key);
    if (present === undefined || !containsJson(present, value)) return false;
  }
  return true;
}

/** JSON_OVERLAPS: a common cell, a common member, or equal values. */
export function overlapsJson(left: JsonNode, right: JsonNode): boolean {
  if (isJsonArray(left) || isJsonArray(right)) {
    const others = isJsonArray(right) ? right : [right];
    return (isJsonArray(left) ? left : [left]).some((cell) => others.some((other) => compareJson(cell, other) === 0));
  }
  if (isJsonObject(left) && isJsonObject(right)) {
    for (const [key, value] of left) {
      const other = right.get(key);
      if (other !== undefined && compareJson(value, other) === 0) return true;
    }
    return false;
  }
  return compareJson(left, right) === 0;
}

/** MEMBER OF: an equal cell, or an equal value where there is no array. */
export function isMemberOf(value: JsonNode, target: JsonNode): boolean {
  return (isJsonArray(target) ? target : [target]).some((cell) => compareJson(cell, value) === 0);
}

/** Adds the locations of all strings below `node` that `matches`; stops when `add` answers false. */
export function searchStrings(
  node: JsonNode,
  location: string,
  matches: (text: string) => boolean,
  add: (location: string) => boolean,
): boolean {
  if (typeof node === 'string') return matches(node) ? add(location) : true;
  if (isJsonArray(node)) {
    return node.every((cell, i) => searchStrings(cell, `${location}[${i}]`, matches, add));
  }
  if (isJsonObject(node)) {
    for (const [key, value] of node) {
      if (!searchStrings(value, memberLocation(location, key), matches, add)) return false;
    }
  }
  return true;
}

/** JSON_DEPTH. */
export function jsonDepth(node: JsonNode): number {
  const children = isJsonArray(node) ? node : isJsonObject(node) ? [...node.values()] : [];
  return 1 + children.reduce<number>((deepest, child) => Math.max(deepest, jsonDepth(child)), 0);
}

/** JSON_LENGTH. */
export function jsonLength(node: JsonNode): number {
  if (isJsonArray(node)) return node.length;
  return isJsonObject(node) ? node.size : 1;
}
