import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { ConfigError, loadConfig } from '../../../base/index.ts';

const server = z.strictObject({
  host: z.string().default('127.0.0.1'),
  'sql-port': z.number().int().max(65_535).default(4000),
});
const schema = z.strictObject({ server: server.default(server.parse({})) });

function load(
  text: string | undefined,
  environment: Record<string, string> = {},
  flags: Record<string, unknown> = {},
): unknown {
  return loadConfig(schema, {
    file: text === undefined ? undefined : { path: 'shoal.toml', text },
    environment,
    flags,
  });
}

function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  return assert.fail('a ConfigError was expected');
}

test('later sources win: defaults, file, environment, flags', () => {
  assert.deepEqual(load(undefined), { server: { host: '127.0.0.1', 'sql-port': 4000 } });
  assert.deepEqual(load('[server]\nsql-port = 1'), { server: { host: '127.0.0.1', 'sql-port': 1 } });
  assert.deepEqual(load('[server]\nsql-port = 1', { SHOAL_SERVER_SQL_PORT: '2' }), {
    server: { host: '127.0.0.1', 'sql-port': 2 },
  });
  assert.deepEqual(load('[server]\nsql-port = 1', { SHOAL_SERVER_SQL_PORT: '2' }, { server: { 'sql-port': 3 } }), {
    server: { host: '127.0.0.1', 'sql-port': 3 },
  });
});

test('unknown keys are refused by name, wherever they come from', () => {
  assert.match(
    refusal(() => load('[server]\nsqlport = 1')),
    /shoal\.toml: unknown key server\.sqlport/,
  );
  assert.match(
    refusal(() => load('[sevrer]\nhost = "x"')),
    /unknown key sevrer/,
  );
  assert.match(
    refusal(() => load(undefined, { SHOAL_SERVER_SQLPORT: '1' })),
    /unknown environment variable SHOAL_SERVER_SQLPORT/,
  );
});

test('wrong types and syntax errors name the place', () => {
  assert.match(
    refusal(() => load('[server]\nsql-port = "x"')),
    /server\.sql-port/,
  );
  assert.match(
    refusal(() => load('[server]\nsql-port = 70000')),
    /server\.sql-port/,
  );
  assert.match(
    refusal(() => load('[server\n')),
    /^shoal\.toml: /,
  );
});
