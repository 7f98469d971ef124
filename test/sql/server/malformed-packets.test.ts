import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import mysql, { type Connection } from 'mysql2/promise';
import { type EchoServer, startEchoServer } from './echo-session.ts';

let echo: EchoServer;
let witness: Connection;

before(async () => {
  echo = await startEchoServer();
  witness = await mysql.createConnection({ host: '127.0.0.1', port: echo.port, user: 'root' });
});

after(async () => {
  await witness.ping();
  await witness.end();
  await echo.server.close();
});

function packet(sequence: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUIntLE(payload.length, 0, 3);
  header[3] = sequence;
  return Buffer.concat([header, payload]);
}

/** A raw client: sends bytes, reads packets. */
class RawClient {
  readonly #socket: Socket;
  #input = Buffer.alloc(0);
  #wake: () => void = () => undefined;
  #closed = false;

  constructor(port: number) {
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.on('data', (chunk) => {
      this.#input = Buffer.concat([this.#input, chunk]);
      this.#wake();
    });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.#closed = true;
      this.#wake();
    });
  }

  send(...bytes: Buffer[]): void {
    this.#socket.write(Buffer.concat(bytes));
  }

  /** The next packet's payload; undefined when the server closed. */
  async receive(): Promise<Buffer | undefined> {
    for (;;) {
      if (this.#input.length >= 4 && this.#input.length >= 4 + this.#input.readUIntLE(0, 3)) {
        const end = 4 + this.#input.readUIntLE(0, 3);
        const payload = this.#input.subarray(4, end);
        this.#input = this.#input.subarray(end);
        return payload;
      }
      if (this.#closed) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async errorNumber(): Promise<number | undefined> {
    const payload = await this.receive();
    return payload?.[0] === 0xff ? payload.readUInt16LE(1) : undefined;
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

const PROTOCOL_41 = 0x200;
const SECURE_CONNECTION = 0x8000;
const PLUGIN_AUTH = 0x80000;

function handshakeResponse(user: string): Buffer {
  const head = Buffer.alloc(32);
  head.writeUInt32LE(PROTOCOL_41 | SECURE_CONNECTION | PLUGIN_AUTH, 0);
  head[8] = 255;
  return Buffer.concat([head, Buffer.from(`${user}\0\0caching_sha2_password\0`)]);
}

async function loggedIn(): Promise<RawClient> {
  const client = new RawClient(echo.port);
  await client.receive();
  client.send(packet(1, handshakeResponse('root')));
  assert.equal((await client.receive())?.[0], 0);
  return client;
}

test('garbage instead of a handshake is answered with 1043', async () => {
  for (const payload of [Buffer.alloc(0), Buffer.from('GET / HTTP/1.1'), Buffer.alloc(40, 0xff), Buffer.alloc(33)]) {
    const client = new RawClient(echo.port);
    await client.receive();
    client.send(packet(1, payload));
    assert.equal(await client.errorNumber(), 1043, payload.toString('hex'));
    assert.equal(await client.receive(), undefined);
  }
});

test('an oversized handshake packet is refused', async () => {
  const client = new RawClient(echo.port);
  await client.receive();
  client.send(packet(1, Buffer.alloc(100_000)));
  assert.equal(await client.errorNumber(), 1153);
});

test('a handshake cut off by the client leaves nothing behind', async () => {
  const count = echo.server.connectionCount;
  const client = new RawClient(echo.port);
  await client.receive();
  client.send(Buffer.from([200, 0, 0, 1, 7]));
  client.destroy();
  while (echo.server.connectionCount > count) await witness.ping();
});

test('unknown commands are answered with 1047 and the connection goes on', async () => {
  const client = await loggedIn();
  for (const command of [0x05, 0x06, 0x0b, 0x0f, 0x20, 0x21, 0x7f, 0xff]) {
    client.send(packet(0, Buffer.from([command])));
    assert.equal(await client.errorNumber(), 1047, `command ${command}`);
  }
  client.send(packet(0, Buffer.from([0x0e])));
  assert.equal((await client.receive())?.[0], 0);
  client.destroy();
});

test('an empty command packet is no command', async () => {
  const client = await loggedIn();
  client.send(packet(0, Buffer.alloc(0)));
  assert.equal(await client.errorNumber(), 1047);
  client.destroy();
});

test('short statement packets are answered with 1835', async () => {
  const client = await loggedIn();
  client.send(packet(0, Buffer.from('\x16echo ?, ?')));
  assert.equal((await client.receive())?.[0], 0);
  for (let i = 0; i < 3; i++) await client.receive();
  const execute = Buffer.from([0x17, 1, 0, 0, 0, 0, 1, 0, 0, 0]);
  const bodies = [
    execute.subarray(0, 1),
    execute.subarray(0, 4),
    execute,
    Buffer.concat([execute, Buffer.from([0])]),
    Buffer.concat([execute, Buffer.from([0, 0])]),
    Buffer.concat([execute, Buffer.from([0, 1, 8, 0])]),
    Buffer.concat([execute, Buffer.from([0, 1, 8, 0, 8, 0, 1, 2, 3])]),
    Buffer.concat([execute, Buffer.from([0, 1, 253, 0, 253, 0, 250, 1])]),
    Buffer.concat([execute, Buffer.from([0, 1, 12, 0, 12, 0, 5, 1, 2, 3, 4, 5])]),
    Buffer.concat([execute, Buffer.from([0, 1, 253, 0, 253, 0, 254, 255, 255, 255, 255, 255, 255, 255, 255])]),
  ];
  for (const body of bodies) {
    client.send(packet(0, body));
    assert.equal(await client.errorNumber(), 1835, body.toString('hex'));
  }
  client.send(packet(0, Buffer.from([0x17, 9, 0, 0, 0, 0, 1, 0, 0, 0])));
  assert.equal(await client.errorNumber(), 1243);
  client.send(packet(0, Buffer.from([0x1c, 1, 0, 0, 0, 1, 0, 0, 0])));
  assert.equal(await client.errorNumber(), 1421);
  client.destroy();
});

test('a wrong sequence id ends the connection with 1156', async () => {
  const client = await loggedIn();
  client.send(packet(3, Buffer.from([0x0e])));
  assert.equal(await client.errorNumber(), 1156);
  assert.equal(await client.receive(), undefined);
});

test('a packet above max_allowed_packet is answered with 1153 and not kept', async () => {
  const client = new RawClient(echo.port);
  await client.receive();
  client.send(packet(1, handshakeResponse('root')));
  await client.receive();
  const big = 0xffffff;
  for (let i = 0; i < 5; i++) client.send(packet(i, Buffer.alloc(i === 4 ? 10 : big, 3)));
  assert.equal(await client.errorNumber(), 1153);
  client.destroy();
});

test('a packet that arrives byte by byte, and many packets that arrive at once', async () => {
  const client = await loggedIn();
  const query = packet(0, Buffer.from('\x03numbers 3'));
  for (const byte of query) client.send(Buffer.from([byte]));
  const drain = async (): Promise<number> => {
    let packets = 0;
    for (let eofs = 0; eofs < 2; packets++) if ((await client.receive())?.[0] === 0xfe) eofs++;
    return packets;
  };
  assert.equal(await drain(), 8);
  client.send(query, query, query, packet(0, Buffer.from([0x0e])));
  for (let i = 0; i < 3; i++) assert.equal(await drain(), 8);
  assert.equal((await client.receive())?.[0], 0);
  client.destroy();
});

test('long data and cursors', async () => {
  const client = await loggedIn();
  client.send(packet(0, Buffer.from('\x16echo ?')));
  for (let i = 0; i < 3; i++) await client.receive();
  const long = (text: string): Buffer =>
    packet(0, Buffer.concat([Buffer.from([0x18, 1, 0, 0, 0, 0, 0]), Buffer.from(text)]));
  client.send(long('abc'), long('def'));
  client.send(packet(0, Buffer.from([0x17, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 253, 0])));
  await client.receive();
  await client.receive();
  const eof = await client.receive();
  assert.equal((eof?.readUInt16LE(3) ?? 0) & 0x40, 0x40);
  client.send(packet(0, Buffer.from([0x1c, 1, 0, 0, 0, 10, 0, 0, 0])));
  assert.equal((await client.receive())?.toString('latin1'), '\0\0\x06abcdef');
  assert.equal(((await client.receive())?.readUInt16LE(3) ?? 0) & 0x80, 0x80);
  client.destroy();
});

test('a connection that never answers the greeting is closed after connect_timeout', async () => {
  const hasty = await startEchoServer({ connectTimeoutMs: 1 });
  const client = new RawClient(hasty.port);
  await client.receive();
  assert.equal(await client.receive(), undefined);
  await hasty.server.close();
});

test('an idle connection is told 4031 and closed', async () => {
  const client = await loggedIn();
  const session = echo.sessions.at(-1);
  assert.ok(session !== undefined);
  session.waitTimeout = 0;
  assert.equal(await client.errorNumber(), 4031);
  assert.equal(await client.receive(), undefined);
  assert.equal(session.closed, true);
});
