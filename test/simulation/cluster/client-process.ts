/** A machine with a SQL gateway's storage on it, and the clients inside. It may lose power with transactions under way. */

import type { StoreId } from '../../../base/index.ts';
import { type KvService, openClusterStorage, type Storage } from '../../../tikv-lite/index.ts';
import type { Fabric } from './fabric.ts';
import type { Host } from './host.ts';
import type { ClusterMarks } from './marks.ts';
import type { PdProcess } from './pd-process.ts';
import { RemotePd } from './remote-pd.ts';
import { RemoteStores } from './remote-stores.ts';

export interface ClientProcessOptions {
  readonly host: Host;
  readonly fabric: Fabric;
  readonly pd: PdProcess;
  hostOf(storeId: StoreId): Host | undefined;
  serviceOf(storeId: StoreId): KvService | undefined;
  readonly marks: ClusterMarks;
  traced(text: string): void;
}

/** Versions live so shortly that they go while transactions run. The grace is a lease and a call, as it has to be. */
const GARBAGE = {
  gc: { intervalMs: 2000, lifeMs: 8000 },
  safePointTimes: { pollMs: 1000, leaseMs: 4000, graceMs: 9500 },
} as const;

export class ClientProcess {
  readonly #options: ClientProcessOptions;
  #storage: Storage | undefined;

  constructor(options: ClientProcessOptions) {
    this.#options = options;
  }

  get host(): Host {
    return this.#options.host;
  }

  get storage(): Storage | undefined {
    return this.#storage;
  }

  /** One that does not collect garbage may read at its leisure, when no other collects either. */
  boot(options: { readonly collects: boolean } = { collects: true }): void {
    const { host, fabric, pd, hostOf, serviceOf, marks, traced } = this.#options;
    const { clock, timers, random } = host.machine;
    const remote = new RemotePd(fabric, host, pd, pd.order);
    const stores = new RemoteStores({ fabric, from: host, hostOf, serviceOf, marks, traced });
    const { safePointTimes, gc } = GARBAGE;
    const collecting = options.collects ? { gc } : {};
    this.#storage = openClusterStorage({ pd: remote, stores, clock, timers, random, safePointTimes, ...collecting });
    host.started();
  }

  crash(): void {
    this.#storage = undefined;
    this.host.ended();
    this.host.machine.crash();
  }
}
