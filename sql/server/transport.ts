/**
 * One client's byte stream on a socket of Node, plain or TLS. Output that the operating system took at once leaves the
 * caller's buffer free for reuse; otherwise the socket keeps it.
 */

import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';

export interface TransportListener {
  onData(chunk: Buffer): void;
  onDrain(): void;
  /** Called once, after which the transport is dead. */
  onClose(): void;
}

export class Transport {
  readonly remoteAddress: string;
  #socket: Socket;
  readonly #listener: TransportListener;
  #closed = false;
  #tls = false;

  constructor(socket: Socket, listener: TransportListener) {
    this.#socket = socket;
    this.#listener = listener;
    this.remoteAddress = socket.remoteAddress ?? '';
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    this.#attach(socket);
    socket.on('close', () => this.#onClose());
  }

  get tls(): boolean {
    return this.#tls;
  }

  /** Negotiated protocol and cipher, for the Ssl_version and Ssl_cipher status variables. */
  tlsDetails(): { readonly version: string; readonly cipher: string } | undefined {
    if (!(this.#socket instanceof TLSSocket)) return undefined;
    return { version: this.#socket.getProtocol() ?? '', cipher: this.#socket.getCipher()?.name ?? '' };
  }

  /** Bytes written that the operating system has not taken yet. */
  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** True when the bytes are gone and their buffer may be reused; false when the socket still refers to them. */
  write(bytes: Uint8Array): boolean {
    if (this.#closed) return true;
    this.#socket.write(bytes);
    return this.#socket.writableLength === 0;
  }

  /** Switches to TLS; `rest` are bytes already read that belong to the TLS handshake. */
  startTls(context: SecureContext, rest: Buffer): void {
    const plain = this.#socket;
    plain.removeAllListeners('data');
    plain.removeAllListeners('drain');
    plain.removeAllListeners('error');
    plain.on('error', () => plain.destroy());
    plain.pause();
    if (rest.length > 0) plain.unshift(rest);
    const secure = new TLSSocket(plain, { isServer: true, secureContext: context });
    this.#socket = secure;
    this.#tls = true;
    this.#attach(secure);
    secure.on('close', () => this.#onClose());
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Sends what is queued, then closes. */
  end(): void {
    if (!this.#closed) this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
    this.#onClose();
  }

  #attach(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => this.#listener.onData(chunk));
    socket.on('drain', () => this.#listener.onDrain());
    // The error itself is the client's; 'close' follows.
    socket.on('error', () => socket.destroy());
    socket.on('end', () => this.end());
  }

  #onClose(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.onClose();
  }
}
