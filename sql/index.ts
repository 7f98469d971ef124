/** The public face of `sql`. */
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
