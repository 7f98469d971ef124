/** Regions and their members in the store's binary formats: admin entries, log items. Written and read in one order. */

import { assert, type Key, type KeyRange, type PeerId, type RegionId, type StoreId } from '../../base/index.ts';
import type { PeerDescriptor, PeerRole, Region, RegionEpoch } from '../../pd/index.ts';
import type { ByteReader, ByteWriter } from './byte-writer.ts';

/** metapb's numbers. */
const ROLES: readonly PeerRole[] = ['voter', 'learner', 'incoming-voter', 'demoting-voter'];

function writeEpoch(writer: ByteWriter, { confVer, version }: RegionEpoch): void {
  writer.varint(confVer);
  writer.varint(version);
}

function readEpoch(reader: ByteReader): RegionEpoch {
  return { confVer: reader.varint(), version: reader.varint() };
}

export function writePeer(writer: ByteWriter, { peerId, storeId, role }: PeerDescriptor): void {
  writer.varint(peerId);
  writer.varint(storeId);
  writer.u8(ROLES.indexOf(role));
}

export function readPeer(reader: ByteReader): PeerDescriptor {
  const peerId = reader.varint() as PeerId;
  const storeId = reader.varint() as StoreId;
  const role = ROLES[reader.u8()];
  assert(role !== undefined, 'a peer has a known role');
  return { peerId, storeId, role };
}

/** An absent end is written as the empty key, which is nobody's end. */
function writeRange(writer: ByteWriter, { start, end }: KeyRange): void {
  writer.key(start);
  writer.key(end ?? ('' as Key));
}

function readRange(reader: ByteReader): KeyRange {
  const start = reader.key();
  const end = reader.key();
  return end === '' ? { start } : { start, end };
}

export function writeRegion(writer: ByteWriter, region: Region): void {
  writer.varint(region.regionId);
  writeRange(writer, region.range);
  writeEpoch(writer, region.epoch);
  writer.varint(region.peers.length);
  for (const peer of region.peers) writePeer(writer, peer);
}

export function readRegion(reader: ByteReader): Region {
  const regionId = reader.varint() as RegionId;
  const range = readRange(reader);
  const epoch = readEpoch(reader);
  const peers: PeerDescriptor[] = [];
  for (let count = reader.varint(); count > 0; count--) peers.push(readPeer(reader));
  return { regionId, range, epoch, peers };
}
