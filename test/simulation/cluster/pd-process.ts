/** The machine of the placement driver. */

import { defined } from '../../../base/index.ts';
import { LocalPdClient, type PdClient, PlacementDriver } from '../../../pd/index.ts';
import type { TimestampOrder } from '../check/timestamps.ts';
import type { Host } from './host.ts';
import type { RemotePd } from './remote-pd.ts';

const DIRECTORY = '/pd';

/** What the placement driver may do by itself. */
export type Schedule = NonNullable<Parameters<typeof PlacementDriver.open>[0]['schedule']>;

export class PdProcess {
  readonly host: Host;
  /** What holds from the next start on; at first, the defaults. */
  schedule: Schedule = {};
  #driver: PlacementDriver | undefined;
  #clusterId: bigint | undefined;
  #connections = new Map<RemotePd, LocalPdClient>();

  /** Of all timestamps that anybody got, over all lives. */
  readonly order: TimestampOrder;

  constructor(host: Host, order: TimestampOrder) {
    this.order = order;
    this.host = host;
  }

  /** Known after the first start. */
  get clusterId(): bigint {
    return defined(this.#clusterId, 'the placement driver has been up');
  }

  get driver(): PlacementDriver | undefined {
    return this.#driver;
  }

  /** Rejects as `PlacementDriver.open` does. */
  async boot(): Promise<void> {
    const driver = await PlacementDriver.open({
      env: this.host.machine,
      directory: DIRECTORY,
      schedule: this.schedule,
    });
    this.#clusterId = driver.clusterId;
    this.#driver = driver;
    this.host.started();
  }

  crash(): void {
    this.#driver = undefined;
    this.#connections = new Map();
    this.host.ended();
    this.host.machine.crash();
  }

  /** What one process talks to; absent while the placement driver is down. */
  connection(remote: RemotePd): PdClient | undefined {
    if (this.#driver === undefined) return undefined;
    let connection = this.#connections.get(remote);
    if (connection === undefined) {
      connection = new LocalPdClient(this.#driver);
      connection.onInstruction((instruction) => remote.instruct(instruction));
      this.#connections.set(remote, connection);
    }
    return connection;
  }
}
