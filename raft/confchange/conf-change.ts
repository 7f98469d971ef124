/**
 * Proposed changes of the configuration and their encoding inside entries: protobuf with eraftpb's field numbers.
 * UpdateNode, which eraftpb lacks, is 3.
 */
import { assert, defined } from '../../base/index.ts';
import { EMPTY_BYTES, type Entry, type EntryType } from '../message.ts';

export type ConfChangeType = 'AddNode' | 'RemoveNode' | 'AddLearnerNode' | 'UpdateNode';

/**
 * - `Auto`: the simple protocol when one change suffices, else joint with automatic leave.
 * - `JointImplicit`: always joint, left automatically as soon as it is applied.
 * - `JointExplicit`: always joint, left by proposing an empty ConfChangeV2.
 */
export type ConfChangeTransition = 'Auto' | 'JointImplicit' | 'JointExplicit';

export interface ConfChangeSingle {
  readonly type: ConfChangeType;
  readonly nodeId: number;
}

/** The older form: one change, simple protocol. */
export interface ConfChange extends ConfChangeSingle {
  readonly kind: 'ConfChange';
  readonly context: Uint8Array;
}

/** Without changes it leaves the joint configuration. `context` is the host's own. */
export interface ConfChangeV2 {
  readonly kind: 'ConfChangeV2';
  readonly transition: ConfChangeTransition;
  readonly changes: readonly ConfChangeSingle[];
  readonly context: Uint8Array;
}

const TYPES: readonly ConfChangeType[] = ['AddNode', 'RemoveNode', 'AddLearnerNode', 'UpdateNode'];
const TRANSITIONS: readonly ConfChangeTransition[] = ['Auto', 'JointImplicit', 'JointExplicit'];
const LETTERS: Readonly<Record<ConfChangeType, string>> = {
  AddNode: 'v',
  RemoveNode: 'r',
  AddLearnerNode: 'l',
  UpdateNode: 'u',
};

export function asConfChangeV2(change: ConfChange | ConfChangeV2): ConfChangeV2 {
  if (change.kind === 'ConfChangeV2') return change;
  const { type, nodeId, context } = change;
  return { kind: 'ConfChangeV2', transition: 'Auto', changes: [{ type, nodeId }], context };
}

export function leavesJoint(change: ConfChangeV2): boolean {
  return change.transition === 'Auto' && change.changes.length === 0;
}

/** Whether the change needs joint consensus, and if so whether it is left automatically. */
export function entersJoint(change: ConfChangeV2): 'simple' | 'jointAutoLeave' | 'jointExplicit' {
  if (change.transition === 'JointExplicit') return 'jointExplicit';
  return change.transition === 'JointImplicit' || change.changes.length > 1 ? 'jointAutoLeave' : 'simple';
}

/** `v1 l2 r3 u4`: add voter 1, add learner 2, remove 3, update 4. */
export function describeConfChanges(changes: readonly ConfChangeSingle[]): string {
  return changes.map(({ type, nodeId }) => `${LETTERS[type]}${nodeId}`).join(' ');
}

/** The text form of the protobuf message, for the log. */
export function confChangeText(change: ConfChange | ConfChangeV2): string {
  const single = ({ type, nodeId }: ConfChangeSingle): string => `type:ConfChange${type} node_id:${nodeId}`;
  if (change.kind === 'ConfChange') return single(change);
  const changes = change.changes.map((one) => ` changes:{${single(one)}}`).join('');
  return `transition:ConfChangeTransition${change.transition}${changes}`;
}

/** The inverse of describeConfChanges; the offending word when the text is not of that form. */
export function parseConfChanges(text: string): readonly ConfChangeSingle[] | { readonly unknown: string } {
  const changes: ConfChangeSingle[] = [];
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const type = TYPES.find((candidate) => LETTERS[candidate] === word[0]);
    if (type === undefined || !/^\d+$/.test(word.slice(1))) return { unknown: word };
    changes.push({ type, nodeId: Number(word.slice(1)) });
  }
  return changes;
}

function putVarint(out: number[], value: number): void {
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  out.push(rest);
}

function putNumber(out: number[], field: number, value: number): void {
  if (value === 0) return;
  out.push(field << 3);
  putVarint(out, value);
}

function putBytes(out: number[], field: number, value: ArrayLike<number>): void {
  out.push((field << 3) | 2);
  putVarint(out, value.length);
  for (let i = 0; i < value.length; i++) out.push(value[i]!);
}

/** The entry type and data under which a change is proposed. Leaving a joint configuration takes no data at all. */
export function encodeConfChange(change: ConfChange | ConfChangeV2): {
  readonly type: EntryType;
  readonly data: Uint8Array;
} {
  const out: number[] = [];
  if (change.kind === 'ConfChange') {
    putNumber(out, 2, TYPES.indexOf(change.type));
    putNumber(out, 3, change.nodeId);
    if (change.context.length > 0) putBytes(out, 4, change.context);
    return { type: 'EntryConfChange', data: Uint8Array.from(out) };
  }
  putNumber(out, 1, TRANSITIONS.indexOf(change.transition));
  for (const { type, nodeId } of change.changes) {
    const single: number[] = [];
    putNumber(single, 1, TYPES.indexOf(type));
    putNumber(single, 2, nodeId);
    putBytes(out, 2, single);
  }
  if (change.context.length > 0) putBytes(out, 3, change.context);
  return { type: 'EntryConfChangeV2', data: Uint8Array.from(out) };
}

type Field = { readonly number: number; readonly value: number; readonly bytes: Uint8Array };

function readFields(data: Uint8Array): readonly Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = defined(data[at], 'conf change ends inside a field');
      at += 1;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < data.length) {
    const tag = varint();
    const value = varint();
    const isBytes = (tag & 7) === 2;
    assert(isBytes || (tag & 7) === 0, `conf change has a field of wire type ${tag & 7}`);
    const bytes = isBytes ? data.subarray(at, at + value) : EMPTY_BYTES;
    assert(!isBytes || bytes.length === value, 'conf change ends inside a field');
    at += bytes.length;
    fields.push({ number: tag >>> 3, value, bytes });
  }
  return fields;
}

function typeOf(value: number): ConfChangeType {
  return defined(TYPES[value], `unexpected conf change type ${value}`);
}

function decodeSingle(data: Uint8Array): ConfChangeSingle {
  let type: ConfChangeType = 'AddNode';
  let nodeId = 0;
  for (const field of readFields(data)) {
    if (field.number === 1) type = typeOf(field.value);
    else if (field.number === 2) nodeId = field.value;
  }
  return { type, nodeId };
}

function decodeV1(data: Uint8Array): ConfChange {
  let { type, nodeId, context }: Omit<ConfChange, 'kind'> = { type: 'AddNode', nodeId: 0, context: EMPTY_BYTES };
  for (const field of readFields(data)) {
    if (field.number === 2) type = typeOf(field.value);
    else if (field.number === 3) nodeId = field.value;
    else if (field.number === 4) context = field.bytes.slice();
  }
  return { kind: 'ConfChange', type, nodeId, context };
}

function decodeV2(data: Uint8Array): ConfChangeV2 {
  let transition: ConfChangeTransition = 'Auto';
  let context: Uint8Array = EMPTY_BYTES;
  const changes: ConfChangeSingle[] = [];
  for (const field of readFields(data)) {
    if (field.number === 1) transition = defined(TRANSITIONS[field.value], `unexpected transition ${field.value}`);
    else if (field.number === 2) changes.push(decodeSingle(field.bytes));
    else if (field.number === 3) context = field.bytes.slice();
  }
  return { kind: 'ConfChangeV2', transition, changes, context };
}

/** The change an entry carries, undefined for EntryNormal. Throws AssertionError on data that is not a conf change. */
export function decodeConfChange(entry: Pick<Entry, 'type' | 'data'>): ConfChange | ConfChangeV2 | undefined {
  if (entry.type === 'EntryNormal') return undefined;
  return entry.type === 'EntryConfChange' ? decodeV1(entry.data) : decodeV2(entry.data);
}
