/** Two SQL gateways over one storage in a simulated world, each with sessions of its own. */

import type { Key, KeyRange, SimulatedWorld, Ts, ValueOrPromise } from '../../../base/index.ts';
import { textFunction } from '../../../engine/index.ts';
import { CapturingWriter, openSql, type Session, type SqlLayer } from '../../../sql/index.ts';
import type { ReadOptions, Snapshot, Storage, Transaction, TransactionOptions } from '../../../tikv-lite/index.ts';
import { openCluster } from '../../tikv-lite/client/cluster.ts';

/** Timestamps can be held up, as when the gateway or its network stands still. */
class GatedStorage implements Storage {
  readonly #storage: Storage;
  #gate: Promise<void> | undefined;
  #open: (() => void) | undefined;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  hold(): void {
    this.#gate = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  release(): void {
    this.#open?.();
    this.#gate = undefined;
  }

  currentTs(): ValueOrPromise<Ts> {
    return this.#gate === undefined ? this.#storage.currentTs() : this.#gate.then(() => this.#storage.currentTs());
  }

  snapshot(ts: Ts, reads?: ReadOptions): Snapshot {
    return this.#storage.snapshot(ts, reads);
  }

  begin(startTs: Ts, options: TransactionOptions): Transaction {
    return this.#storage.begin(startTs, options);
  }

  getLatest(key: Key): ValueOrPromise<Uint8Array | undefined> {
    return this.#storage.getLatest(key);
  }

  destroyRange(range: KeyRange): Promise<void> {
    return this.#storage.destroyRange(range);
  }

  close(): Promise<void> {
    return this.#storage.close();
  }
}

export class GatewaySession {
  readonly #session: Session;
  readonly #world: SimulatedWorld;
  readonly #control: { isCut: boolean };

  constructor(session: Session, world: SimulatedWorld, control: { isCut: boolean }) {
    this.#session = session;
    this.#world = world;
    this.#control = control;
  }

  /** The server asked for the end of the connection. */
  get isCut(): boolean {
    return this.#control.isCut;
  }

  async close(): Promise<void> {
    await this.#world.settle(Promise.resolve(this.#session.close()));
  }

  /** Begins a statement; virtual time passes only while somebody settles or runs the world. */
  async start(sql: string): Promise<(string | null)[][]> {
    const writer = new CapturingWriter();
    await this.#session.query(Buffer.from(sql, 'utf8'), writer);
    const texts = writer.resultColumns.map((column) => textFunction(column.type));
    return writer.resultRows.map((row) => row.map((value, i) => (value === null ? null : (texts[i]?.(value) ?? ''))));
  }

  query(sql: string): Promise<(string | null)[][]> {
    return this.#world.settle(this.start(sql));
  }
}

export interface Gateway {
  readonly layer: SqlLayer;
  readonly storage: GatedStorage;
  session(): GatewaySession;
}

export interface TwoGateways {
  readonly world: SimulatedWorld;
  readonly a: Gateway;
  readonly b: Gateway;
  close(): Promise<void>;
}

export async function openTwoGateways(): Promise<TwoGateways> {
  const cluster = await openCluster();
  const { world } = cluster;
  const open = async (name: string): Promise<Gateway> => {
    const env = world.machine(name);
    const storage = new GatedStorage(cluster.storage);
    const variables = { bind_address: name, port: 4000 };
    const options = { env, storage, isShared: true, version: '0.1.0', systemTimeZone: 'UTC', variables };
    const layer = await world.settle(openSql(options));
    return {
      layer,
      storage,
      session: () => {
        const control = {
          isCut: false,
          disconnect: () => {
            control.isCut = true;
          },
          requestLocalFile: () => {
            throw new Error('no client to ask for a file');
          },
          tlsDetails: () => undefined,
        };
        const id = layer.sessions.newConnectionId?.() ?? 0;
        return new GatewaySession(layer.sessions.openInternal(id, control), world, control);
      },
    };
  };
  const a = await open('gateway-a');
  const b = await open('gateway-b');
  return {
    world,
    a,
    b,
    close: async () => {
      await world.settle(a.layer.close());
      await world.settle(b.layer.close());
    },
  };
}
