/** Which stores may be part of a cluster, as PD judges them. Pure: each rule answers the new stores or throws PdError. */

import type { StoreId } from '../../base/index.ts';
import { PdError } from '../client/pd-client.ts';
import type { Region, StoreDescriptor } from '../meta.ts';
import { compareVersions, isCompatible, parseVersion, type StoreVersion } from './version.ts';

export type Stores = ReadonlyMap<StoreId, StoreDescriptor>;

/** The version every store that is still there understands; undefined without stores. */
export function clusterVersion(stores: Stores): StoreVersion | undefined {
  let oldest: StoreVersion | undefined;
  for (const { state, version } of stores.values()) {
    const parsed = state === 'tombstone' ? undefined : parseVersion(version);
    if (parsed !== undefined && (oldest === undefined || compareVersions(parsed, oldest) < 0)) oldest = parsed;
  }
  return oldest;
}

/** A store tells who it is when it starts. Whether it is being emptied stays as it was decided. */
export function withStore(stores: Stores, store: StoreDescriptor): Stores {
  const { storeId, address } = store;
  if (storeId === 0) throw new PdError('invalid-value', 'store id 0 is not valid');
  const known = stores.get(storeId);
  if (known?.state === 'tombstone') throw new PdError('store-tombstone', `store ${storeId} was removed for good`);
  const version = parseVersion(store.version);
  if (version === undefined) throw new PdError('invalid-value', `${store.version} is no semantic version`);
  const oldest = clusterVersion(stores);
  if (oldest !== undefined && !isCompatible(oldest, version)) {
    throw new PdError(
      'incompatible-version',
      `store ${storeId} of version ${store.version} is too old for a cluster of version ` +
        `${oldest.major}.${oldest.minor}.${oldest.patch}`,
    );
  }
  for (const other of stores.values()) {
    if (other.storeId !== storeId && other.state !== 'tombstone' && other.address === address) {
      throw new PdError('invalid-value', `store ${other.storeId} has the address ${address} already`);
    }
  }
  return new Map(stores).set(storeId, { ...store, state: known?.state ?? 'up' });
}

/** `state` of a store that is not gone for good. */
export function withStoreState(stores: Stores, storeId: StoreId, state: StoreDescriptor['state']): Stores {
  const store = stores.get(storeId);
  if (store === undefined) throw new PdError('store-not-found', `store ${storeId} is not known`);
  if (store.state === state) return stores;
  if (store.state === 'tombstone') throw new PdError('store-tombstone', `store ${storeId} was removed for good`);
  return new Map(stores).set(storeId, { ...store, state });
}

/** The first region covers every key and lies on the store that makes the cluster. */
export function checkBootstrap(store: StoreDescriptor, region: Region): void {
  const [peer, ...others] = region.peers;
  const isWhole = region.range.start === '' && region.range.end === undefined;
  const isSound =
    store.storeId !== 0 &&
    region.regionId !== 0 &&
    peer !== undefined &&
    peer.peerId !== 0 &&
    peer.storeId === store.storeId &&
    others.length === 0;
  if (!isWhole || !isSound) {
    throw new PdError('invalid-value', 'the first region must cover all keys with one peer on the store that makes it');
  }
}
