/** The commands of `shoal`. A role's code is loaded when the role is run. */

import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { ConfigError, loadConfig } from '../base/index.ts';
import { type Config, configSchema } from './config.ts';
import { type OpenRole, runRole } from './run-role.ts';
import { explainStartError } from './start-error.ts';
import { version } from './version.ts';

interface CommonFlags {
  readonly config?: string;
  readonly dataDir?: string;
  readonly statusPort?: number;
  readonly logLevel?: string;
  readonly json?: boolean;
}

interface LabelFlags {
  readonly labels?: string;
}

interface SqlFlags extends CommonFlags, LabelFlags {
  readonly host?: string;
  readonly sqlPort?: number;
}

interface ClusterFlags extends CommonFlags, LabelFlags {
  readonly addr?: string;
  readonly advertiseAddr?: string;
  readonly pd?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

type Tables = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('a port is a number from 0 to 65535.');
  return port;
}

function given(entries: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));
}

function readConfigFile(path: string): { path: string; text: string } {
  try {
    return { path, text: readFileSync(path, 'utf8') };
  } catch (error) {
    throw new ConfigError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function configOf(flags: CommonFlags, tables: Tables): Config {
  const file = flags.config === undefined ? undefined : readConfigFile(flags.config);
  const flagTables = Object.fromEntries(Object.entries(tables).map(([name, table]) => [name, given(table)]));
  return loadConfig(configSchema, {
    file,
    environment: process.env,
    flags: { ...flagTables, log: given({ level: flags.logLevel }) },
  });
}

function securityOf({ ca, cert, key }: ClusterFlags): Readonly<Record<string, unknown>> {
  return { 'ca-path': ca, 'cert-path': cert, 'key-path': key };
}

function sqlTable(flags: SqlFlags): Readonly<Record<string, unknown>> {
  const { host, sqlPort, statusPort, dataDir, labels } = flags;
  return { host, 'sql-port': sqlPort, 'status-port': statusPort, 'data-dir': dataDir, labels };
}

function listenerTable({ addr, advertiseAddr, statusPort, dataDir }: ClusterFlags): Readonly<Record<string, unknown>> {
  return { addr, 'advertise-addr': advertiseAddr, 'status-port': statusPort, 'data-dir': dataDir };
}

async function run(load: () => Promise<OpenRole>, flags: CommonFlags, tables: Tables): Promise<void> {
  try {
    const config = configOf(flags, tables);
    await runRole(await load(), config, { json: flags.json === true });
  } catch (error) {
    process.stderr.write(`shoal: ${explainStartError(error)}\n`);
    process.exit(1);
  }
}

const program = new Command('shoal')
  .description('A distributed SQL database that speaks MySQL')
  .version(version)
  .showHelpAfterError();

/** A command with the options that all roles have. */
function role(name: string, description: string, defaults: { readonly dataDir: string; readonly statusPort: number }) {
  return program
    .command(name)
    .description(description)
    .option('--data-dir <dir>', `where its files live (default: ${defaults.dataDir})`)
    .option(
      '--status-port <port>',
      `metrics and health over HTTP, 0 for a free port (default: ${defaults.statusPort})`,
      parsePort,
    )
    .option('--config <file>', 'TOML file with all settings')
    .option('--log-level <level>', 'trace, debug, info, warn, error, fatal or silent (default: warn)')
    .option('--json', 'print one JSON line per listening role and {"ready":true}');
}

function withSecurity(command: Command): Command {
  return command
    .option('--ca <file>', 'mutual TLS in the cluster: the authority, PEM')
    .option('--cert <file>', 'mutual TLS in the cluster: the certificate of this process, PEM')
    .option('--key <file>', 'mutual TLS in the cluster: its private key, PEM');
}

role('start', 'run an embedded durable cluster in this process', { dataDir: 'shoal-data', statusPort: 10_080 })
  .option('--sql-port <port>', 'MySQL protocol, 0 for a free port (default: 4000)', parsePort)
  .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
  .action((flags: SqlFlags) =>
    run(async () => (await import('./embedded.ts')).openEmbeddedCluster, flags, { server: sqlTable(flags) }),
  );

withSecurity(role('pd', 'run the placement driver of a cluster', { dataDir: 'shoal-pd', statusPort: 2378 }))
  .option('--addr <host:port>', 'where to serve gRPC (default: 127.0.0.1:2379)')
  .option('--advertise-addr <host:port>', 'how others reach it (default: --addr)')
  .action((flags: ClusterFlags) =>
    run(async () => (await import('./roles/pd.ts')).openPdRole, flags, {
      pd: listenerTable(flags),
      security: securityOf(flags),
    }),
  );

withSecurity(role('store', 'run a store of a cluster', { dataDir: 'shoal-store', statusPort: 20_180 }))
  .option('--pd <host:port>', 'the placement driver (default: 127.0.0.1:2379)')
  .option('--addr <host:port>', 'where to serve gRPC (default: 127.0.0.1:20160)')
  .option('--advertise-addr <host:port>', 'how others reach it (default: --addr)')
  .option('--labels <key=value,…>', 'where it stands, e.g. zone=z1,host=h1')
  .action((flags: ClusterFlags) =>
    run(async () => (await import('./roles/store.ts')).openStoreRole, flags, {
      pd: { addr: flags.pd },
      store: { ...listenerTable(flags), labels: flags.labels },
      security: securityOf(flags),
    }),
  );

withSecurity(role('sql', 'run a MySQL gateway on a cluster', { dataDir: 'shoal-data', statusPort: 10_080 }))
  .option('--pd <host:port>', 'the placement driver (default: 127.0.0.1:2379)')
  .option('--sql-port <port>', 'MySQL protocol, 0 for a free port (default: 4000)', parsePort)
  .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
  .option('--labels <key=value,…>', "where it stands; the zone is for tidb_replica_read = 'closest-replicas'")
  .action((flags: SqlFlags & ClusterFlags) =>
    run(async () => (await import('./roles/sql.ts')).openSqlRole, flags, {
      pd: { addr: flags.pd },
      server: sqlTable(flags),
      security: securityOf(flags),
    }),
  );

await program.parseAsync();
