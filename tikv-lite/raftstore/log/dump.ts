/** A segment for human eyes. */

import { assertNever } from '../../../base/index.ts';
import type { RegionCheckpoint } from '../checkpoint.ts';
import { decodeCommand } from '../command-codec.ts';
import { type LogItem, readItems } from './log-items.ts';
import { decodeFileHeader, FILE_HEADER_BYTES, segmentSeed } from './segment-format.ts';
import { scanSegment } from './segment-reader.ts';

/** One line per item of the segment file's contents, then how the segment ends. */
export function* dumpSegment(contents: Uint8Array): Generator<string> {
  const segment = Buffer.from(contents.buffer, contents.byteOffset, contents.byteLength);
  const header = decodeFileHeader(segment);
  if (header.kind === 'damaged') {
    yield 'not a raft log segment, or its header is damaged';
    return;
  }
  yield `segment ${header.segmentId}, format ${header.formatVersion}, ${segment.byteLength} bytes`;
  const { records, end } = scanSegment(segment, FILE_HEADER_BYTES, segmentSeed(header.segmentId), 0);
  for (const { offset, group, payload } of records) {
    yield `${offset}: group ${group}, ${payload.byteLength} bytes`;
    for (const item of readItems(payload)) yield* describeItem(item);
  }
  yield end.kind === 'damaged'
    ? `${end.offset}: DAMAGED; intact records follow at ${end.nextValidOffset}`
    : `${end.offset}: ${end.kind === 'torn' ? 'end (unused, or a torn write)' : 'end'}`;
}

function* describeItem(item: LogItem): Generator<string> {
  switch (item.kind) {
    case 'entries':
      for (const { type, term, index, data } of item.entries) {
        const contents = type === 'EntryNormal' ? describeCommand(data) : `${type}, ${data.byteLength} bytes`;
        yield `  region ${item.regionId} entry ${index} term ${term}: ${contents}`;
      }
      return;
    case 'hard-state': {
      const { term, vote, commit } = item.hardState;
      yield `  region ${item.regionId} hard state: term ${term}, vote ${vote}, commit ${commit}`;
      return;
    }
    case 'truncated':
      yield `  region ${item.regionId} truncated up to ${item.index} (term ${item.term})`;
      return;
    case 'purge':
      yield `  region ${item.regionId} removed`;
      return;
    case 'checkpoint':
      yield `  checkpoint${item.isFirst ? '' : ', continued'}${item.isLast ? '' : ', to be continued'}`;
      for (const replica of item.replicas) yield `    ${describeReplica(replica)}`;
      return;
    case 'applying':
      yield `  snapshot: ${describeReplica(item.replica)}`;
      for (const replica of item.replaced) yield `    replaces ${describeReplica(replica)}`;
      return;
    case 'link':
      yield `  continues segment ${item.previousSegmentId}, which ends at ${item.previousEnd}`;
      return;
    default:
      assertNever(item);
  }
}

function describeReplica({ state, region, peerId, index, term }: RegionCheckpoint): string {
  const { start, end } = region.range;
  const range = `[${printable(start)}, ${end === undefined ? '∞' : printable(end)})`;
  const epoch = `epoch ${region.epoch.confVer}/${region.epoch.version}`;
  return `region ${region.regionId} ${state}, peer ${peerId}, applied up to ${index} (term ${term}), ${epoch}, ${range}`;
}

function describeCommand(data: Uint8Array): string {
  if (data.byteLength === 0) return 'no-op of a new leader';
  const command = decodeCommand(data);
  if (command.kind === 'destroy-range') return `destroy range from ${printable(command.range.start)}`;
  if (command.kind !== 'write') return `${command.kind} ${JSON.stringify(command)}`;
  const operations = command.operations.map((operation) =>
    operation.kind === 'put'
      ? `put ${printable(operation.key)} (${operation.value.byteLength} bytes)`
      : `delete ${printable(operation.key)}`,
  );
  return operations.join(', ');
}

function printable(key: string): string {
  return key.replace(/[^\x21-\x7e]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
