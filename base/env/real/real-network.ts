/** TCP through node:net. Nagle's algorithm is off: a database answers small packets. */

import { connect, createServer, type Socket } from 'node:net';
import type { Address, Connection, Listener, Network } from '../env.ts';

function wrap(socket: Socket): Connection {
  socket.setNoDelay(true);
  let failure: Error | undefined;
  socket.on('error', (error) => {
    failure = error;
  });
  return {
    remote: { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 },
    write: (bytes) => socket.write(bytes),
    close: () => socket.destroy(),
    onData: (listener) => socket.on('data', listener),
    onDrain: (listener) => socket.on('drain', listener),
    onClose: (listener) => socket.on('close', () => listener(failure)),
  };
}

export const realNetwork: Network = {
  listen(address: Address, accept: (connection: Connection) => void): Promise<Listener> {
    return new Promise((resolve, reject) => {
      const server = createServer((socket) => accept(wrap(socket)));
      server.once('error', reject);
      server.listen(address.port, address.host, () => {
        server.off('error', reject);
        const bound = server.address();
        const port = bound !== null && typeof bound === 'object' ? bound.port : address.port;
        resolve({
          address: { host: address.host, port },
          close: () => new Promise((done) => server.close(() => done())),
        });
      });
    });
  },
  connect(address: Address): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(address.port, address.host);
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(wrap(socket));
      });
    });
  },
};
