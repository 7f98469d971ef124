/**
 * Schema changes among several SQL gateways on one cluster: a schema lease in the manner of F1 and TiDB, with TiDB's
 * metadata locks carried over gateways.
 *
 * A gateway holds a lease: a record with a timestamp up to which its transactions may commit unasked (`CommitBound`). A
 * change that needs tables to itself claims them, waits until every gateway has acknowledged that none of its
 * transactions writes them and that new ones wait, then runs; every change waits until every gateway works with the new
 * version. A gateway that does not answer is waited for until its lease ran out, then taken off the list.
 *
 * Why nothing slips through: a commit at or below `leaseUntil` precedes whatever happens after the lease; a commit above
 * it first renews the record, which fails when somebody took it off the list, and then everything the gateway had begun
 * fails with error 8028. All comparisons are of the placement driver's timestamps, never of clocks, and taking off and
 * renewing write the same key, so that only one of them commits.
 */

import { composeTs, type Env, NO_TS, pause, physicalMsOf, Rounds, type Ts } from '../../base/index.ts';
import { sqlErrors } from '../../engine/index.ts';
import { type CommitBound, type Storage, type Transaction, TransactionError } from '../../tikv-lite/index.ts';
import type { SchemaLease } from './bounded-storage.ts';
import { forgetMail, GatewayMail } from './gateway-mail.ts';
import { encodeCounter, parseCounter } from './id-allocator.ts';
import type { ExclusiveClaim, MetadataLocks } from './metadata-locks.ts';
import {
  claimKey,
  decodeGateway,
  encodeClaim,
  encodeGateway,
  type GatewayRecord,
  gatewayKey,
  MAX_SERVER_ID,
  readSchemaRecords,
  type SchemaRecords,
  serverIdKey,
} from './schema-records.ts';
import { smallTransaction } from './small-transaction.ts';

/** How long a gateway that fell silent holds schema changes up. */
const SCHEMA_LEASE_MS = 10_000;
/** How often a gateway looks for changes of others. */
const LOOK_MS = 200;
/** How often a waiting schema change looks for answers. */
const WAIT_MS = 25;
const RENEW_BELOW_MS = (SCHEMA_LEASE_MS * 2) / 3;
/** How long a commit beyond the lease waits for its renewal. */
const RENEWAL_WAIT_MS = 20_000;
const RENEWAL_RETRY_MS = 100;

export interface SchemaSyncHost {
  readonly metadataLocks: MetadataLocks;
  /** The version of the newest schema here. */
  version(): number;
  /** Reads the newest schema; answers its version. */
  reload(): Promise<number>;
  /** Another gateway had the table to itself: what is cached of it may be wrong. */
  tableChanged(tableId: number): void;
}

/** The time between a registration and its loss. What began in it commits in it or not at all. */
class Registration implements CommitBound {
  readonly registeredTs: Ts;
  allowedUntil: Ts = 1n as Ts;
  isLost = false;
  /** Monotonic milliseconds: before it the lease is running by this machine's clock. */
  runsUntilMs = Number.NEGATIVE_INFINITY;
  readonly #renew: (registration: Registration, commitTs: Ts) => Promise<void>;

  constructor(registeredTs: Ts, renew: (registration: Registration, commitTs: Ts) => Promise<void>) {
    this.registeredTs = registeredTs;
    this.#renew = renew;
  }

  allow(commitTs: Ts): Promise<void> {
    return this.#renew(this, commitTs);
  }
}

function renewalFailed(): TransactionError {
  return new TransactionError('unavailable', 'the schema lease cannot be renewed');
}

/** A table that another gateway claimed. */
interface MadeWay {
  readonly tableId: number;
  readonly lock: ExclusiveClaim;
}

export class SchemaSync implements SchemaLease {
  readonly gatewayId: string;
  readonly mail: GatewayMail;
  readonly #address: string;
  #serverId = 0;
  readonly #onLost: (() => void)[] = [];
  readonly #storage: Storage;
  readonly #env: Env;
  #host: SchemaSyncHost | undefined;
  #registration: Registration;
  /** By claim id and table. */
  readonly #madeWay = new Map<string, MadeWay>();
  /** What the own record says. */
  #told: GatewayRecord | undefined;
  #turn: Promise<void> = Promise.resolve();
  readonly #looks: Rounds;
  #isClosed = false;
  #claims = 0;
  /** Changes under claims: they must not go on in another registration, which has lost their claims. */
  #running = 0;

  /** `address`: where clients connect, host:port. */
  constructor(env: Env, storage: Storage, address = '') {
    this.#env = env;
    this.#storage = storage;
    this.#address = address;
    this.gatewayId = Buffer.from(env.random.bytes(8)).toString('hex');
    this.mail = new GatewayMail(env, storage, this.gatewayId);
    this.#registration = this.#lostRegistration();
    // When the cluster cannot be reached, the lease runs down, and commits beyond it wait.
    this.#looks = new Rounds({ timers: env.timers, intervalMs: LOOK_MS, round: () => this.#look() });
  }

  /** For transactions that begin now. */
  get commitBound(): CommitBound {
    return this.#registration;
  }

  /** 1 to 2047, of no other gateway on the cluster. */
  get serverId(): number {
    return this.#serverId;
  }

  /** Names the present registration, in records that go with it. */
  get registeredTs(): Ts {
    return this.#registration.registeredTs;
  }

  /** Whether it is on the list, as far as it knows; not after `close`. */
  get isRegistered(): boolean {
    return !this.#registration.isLost;
  }

  /** Called when this gateway was off the list for a time: what it held in the cluster is no longer its own. */
  onLost(lost: () => void): void {
    this.#onLost.push(lost);
  }

  /** The gateways on the list; this one among them. */
  async gateways(): Promise<readonly GatewayRecord[]> {
    const { records } = await this.#records();
    return [...records.gateways.values()];
  }

  covers(ts: Ts): boolean {
    return !this.#registration.isLost && ts <= this.#registration.allowedUntil;
  }

  isRunning(): boolean {
    return !this.#registration.isLost && this.#env.clock.monotonicMs() < this.#registration.runsUntilMs;
  }

  /** A lost registration is followed by another one, with the schema of its time. */
  async extend(ts: Ts): Promise<void> {
    const deadlineMs = this.#env.clock.monotonicMs() + RENEWAL_WAIT_MS;
    while (!this.covers(ts)) {
      if (this.#isClosed || this.#env.clock.monotonicMs() > deadlineMs) throw renewalFailed();
      await this.#look(ts).catch(() => pause(this.#env.timers, RENEWAL_RETRY_MS));
    }
  }

  /** Registers and loads the schema; before it is done no statement may run. */
  async start(host: SchemaSyncHost): Promise<void> {
    this.#host = host;
    await this.#look();
    this.#looks.start();
  }

  /**
   * Runs `change` while no transaction of any gateway writes the tables. Rejects with 1205 when that takes longer than
   * `timeoutMs`.
   */
  async withTables<T>(tableIds: readonly number[], timeoutMs: number, change: () => Promise<T>): Promise<T> {
    if (tableIds.length === 0) return change();
    const deadlineMs = this.#env.clock.monotonicMs() + timeoutMs;
    const claimId = `${this.gatewayId}:${++this.#claims}`;
    const registration = this.#registration;
    await this.#claim(tableIds, claimId, deadlineMs);
    this.#running++;
    try {
      if (registration !== this.#registration)
        throw new TransactionError('schema-changed', 'the schema lease was lost');
      const leftMs = Math.max(0, deadlineMs - this.#env.clock.monotonicMs());
      return await this.#requireHost().metadataLocks.withExclusive(tableIds, leftMs, async () => {
        const wants = ({ acknowledged }: GatewayRecord): boolean => acknowledged.includes(claimId);
        await this.#untilOthers(wants, deadlineMs);
        return change();
      });
    } finally {
      this.#running--;
      await this.#unclaim(tableIds, claimId);
    }
  }

  /** Resolves when every gateway works with `version` or a later one, or has lost its lease. */
  published(version: number): Promise<void> {
    return this.#untilOthers(({ schemaVersion }) => schemaVersion >= version, Number.POSITIVE_INFINITY);
  }

  /** Takes this gateway off the list. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#looks.close();
    await this.#turn;
    this.#registration.isLost = true;
    for (const key of [...this.#madeWay.keys()]) this.#takeBack(key);
    // Failing here costs others the rest of the lease.
    await this.#removeGateway(this.gatewayId, { onlyExpired: false }).catch(() => undefined);
  }

  // ---- the lease ------------------------------------------------------------------------------------------------------

  #lostRegistration(): Registration {
    const registration = new Registration(NO_TS, (of, commitTs) => this.#allow(of, commitTs));
    registration.isLost = true;
    return registration;
  }

  async #allow(registration: Registration, commitTs: Ts): Promise<void> {
    const deadlineMs = this.#env.clock.monotonicMs() + RENEWAL_WAIT_MS;
    while (!registration.isLost && commitTs > registration.allowedUntil) {
      if (this.#env.clock.monotonicMs() > deadlineMs) throw renewalFailed();
      await this.#look(commitTs).catch(() => pause(this.#env.timers, RENEWAL_RETRY_MS));
    }
    if (registration.isLost) throw new TransactionError('schema-changed', 'the schema lease was lost');
  }

  /** Sees what others did and tells them where this gateway stands; one look at a time. */
  #look(leaseBeyond?: Ts): Promise<void> {
    const looked = this.#turn.then(() => this.#lookNow(leaseBeyond));
    this.#turn = looked.catch(() => undefined);
    return looked;
  }

  async #lookNow(leaseBeyond: Ts = NO_TS): Promise<void> {
    if (this.#isClosed) return;
    const { ts, records } = await this.#records();
    const own = records.gateways.get(this.gatewayId);
    if (own === undefined || own.registeredTs !== this.#registration.registeredTs) return this.#register();
    await this.#follow(records);
    this.mail.receive(records.questions);
    await this.#removeExpired(ts, records);
    const isLow = physicalMsOf(own.leaseUntil) - physicalMsOf(ts) < RENEW_BELOW_MS;
    if (isLow || leaseBeyond > own.leaseUntil || this.#hasNews()) await this.#tell();
  }

  /** What was begun before can no longer commit: its tables may have changed while nobody waited for this gateway. */
  async #register(): Promise<void> {
    this.#registration.isLost = true;
    if (this.#running > 0) return pause(this.#env.timers, RENEWAL_RETRY_MS);
    const askedMs = this.#env.clock.monotonicMs();
    const ts = await this.#storage.currentTs();
    const registration = new Registration(ts, (of, commitTs) => this.#allow(of, commitTs));
    let record = this.#record(ts, ts);
    await this.#transact(async (transaction) => {
      await this.#takeServerId(transaction);
      record = this.#record(ts, ts);
      transaction.put(gatewayKey(this.gatewayId), encodeGateway(record));
    });
    this.#told = record;
    const { records } = await this.#records();
    await this.#follow(records);
    registration.allowedUntil = record.leaseUntil;
    registration.runsUntilMs = askedMs + SCHEMA_LEASE_MS;
    const isFirst = this.#registration.registeredTs === NO_TS;
    this.#registration = registration;
    if (!isFirst) for (const lost of this.#onLost) lost();
    await this.#tell();
  }

  /** Keeps the server id it had, if nobody else has it; the counter makes two that register at once meet. */
  async #takeServerId(transaction: Transaction): Promise<void> {
    const { gateways } = await readSchemaRecords(transaction);
    const taken = new Set([...gateways.values()].map(({ serverId }) => serverId));
    let last = Number(parseCounter(await transaction.get(serverIdKey)));
    for (let tries = 0; this.#serverId === 0 || (taken.has(this.#serverId) && tries < MAX_SERVER_ID); tries++) {
      last = (last % MAX_SERVER_ID) + 1;
      this.#serverId = last;
    }
    transaction.put(serverIdKey, encodeCounter(BigInt(last)));
  }

  /** Loads a newer schema, then makes way for claims and takes back what is no longer claimed. */
  async #follow(records: SchemaRecords): Promise<void> {
    const host = this.#requireHost();
    if (records.schemaVersion !== host.version()) await host.reload();
    const claimed = new Set<string>();
    for (const { claimId, tableId, gatewayId } of records.claims) {
      const key = `${claimId}/${tableId}`;
      claimed.add(key);
      if (gatewayId !== this.gatewayId && !this.#madeWay.has(key)) this.#makeWay(key, tableId);
    }
    for (const key of [...this.#madeWay.keys()]) if (!claimed.has(key)) this.#takeBack(key);
  }

  #makeWay(key: string, tableId: number): void {
    this.#madeWay.set(key, { tableId, lock: this.#requireHost().metadataLocks.claimExclusive(tableId) });
  }

  #takeBack(key: string): void {
    const made = this.#madeWay.get(key);
    this.#madeWay.delete(key);
    if (made === undefined) return;
    this.#requireHost().tableChanged(made.tableId);
    made.lock.release();
  }

  #acknowledged(): string[] {
    const waiting = new Set<string>();
    const all = new Set<string>();
    for (const [key, { lock }] of this.#madeWay) {
      const claimId = key.slice(0, key.lastIndexOf('/'));
      all.add(claimId);
      if (!lock.isGranted) waiting.add(claimId);
    }
    return [...all].filter((claimId) => !waiting.has(claimId)).sort();
  }

  #hasNews(): boolean {
    const told = this.#told;
    if (told === undefined || told.schemaVersion !== this.#requireHost().version()) return true;
    return told.acknowledged.join() !== this.#acknowledged().join();
  }

  #record(registeredTs: Ts, nowTs: Ts): GatewayRecord {
    return {
      gatewayId: this.gatewayId,
      serverId: this.#serverId,
      address: this.#address,
      registeredTs,
      leaseUntil: composeTs(physicalMsOf(nowTs) + SCHEMA_LEASE_MS, 0),
      schemaVersion: this.#requireHost().version(),
      acknowledged: this.#acknowledged(),
    };
  }

  /** Renews the own record unless somebody took it off the list. */
  async #tell(): Promise<void> {
    const registration = this.#registration;
    let record: GatewayRecord | undefined;
    let toldMs = 0;
    await this.#transact(async (transaction, askedMs) => {
      const stored = await transaction.get(gatewayKey(this.gatewayId));
      record = undefined;
      toldMs = askedMs;
      if (stored === undefined || decodeGateway(stored).registeredTs !== registration.registeredTs) return;
      record = this.#record(registration.registeredTs, transaction.startTs);
      transaction.put(gatewayKey(this.gatewayId), encodeGateway(record));
    });
    if (record === undefined) return this.#register();
    this.#told = record;
    registration.allowedUntil = record.leaseUntil;
    registration.runsUntilMs = toldMs + SCHEMA_LEASE_MS;
  }

  // ---- others ---------------------------------------------------------------------------------------------------------

  async #untilOthers(isReady: (gateway: GatewayRecord) => boolean, deadlineMs: number): Promise<void> {
    for (;;) {
      const { ts, records } = await this.#records();
      await this.#removeExpired(ts, records);
      const others = [...records.gateways.values()].filter(({ gatewayId }) => gatewayId !== this.gatewayId);
      if (others.every((gateway) => gateway.leaseUntil < ts || isReady(gateway))) {
        if (others.every((gateway) => gateway.leaseUntil >= ts)) return;
        continue;
      }
      if (this.#env.clock.monotonicMs() >= deadlineMs) throw sqlErrors.lockWaitTimeout();
      await pause(this.#env.timers, WAIT_MS);
    }
  }

  async #removeExpired(ts: Ts, { gateways, claims }: SchemaRecords): Promise<void> {
    const gone = new Set<string>();
    for (const { gatewayId } of claims) if (!gateways.has(gatewayId)) gone.add(gatewayId);
    for (const { gatewayId, leaseUntil } of gateways.values()) if (leaseUntil < ts) gone.add(gatewayId);
    gone.delete(this.gatewayId);
    for (const gatewayId of gone) await this.#removeGateway(gatewayId, { onlyExpired: true });
  }

  async #removeGateway(gatewayId: string, { onlyExpired }: { readonly onlyExpired: boolean }): Promise<void> {
    await this.#transact(async (transaction) => {
      const key = gatewayKey(gatewayId);
      const stored = await transaction.get(key);
      if (onlyExpired && stored !== undefined && decodeGateway(stored).leaseUntil >= transaction.startTs) return;
      transaction.delete(key);
      const { claims, questions } = await readSchemaRecords(transaction);
      for (const claim of claims) if (claim.gatewayId === gatewayId) transaction.delete(claimKey(claim.tableId));
      await forgetMail(transaction, gatewayId, questions);
    });
  }

  /** Writes the claims of all tables at once, when no other change has one of them. */
  async #claim(tableIds: readonly number[], claimId: string, deadlineMs: number): Promise<void> {
    for (;;) {
      let isTaken = false;
      await this.#transact(async (transaction) => {
        isTaken = false;
        for (const tableId of tableIds) isTaken ||= (await transaction.get(claimKey(tableId))) !== undefined;
        if (isTaken) return;
        for (const tableId of tableIds)
          transaction.put(claimKey(tableId), encodeClaim({ tableId, claimId, gatewayId: this.gatewayId }));
      });
      if (!isTaken) return;
      if (this.#env.clock.monotonicMs() >= deadlineMs) throw sqlErrors.lockWaitTimeout();
      await pause(this.#env.timers, WAIT_MS);
    }
  }

  async #unclaim(tableIds: readonly number[], claimId: string): Promise<void> {
    await this.#transact(async (transaction) => {
      const { claims } = await readSchemaRecords(transaction);
      for (const claim of claims)
        if (claim.claimId === claimId && tableIds.includes(claim.tableId)) transaction.delete(claimKey(claim.tableId));
    });
  }

  // ---- pieces ---------------------------------------------------------------------------------------------------------

  async #records(): Promise<{ readonly ts: Ts; readonly records: SchemaRecords }> {
    const ts = await this.#storage.currentTs();
    return { ts, records: await readSchemaRecords(this.#storage.snapshot(ts)) };
  }

  #transact(edit: (transaction: Transaction, askedMs: number) => void | Promise<void>): Promise<Ts | undefined> {
    return smallTransaction(this.#env, this.#storage, edit);
  }

  #requireHost(): SchemaSyncHost {
    if (this.#host === undefined) throw new Error('the schema is not loaded yet');
    return this.#host;
  }
}
