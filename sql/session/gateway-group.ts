/**
 * The gateways of a cluster as clients see them: connection ids that are unique among all, KILL of any connection, the
 * connections of all. The ids are TiDB's of 32 bits: 11 bits server, 20 bits connection, a bit that is 0.
 */

import { sqlErrors } from '../../engine/index.ts';
import type { SchemaSync } from '../catalog/schema-sync.ts';
import type { Process, ProcessList } from './process-list.ts';

const SERVER_SHIFT = 2 ** 21;
const MAX_LOCAL_ID = 2 ** 20 - 1;
/** How long another gateway may take to answer. */
const ANSWER_MS = 3000;
const MAX_LISTED = 4096;
const MAX_LISTED_CHARACTERS = 1024;

/** A connection of any gateway, as the process list shows it. */
export interface ProcessEntry {
  readonly id: number;
  readonly user: string;
  readonly host: string;
  readonly database: string | null;
  readonly command: string;
  readonly seconds: number;
  readonly info: string | null;
}

type Question =
  | { readonly kind: 'kill'; readonly connectionId: number; readonly target: 'connection' | 'query' }
  | { readonly kind: 'processes' };

export function processEntry(processes: ProcessList, process: Process): ProcessEntry {
  return {
    id: process.connectionId,
    user: process.user,
    host: process.host,
    database: process.database(),
    command: process.command(),
    seconds: processes.seconds(process),
    info: process.info(),
  };
}

export class GatewayGroup {
  readonly #sync: SchemaSync;
  readonly #processes: ProcessList;
  #lastLocalId = 0;

  constructor(sync: SchemaSync, processes: ProcessList) {
    this.#sync = sync;
    this.#processes = processes;
    sync.mail.serve((body) => this.#answer(body as Question));
  }

  /** For the next connection: no other one of the cluster has it. */
  newConnectionId(): number {
    for (let tries = 0; tries <= MAX_LOCAL_ID; tries++) {
      this.#lastLocalId = (this.#lastLocalId % MAX_LOCAL_ID) + 1;
      const id = this.#sync.serverId * SERVER_SHIFT + this.#lastLocalId * 2;
      if (this.#processes.find(id) === undefined) return id;
    }
    throw sqlErrors.conCountError();
  }

  /** Kills a connection of another gateway, or its statement. Throws 1094 when there is none, 1105 without an answer. */
  async kill(connectionId: number, target: 'connection' | 'query'): Promise<void> {
    const serverId = Math.floor(connectionId / SERVER_SHIFT);
    const gateway = (await this.#sync.gateways()).find((other) => other.serverId === serverId);
    if (gateway === undefined || gateway.gatewayId === this.#sync.gatewayId) throw sqlErrors.noSuchThread(connectionId);
    const question: Question = { kind: 'kill', connectionId, target };
    const isKilled = await this.#sync.mail.ask(gateway.gatewayId, question, ANSWER_MS);
    if (isKilled === undefined) throw sqlErrors.unknownError(`gateway ${gateway.address} does not answer`);
    if (isKilled !== true) throw sqlErrors.noSuchThread(connectionId);
  }

  /** The connections of all gateways that answer, each with its gateway's address. */
  async processes(): Promise<readonly (ProcessEntry & { readonly instance: string })[]> {
    const gateways = await this.#sync.gateways();
    const lists = await Promise.all(
      gateways.map(async ({ gatewayId, address }) => {
        const isOwn = gatewayId === this.#sync.gatewayId;
        const list = isOwn ? this.#list() : await this.#sync.mail.ask(gatewayId, { kind: 'processes' }, ANSWER_MS);
        return ((list ?? []) as readonly ProcessEntry[]).map((entry) => ({ ...entry, instance: address }));
      }),
    );
    return lists.flat().sort((left, right) => left.id - right.id);
  }

  #list(): readonly ProcessEntry[] {
    const all = this.#processes.all().slice(0, MAX_LISTED);
    return all.map((process) => {
      const entry = processEntry(this.#processes, process);
      return { ...entry, info: entry.info?.slice(0, MAX_LISTED_CHARACTERS) ?? null };
    });
  }

  #answer(question: Question): unknown {
    if (question.kind === 'processes') return this.#list();
    const process = this.#processes.find(question.connectionId);
    process?.kill(question.target);
    return process !== undefined;
  }
}
