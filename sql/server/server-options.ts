/** What the composer of a server decides: limits, certificates, where events go. */

export interface TlsCredentials {
  /** PEM. */
  readonly key: string;
  readonly certificate: string;
  /** PEM of the authority that signs client certificates, where they are asked for. */
  readonly authority?: string | undefined;
}

export interface MySqlServerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Follows `8.0.44-Shoal-` in the version string. */
  readonly version: string;
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  /** Absent: no TLS is offered. */
  readonly tls?: TlsCredentials | undefined;
  /** Refuses clients without TLS with 3159. */
  readonly requireSecureTransport?: boolean | undefined;
  /** An error that is no SqlError reached the top of a command: a defect. The client is answered 1105. */
  readonly onInternalError?: ((error: unknown, connectionId: number) => void) | undefined;
}

/** The version string of the greeting and of VERSION(): consumers decide by it what they may send. */
export function serverVersion(version: string): string {
  return `8.0.44-Shoal-${version}`;
}
