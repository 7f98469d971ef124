/** The status port: `/metrics` for Prometheus, `/status` for scripts and people, `/health` for load balancers. */

import { type ServerType, serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { Address, Metrics } from '../../base/index.ts';

export interface StatusSource {
  readonly metrics: Metrics;
  /** Contents of `/status`. */
  status(): Readonly<Record<string, unknown>>;
}

export interface StatusServer {
  readonly address: Address;
  close(): Promise<void>;
}

function routes(source: StatusSource): Hono {
  const app = new Hono();
  app.get('/metrics', async (context) =>
    context.text(await source.metrics.render(), 200, { 'content-type': source.metrics.contentType }),
  );
  app.get('/status', (context) => context.json(source.status()));
  app.get('/health', (context) => context.json({ status: 'ok' }));
  return app;
}

/** Rejects when the port is taken. */
export function startStatusServer(address: Address, source: StatusSource): Promise<StatusServer> {
  return new Promise((resolve, reject) => {
    const server: ServerType = serve(
      { fetch: routes(source).fetch, hostname: address.host, port: address.port },
      (bound) => {
        server.off('error', reject);
        resolve({
          address: { host: address.host, port: bound.port },
          close: () =>
            new Promise((done) => {
              server.close(() => done());
              if ('closeAllConnections' in server) server.closeAllConnections();
            }),
        });
      },
    );
    server.once('error', reject);
  });
}
