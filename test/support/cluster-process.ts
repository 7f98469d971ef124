/**
 * A cluster as a user runs it: a placement driver, stores and SQL gateways, each a process of its own with an address
 * and a directory that it keeps over restarts.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts, type RoleProcess, startRole } from './role-process.ts';

export type MemberKind = 'pd' | 'store' | 'sql';

/** Where a member lives; without networks of their own all live on the loopback interface. */
export interface Site {
  /** How others reach it. */
  readonly host: string;
  /** Where a gateway listens. */
  readonly listenHost: string;
  readonly wrapper: readonly string[];
}

export interface ClusterOptions {
  readonly stores: number;
  readonly gateways: number;
  /** Kept when given; else a temporary one is made and removed by `stop`. */
  readonly directory?: string | undefined;
  /** One site per member, by its name. */
  readonly siteOf?: ((name: string) => Site) | undefined;
  readonly nodeArguments?: ((name: string) => readonly string[]) | undefined;
  /** Settings of all members as variables. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  readonly storeArguments?: readonly string[] | undefined;
  readonly pdArguments?: readonly string[] | undefined;
  readonly sqlArguments?: readonly string[] | undefined;
}

export class Member {
  readonly kind: MemberKind;
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly #start: () => Promise<RoleProcess>;
  #process: RoleProcess | undefined;

  constructor(kind: MemberKind, name: string, site: Site, port: number, start: () => Promise<RoleProcess>) {
    this.kind = kind;
    this.name = name;
    this.host = site.host;
    this.port = port;
    this.#start = start;
  }

  get pid(): number | undefined {
    return this.#process?.child.pid;
  }

  get statusPort(): number | undefined {
    return this.#process?.roles.get('status')?.port;
  }

  get isRunning(): boolean {
    return this.#process?.isRunning === true;
  }

  /** mysql://root@host:port, of a gateway. */
  get url(): string {
    return `mysql://root@${this.host}:${this.port}`;
  }

  /** Resolves when it is ready. */
  async start(): Promise<void> {
    this.#process = await this.#start();
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    await this.#process?.end(signal);
  }

  /** For SIGSTOP and SIGCONT. */
  signal(signal: NodeJS.Signals): void {
    this.#process?.child.kill(signal);
  }
}

export interface ClusterProcesses {
  readonly directory: string;
  readonly pd: Member;
  readonly stores: readonly Member[];
  readonly gateways: readonly Member[];
  readonly members: readonly Member[];
  /** SIGTERM in the order sql, stores, pd; removes a temporary directory. */
  stop(): Promise<void>;
}

const LOOPBACK: Site = { host: '127.0.0.1', listenHost: '127.0.0.1', wrapper: [] };

/** Starts everything and waits until it is ready; ends what was started when something fails. */
export async function startCluster(options: ClusterOptions): Promise<ClusterProcesses> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'shoal-cluster-')));
  const ports = await freePorts(1 + options.stores + options.gateways);
  const siteOf = options.siteOf ?? (() => LOOPBACK);
  const make = (kind: MemberKind, name: string, args: (address: string) => readonly string[]): Member => {
    const site = siteOf(name);
    const port = ports.pop() ?? 0;
    return new Member(kind, name, site, port, () =>
      startRole(kind, [...args(`${site.host}:${port}`), '--status-port', '0'], {
        wrapper: site.wrapper,
        nodeArguments: options.nodeArguments?.(name),
        environment: options.environment,
      }),
    );
  };
  const pd = make('pd', 'pd', (address) => [
    '--addr',
    address,
    '--data-dir',
    join(directory, 'pd'),
    ...(options.pdArguments ?? []),
  ]);
  const pdAddress = `${pd.host}:${pd.port}`;
  const stores = Array.from({ length: options.stores }, (_, i) => {
    const name = `store${i + 1}`;
    const own = ['--pd', pdAddress, '--data-dir', join(directory, name), ...(options.storeArguments ?? [])];
    return make('store', name, (address) => ['--addr', address, ...own]);
  });
  const gateways = Array.from({ length: options.gateways }, (_, i) => {
    const name = `sql${i + 1}`;
    const own = ['--pd', pdAddress, '--data-dir', join(directory, name), ...(options.sqlArguments ?? [])];
    return make('sql', name, (address) => {
      const port = address.slice(address.lastIndexOf(':') + 1);
      return ['--host', siteOf(name).listenHost, '--sql-port', port, ...own];
    });
  });
  const members = [pd, ...stores, ...gateways];
  const endAll = async (signal: NodeJS.Signals): Promise<void> => {
    await Promise.all(gateways.map((member) => member.end(signal)));
    await Promise.all(stores.map((member) => member.end(signal)));
    await pd.end(signal);
  };
  try {
    await pd.start();
    await Promise.all(stores.map((member) => member.start()));
    await Promise.all(gateways.map((member) => member.start()));
  } catch (error) {
    await endAll('SIGKILL');
    throw error;
  }
  return {
    directory,
    pd,
    stores,
    gateways,
    members,
    stop: async () => {
      await endAll('SIGTERM');
      if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
    },
  };
}
