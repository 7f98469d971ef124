/**
 * Configuration from four sources, later ones win: defaults, one TOML file, the environment, command line flags.
 * Every key is validated; an unknown one is refused with its name, so that a typing error never passes silently.
 *
 * A setting `sql-port` in table `[server]` is the TOML key `server.sql-port` and the variable SHOAL_SERVER_SQL_PORT.
 */

import { parse } from 'smol-toml';
import type { z } from 'zod';

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Tree = { [key: string]: unknown };

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function merge(base: Tree, over: Tree): Tree {
  const merged: Tree = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const old = merged[key];
    merged[key] = isTree(old) && isTree(value) ? merge(old, value) : value;
  }
  return merged;
}

function parseToml(text: string, path: string): Tree {
  try {
    return parse(text) as Tree;
  } catch (error) {
    throw new ConfigError(`${path}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
  }
}

/** Text of an environment variable as the value TOML would give it. */
function parseScalar(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function fromEnvironment(defaults: Tree, variables: Readonly<Record<string, string | undefined>>): Tree {
  const tree: Tree = {};
  const known = new Set<string>();
  for (const [table, settings] of Object.entries(defaults)) {
    for (const key of Object.keys(isTree(settings) ? settings : {})) {
      const name = `SHOAL_${table}_${key}`.replaceAll('-', '_').toUpperCase();
      known.add(name);
      const text = variables[name];
      if (text !== undefined) tree[table] = { ...(tree[table] as Tree | undefined), [key]: parseScalar(text) };
    }
  }
  const unknown = Object.keys(variables).find((name) => name.startsWith('SHOAL_') && !known.has(name));
  if (unknown !== undefined) throw new ConfigError(`unknown environment variable ${unknown}`);
  return tree;
}

function describe(issue: z.core.$ZodIssue): string {
  const at = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    return `unknown key ${issue.keys.map((key) => (at === '' ? key : `${at}.${key}`)).join(', ')}`;
  }
  return `${at}: ${issue.message}`;
}

export interface ConfigSources {
  readonly file?: { readonly path: string; readonly text: string } | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Values of flags that were given, in the shape of the schema. */
  readonly flags: Readonly<Record<string, unknown>>;
}

/** Merges and validates the sources. Throws ConfigError naming the key and what is wrong with it. */
export function loadConfig<Schema extends z.ZodType>(schema: Schema, sources: ConfigSources): z.infer<Schema> {
  const defaults = schema.parse({}) as Tree;
  const fromFile = sources.file === undefined ? {} : parseToml(sources.file.text, sources.file.path);
  const environment = fromEnvironment(defaults, sources.environment);
  const result = schema.safeParse(merge(merge(fromFile, environment), sources.flags as Tree));
  if (result.success) return result.data;
  const origin = sources.file === undefined ? 'configuration' : sources.file.path;
  throw new ConfigError(`${origin}: ${result.error.issues.map(describe).join('; ')}`);
}
