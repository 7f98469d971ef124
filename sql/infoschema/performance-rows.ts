/** performance_schema as far as tools ask for it: variables, status, sessions. */

import type { Datum } from '../../engine/index.ts';
import { variableDefinitions, variableText } from '../session/variables/variable-definition.ts';
import { statusVariables } from './status-variables.ts';
import type { RowProviders, VirtualContext, VirtualRow } from './virtual-rows.ts';

function* variables({ server, statement }: VirtualContext, scope: 'global' | 'session'): Generator<VirtualRow> {
  for (const definition of variableDefinitions) {
    if (scope === 'global' && !definition.hasGlobal) continue;
    const value =
      scope === 'global' || !definition.hasSession
        ? server.globals.get(definition)
        : statement.evaluation.session.systemVariable('session', definition.name).value;
    yield { VARIABLE_NAME: definition.name, VARIABLE_VALUE: variableText(definition, value) };
  }
}

function* status(context: VirtualContext, session: boolean): Generator<VirtualRow> {
  for (const [name, value] of statusVariables(context, session)) yield { VARIABLE_NAME: name, VARIABLE_VALUE: value };
}

function* threads({ server }: VirtualContext): Generator<VirtualRow> {
  for (const process of server.processes.all()) {
    yield {
      THREAD_ID: process.connectionId,
      NAME: 'thread/sql/one_connection',
      TYPE: 'FOREGROUND',
      PROCESSLIST_ID: process.connectionId,
      PROCESSLIST_USER: process.user,
      PROCESSLIST_HOST: process.host,
      PROCESSLIST_DB: process.database(),
      PROCESSLIST_COMMAND: process.command(),
      PROCESSLIST_TIME: server.processes.seconds(process),
      PROCESSLIST_INFO: process.info(),
      INSTRUMENTED: 'YES',
      HISTORY: 'YES',
    };
  }
}

function counted(names: readonly (string | null)[]): ReadonlyMap<string | null, number> {
  const counts = new Map<string | null, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function* totals(column: 'USER' | 'HOST', names: readonly Datum[]): Generator<VirtualRow> {
  for (const [name, count] of counted(names as readonly (string | null)[])) {
    yield { [column]: name, CURRENT_CONNECTIONS: count, TOTAL_CONNECTIONS: count };
  }
}

export const performanceRows: RowProviders = {
  global_variables: (context) => variables(context, 'global'),
  session_variables: (context) => variables(context, 'session'),
  global_status: (context) => status(context, false),
  session_status: (context) => status(context, true),
  *persisted_variables({ server }) {
    for (const [name, value] of server.persisted.all()) {
      yield { VARIABLE_NAME: name, VARIABLE_VALUE: value === null ? null : String(value) };
    }
  },
  *variables_info() {
    for (const { name, minimum, maximum } of variableDefinitions) {
      yield {
        VARIABLE_NAME: name,
        VARIABLE_SOURCE: 'COMPILED',
        VARIABLE_PATH: '',
        MIN_VALUE: String(minimum ?? 0),
        MAX_VALUE: String(maximum ?? 0),
      };
    }
  },
  threads,
  *processlist({ server }) {
    for (const process of server.processes.all()) {
      yield {
        ID: process.connectionId,
        USER: process.user,
        HOST: process.host,
        DB: process.database(),
        COMMAND: process.command(),
        TIME: server.processes.seconds(process),
        STATE: process.command() === 'Sleep' ? '' : 'executing',
        INFO: process.info(),
      };
    }
  },
  users: ({ server }) =>
    totals(
      'USER',
      server.processes.all().map(({ user }) => user),
    ),
  hosts: ({ server }) =>
    totals(
      'HOST',
      server.processes.all().map(({ host }) => host),
    ),
};
