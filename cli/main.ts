/** The commands of `shoal`. */

import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { ConfigError, loadConfig } from '../base/index.ts';
import { type Config, configSchema } from './config.ts';
import { runStart } from './start.ts';
import { explainStartError } from './start-error.ts';
import { version } from './version.ts';

interface StartFlags {
  readonly config?: string;
  readonly dataDir?: string;
  readonly host?: string;
  readonly sqlPort?: number;
  readonly statusPort?: number;
  readonly logLevel?: string;
  readonly json?: boolean;
}

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

function configOf(flags: StartFlags): Config {
  const file = flags.config === undefined ? undefined : readConfigFile(flags.config);
  const server = given({
    host: flags.host,
    'sql-port': flags.sqlPort,
    'status-port': flags.statusPort,
    'data-dir': flags.dataDir,
  });
  return loadConfig(configSchema, {
    file,
    environment: process.env,
    flags: { server, log: given({ level: flags.logLevel }) },
  });
}

const program = new Command('shoal')
  .description('A distributed SQL database that speaks MySQL')
  .version(version)
  .showHelpAfterError();

program
  .command('start')
  .description('run an embedded durable cluster in this process')
  .option('--data-dir <dir>', 'where the data lives (default: shoal-data)')
  .option('--sql-port <port>', 'MySQL protocol, 0 for a free port (default: 4000)', parsePort)
  .option('--status-port <port>', 'metrics and health over HTTP, 0 for a free port (default: 10080)', parsePort)
  .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
  .option('--config <file>', 'TOML file with all settings')
  .option('--log-level <level>', 'trace, debug, info, warn, error, fatal or silent (default: warn)')
  .option('--json', 'print one JSON line per listening role and {"ready":true}')
  .action(async (flags: StartFlags) => {
    try {
      await runStart(configOf(flags), { json: flags.json === true });
    } catch (error) {
      process.stderr.write(`shoal: ${explainStartError(error)}\n`);
      process.exitCode = 1;
    }
  });

await program.parseAsync();
