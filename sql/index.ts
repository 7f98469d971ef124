/** The public face of `sql`. */
export { CatalogSnapshot } from './catalog/catalog-snapshot.ts';
export type { VirtualSchema, VirtualTable } from './catalog/virtual-schema.ts';
export { hashCachingSha2Password } from './server/auth/caching-sha2-password.ts';
export { hashNativePassword } from './server/auth/native-password.ts';
export { MySqlServer } from './server/mysql-server.ts';
export { makeServerCertificate } from './server/server-certificate.ts';
export { type MySqlServerOptions, serverVersion, type TlsCredentials } from './server/server-options.ts';
export type {
  AccountCredentials,
  ConnectionControl,
  ConnectionIdentity,
  ResultColumn,
  ResultWriter,
  SessionFactory,
  SqlSession,
} from './server/session-port.ts';
export { CapturingWriter } from './session/capture.ts';
export { openSql, type SqlLayer } from './session/open-sql.ts';
export type { ServerContext } from './session/server-context.ts';
export type { Session } from './session/session.ts';
export { type SessionLayerOptions, SqlSessionFactory } from './session/session-factory.ts';
