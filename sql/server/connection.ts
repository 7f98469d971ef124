/**
 * One client connection: greeting, TLS, authentication, then commands one after the other.
 *
 * Invariants: at most one command runs; packets that arrive meanwhile wait in the splitter (the socket is paused when
 * they are many). All output of the commands found in one chunk goes out in one write. Whatever a client sends, the
 * damage ends with this connection.
 */

import type { SecureContext } from 'node:tls';
import type { Clock, Random, ValueOrPromise } from '../../base/index.ts';
import { SqlError, sqlErrors } from '../../engine/index.ts';
import type { AuthenticationExchange, Authenticator } from './auth/authenticator.ts';
import { DEFAULT_PLUGIN } from './auth/authenticator.ts';
import { CommandDispatcher } from './command-dispatcher.ts';
import {
  type HandshakeResponse,
  isSslRequest,
  NONCE_BYTES,
  readChangeUser,
  readHandshakeResponse,
  writeGreeting,
} from './handshake.ts';
import { MAX_BUFFERED_INPUT_BYTES, MAX_HANDSHAKE_PACKET_BYTES, MAX_QUEUED_OUTPUT_BYTES } from './limits.ts';
import { type ResultCharset, resultCharsetOf } from './protocol/result-charset.ts';
import { PacketResultWriter, type ResponseOutput } from './protocol/result-writer.ts';
import type {
  ConnectionControl,
  ConnectionIdentity,
  SessionFactory,
  SessionStateChange,
  SqlSession,
} from './session-port.ts';
import type { Transport, TransportListener } from './transport.ts';
import { CompressedStream } from './wire/compressed-stream.ts';
import { Capability, Command, Status } from './wire/constants.ts';
import { PacketBuffer } from './wire/packet-buffer.ts';
import { PacketSplitter, type SplitResult } from './wire/packet-splitter.ts';
import { MalformedPacketError } from './wire/payload-reader.ts';

/** What a connection shares with the others of its server. */
export interface ConnectionHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly sessions: SessionFactory;
  readonly authenticator: Authenticator;
  readonly version: string;
  readonly secureContext: SecureContext | undefined;
  readonly requireSecureTransport: boolean;
  readonly connectTimeoutMs: number;
  readonly capabilities: number;
  statistics(): string;
  internalError(error: unknown, connectionId: number): void;
  closed(connection: Connection): void;
}

type Phase = 'handshake' | 'command' | 'closing' | 'closed';

export class Connection implements TransportListener, ResponseOutput, ConnectionControl {
  readonly connectionId: number;
  readonly out = new PacketBuffer();
  capabilities = 0;
  readonly #host: ConnectionHost;
  #transport: Transport | undefined;
  #splitter = new PacketSplitter(MAX_HANDSHAKE_PACKET_BYTES);
  #compression: CompressedStream | undefined;
  readonly #writer: PacketResultWriter;
  readonly #dispatcher: CommandDispatcher;
  #phase: Phase = 'handshake';
  #session: SqlSession | undefined;
  #identity: ConnectionIdentity | undefined;
  #busy = false;
  #paused = false;
  /** Set while a multi-packet exchange (authentication, LOCAL INFILE) waits for the client. */
  #waiter: { readonly resolve: (packet: Buffer) => void; readonly reject: (error: Error) => void } | undefined;
  #drainWaiters: (() => void)[] = [];
  #closeAfterResponse = false;
  /** Monotonic milliseconds of the last packet in or the last answer out. */
  #lastActivityMs: number;
  #drainSinceMs = 0;

  constructor(connectionId: number, host: ConnectionHost) {
    this.connectionId = connectionId;
    this.#host = host;
    this.#lastActivityMs = host.clock.monotonicMs();
    this.#writer = new PacketResultWriter(this);
    this.#dispatcher = new CommandDispatcher(this, this.#writer, () => host.statistics());
  }

  /** Greets the client. */
  start(transport: Transport): void {
    this.#transport = transport;
    this.#busy = true;
    this.#authenticate().then(
      () => this.#commandDone(),
      (error) => this.#fail(error),
    );
  }

  /** Answers one error and closes; for a client that is not let in at all. */
  refuse(transport: Transport, error: SqlError): void {
    this.#transport = transport;
    this.#writer.error(error);
    this.#finish();
  }

  // ---- phases -------------------------------------------------------------------------------------------------------

  async #authenticate(): Promise<void> {
    const nonce = this.#newNonce();
    writeGreeting(this.out, {
      version: this.#host.version,
      connectionId: this.connectionId,
      nonce,
      capabilities: this.#host.capabilities,
      status: Status.AUTOCOMMIT,
      plugin: DEFAULT_PLUGIN,
    });
    let payload = await this.#exchange();
    if (this.#host.secureContext !== undefined && isSslRequest(payload)) {
      this.#transport?.startTls(this.#host.secureContext, this.#splitter.takeRest());
      payload = await this.#receive();
    } else if (this.#host.requireSecureTransport) {
      throw sqlErrors.secureTransportRequired();
    }
    const response = this.#readHandshake(payload);
    this.capabilities = response.capabilities;
    await this.#logIn(response, nonce);
    if ((this.capabilities & Capability.COMPRESS) !== 0) {
      this.#flushNow();
      this.#compression = new CompressedStream();
    }
    this.#phase = 'command';
  }

  #readHandshake(payload: Buffer): HandshakeResponse {
    try {
      return readHandshakeResponse(payload, this.#host.capabilities);
    } catch (error) {
      if (error instanceof MalformedPacketError) throw sqlErrors.handshakeError();
      throw error;
    }
  }

  /** Verifies the account, opens its session in place of a former one, answers OK. Throws SqlError. */
  async #logIn(response: HandshakeResponse, nonce: Buffer): Promise<void> {
    const host = clientHost(this.#transport?.remoteAddress ?? '');
    const account = await this.#host.sessions.findAccount(response.user, host);
    const verdict = await this.#host.authenticator.verify(account, this.#authenticationExchange(response, nonce));
    if (account === undefined || !verdict.accepted) {
      throw sqlErrors.accessDenied(response.user, host, verdict.usedPassword);
    }
    const tls = this.#transport?.tls ?? false;
    if (account.locked) throw sqlErrors.accountHasBeenLocked(account.user, account.hostPattern);
    if (account.requireTls && !tls) throw sqlErrors.accessDenied(response.user, host, verdict.usedPassword);
    this.#identity = {
      user: response.user,
      host,
      connectionId: this.connectionId,
      database: response.database,
      collationId: response.collationId,
      attributes: response.attributes,
      tls,
      capabilities: response.capabilities,
    };
    await this.#session?.close();
    this.#session = undefined;
    this.#session = await this.#host.sessions.open(this.#identity, this);
    this.#splitter.maxPacketBytes = Number(this.#session.protocolVariable('max_allowed_packet'));
    this.#session.setMultiStatements((this.capabilities & Capability.MULTI_STATEMENTS) !== 0);
    this.#writer.ok({ affectedRows: 0, lastInsertId: 0, warnings: 0, info: '' }, false);
  }

  #authenticationExchange(response: HandshakeResponse, nonce: Buffer): AuthenticationExchange {
    return {
      tls: this.#transport?.tls ?? false,
      clientPlugin: response.plugin,
      nonce,
      response: response.authResponse,
      newNonce: () => this.#newNonce(),
      send: (payload) => {
        this.out.begin();
        this.out.bytes(payload);
        this.out.end();
      },
      receive: () => this.#exchange(),
    };
  }

  /** Seven bits and no NUL, as clients expect of the nonce. */
  #newNonce(): Buffer {
    const nonce = Buffer.from(this.#host.random.bytes(NONCE_BYTES));
    for (let i = 0; i < nonce.length; i++) nonce[i] = ((nonce[i] as number) % 126) + 1;
    return nonce;
  }

  /** COM_CHANGE_USER: the same exchange as at the start, on a session of its own. */
  async changeUser(payload: Buffer): Promise<void> {
    const collationId = this.#identity?.collationId ?? 255;
    const response = readChangeUser(payload, this.capabilities, collationId);
    try {
      // An empty first answer of another plugin makes the authenticator send a fresh nonce.
      await this.#logIn({ ...response, plugin: '' }, this.#newNonce());
    } catch (error) {
      this.#closeAfterResponse = true;
      throw error;
    }
  }

  // ---- packets in ---------------------------------------------------------------------------------------------------

  onData(chunk: Buffer): void {
    if (this.#phase === 'closed' || this.#phase === 'closing') return;
    this.#lastActivityMs = this.#host.clock.monotonicMs();
    try {
      if (this.#compression === undefined) this.#splitter.push(chunk);
      else for (const inner of this.#compression.decode(chunk)) this.#splitter.push(inner);
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#pump();
    if (this.#busy && !this.#paused && this.#splitter.bufferedBytes > MAX_BUFFERED_INPUT_BYTES) {
      this.#paused = true;
      this.#transport?.pause();
    }
  }

  /** Hands packets on while somebody can take them. */
  #pump(): void {
    while (this.#waiter !== undefined || !this.#busy) {
      if (this.#phase === 'closed' || this.#phase === 'closing') return;
      const result = this.#splitter.next();
      if (result === undefined) break;
      if (result.kind !== 'packet') {
        this.#fail(result.kind === 'broken' ? sqlErrors.netPacketsOutOfOrder() : sqlErrors.netPacketTooLarge(), result);
        return;
      }
      this.out.sequence = (result.lastSequence + 1) & 0xff;
      if (this.#waiter !== undefined) {
        const { resolve } = this.#waiter;
        this.#waiter = undefined;
        resolve(result.payload);
        return;
      }
      if (result.sequence !== 0) {
        this.#fail(sqlErrors.netPacketsOutOfOrder());
        return;
      }
      this.#runCommand(result.payload);
    }
    if (!this.#busy) this.#flushNow();
    if (this.#paused && !this.#busy) {
      this.#paused = false;
      this.#transport?.resume();
    }
  }

  /** Sends what was built and waits for the client's answer. */
  async #exchange(): Promise<Buffer> {
    this.#flushNow();
    return this.#receive();
  }

  #receive(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.#phase === 'closed') {
        reject(sqlErrors.netErrorOnWrite());
        return;
      }
      this.#waiter = { resolve, reject };
      this.#pump();
    });
  }

  // ---- commands -----------------------------------------------------------------------------------------------------

  #runCommand(payload: Buffer): void {
    const session = this.#session as SqlSession;
    if (payload[0] === Command.QUIT) {
      this.#finish();
      return;
    }
    this.#busy = true;
    let done: ValueOrPromise<void>;
    try {
      done = this.#dispatcher.run(payload, session);
    } catch (error) {
      this.#answerError(error);
      this.#busy = false;
      if (this.#closeAfterResponse) this.#finish();
      return;
    }
    if (done === undefined) {
      this.#busy = false;
      if (this.#closeAfterResponse) this.#finish();
      return;
    }
    done
      .catch((error: unknown) => this.#answerError(error))
      .then(() => this.#commandDone())
      .catch((error: unknown) => this.#fail(error));
  }

  #commandDone(): void {
    this.#busy = false;
    if (this.#phase === 'closed') {
      this.#closeSession();
      return;
    }
    this.#lastActivityMs = this.#host.clock.monotonicMs();
    if (this.#closeAfterResponse) {
      this.#finish();
      return;
    }
    this.#pump();
  }

  #answerError(error: unknown): void {
    if (this.#phase === 'closed') return;
    this.#writer.error(this.#asSqlError(error));
  }

  #asSqlError(error: unknown): SqlError {
    if (error instanceof SqlError) return error;
    if (error instanceof MalformedPacketError) return sqlErrors.malformedPacket();
    this.#host.internalError(error, this.connectionId);
    return sqlErrors.unknownError(error instanceof Error ? error.message : String(error));
  }

  // ---- output -------------------------------------------------------------------------------------------------------

  statusFlags(): number {
    return this.#session?.statusFlags() ?? Status.AUTOCOMMIT;
  }

  resultCharset(): ResultCharset | undefined {
    const session = this.#session;
    if (session === undefined) return undefined;
    return resultCharsetOf(session.protocolVariable('character_set_results'), session.resultCollationId());
  }

  takeStateChanges(): readonly SessionStateChange[] | undefined {
    return this.#session?.takeStateChanges();
  }

  flush(): ValueOrPromise<void> {
    this.#flushNow();
    const transport = this.#transport as Transport;
    if (transport.closed) throw sqlErrors.netErrorOnWrite();
    if (transport.queuedBytes <= MAX_QUEUED_OUTPUT_BYTES) return undefined;
    this.#drainSinceMs = this.#host.clock.monotonicMs();
    return new Promise<void>((resolve) => this.#drainWaiters.push(resolve)).then(() => {
      this.#drainSinceMs = 0;
      if (transport.closed) throw sqlErrors.netErrorOnWrite();
    });
  }

  #flushNow(): void {
    const { out } = this;
    if (out.position === 0) return;
    const transport = this.#transport as Transport;
    if (this.#compression !== undefined) {
      transport.write(this.#compression.encode(out.built()));
      out.release();
    } else if (transport.write(out.built())) {
      out.release();
    } else {
      out.detach();
    }
  }

  onDrain(): void {
    const waiters = this.#drainWaiters;
    this.#drainWaiters = [];
    for (const resolve of waiters) resolve();
  }

  // ---- the session's view -------------------------------------------------------------------------------------------

  disconnect(): void {
    this.#closeAfterResponse = true;
    if (!this.#busy) this.#finish();
  }

  tlsDetails(): { readonly version: string; readonly cipher: string } | undefined {
    return this.#transport?.tlsDetails();
  }

  /** One request at a time: the client answers with the file's packets, ended by an empty one. */
  async *requestLocalFile(name: string): AsyncGenerator<Uint8Array> {
    if ((this.capabilities & Capability.LOCAL_FILES) === 0) throw sqlErrors.clientLocalFilesDisabled();
    this.out.begin();
    this.out.u8(0xfb);
    this.out.text(name);
    this.out.end();
    this.#flushNow();
    let ended = false;
    try {
      while (!ended) {
        const packet = await this.#receive();
        ended = packet.length === 0;
        if (!ended) yield packet;
      }
    } finally {
      // The client sends the file to its end whatever we think of it.
      while (!ended && !this.#isClosed()) ended = (await this.#receive()).length === 0;
    }
  }

  #isClosed(): boolean {
    return this.#phase === 'closed';
  }

  // ---- the end ------------------------------------------------------------------------------------------------------

  /** Called by the server about once a second. */
  checkTimeouts(nowMs: number): void {
    const idleMs = nowMs - this.#lastActivityMs;
    if (this.#phase === 'handshake') {
      if (idleMs > this.#host.connectTimeoutMs) this.destroy();
      return;
    }
    if (this.#drainSinceMs > 0) {
      const limitMs = Number(this.#session?.protocolVariable('net_write_timeout') ?? 60) * 1000;
      if (nowMs - this.#drainSinceMs > limitMs) this.destroy();
      return;
    }
    if (this.#phase !== 'command' || this.#busy) return;
    const limitMs = Number(this.#session?.protocolVariable('wait_timeout') ?? 28800) * 1000;
    if (idleMs <= limitMs) return;
    this.out.sequence = 0;
    this.#writer.error(sqlErrors.clientInteractionTimeout());
    this.#finish();
  }

  /** Answers the error and closes. */
  #fail(error: unknown, at?: SplitResult): void {
    if (this.#phase === 'closed' || this.#phase === 'closing') {
      this.#busy = false;
      this.#closeSession();
      return;
    }
    if (at !== undefined) this.out.sequence = (at.sequence + 1) & 0xff;
    this.#answerError(error);
    this.#finish();
  }

  /** Sends what is built, then closes. */
  #finish(): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closing';
    this.#flushNow();
    this.#transport?.end();
  }

  /** Closes at once. */
  destroy(): void {
    this.#transport?.destroy();
  }

  onClose(): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    this.out.release();
    this.#waiter?.reject(sqlErrors.netErrorOnWrite());
    this.#waiter = undefined;
    this.onDrain();
    if (this.#busy) this.#session?.interrupt();
    else this.#closeSession();
    this.#host.closed(this);
  }

  #closeSession(): void {
    const session = this.#session;
    this.#session = undefined;
    if (session === undefined) return;
    try {
      const closed = session.close();
      if (closed !== undefined) closed.catch((error: unknown) => this.#host.internalError(error, this.connectionId));
    } catch (error) {
      this.#host.internalError(error, this.connectionId);
    }
  }
}

/** MySQL names the loopback 'localhost'; IPv4 in IPv6 clothes is IPv4. */
function clientHost(address: string): string {
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address;
  return plain === '127.0.0.1' || plain === '::1' ? 'localhost' : plain;
}
