/** @@server_uuid: made once per store and kept in it. */

import { keyOf, type Random } from '../../base/index.ts';
import type { Storage } from '../../tikv-lite/index.ts';
import { changeKeys } from './change-keys.ts';

const KEY = keyOf('mshoal:server-uuid');

export async function serverUuid(storage: Storage, random: Random): Promise<string> {
  const stored = await storage.snapshot(await storage.currentTs()).get(KEY);
  if (stored !== undefined) return Buffer.from(stored).toString('latin1');
  const hex = Buffer.from(random.bytes(16)).toString('hex');
  // Version 4, variant 1 of RFC 9562.
  const uuid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  await changeKeys(storage, [{ key: KEY, value: Buffer.from(uuid, 'latin1') }]);
  return uuid;
}
