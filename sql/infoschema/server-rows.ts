/** information_schema about the server: character sets, engines, plugins, sessions, key words. */

import { allCharsets, allCollations } from '../../engine/index.ts';
import { NONRESERVED_WORDS, RESERVED_WORDS } from '../parser/keywords.ts';
import { type ProcessEntry, processEntry } from '../session/gateway-group.ts';
import type { RowProviders, VirtualContext, VirtualRow } from './virtual-rows.ts';

function* characterSets(): Generator<VirtualRow> {
  for (const { name, defaultCollation, description, maxBytes } of allCharsets()) {
    yield {
      CHARACTER_SET_NAME: name,
      DEFAULT_COLLATE_NAME: defaultCollation,
      DESCRIPTION: description,
      MAXLEN: maxBytes,
    };
  }
}

function* collations(): Generator<VirtualRow> {
  for (const collation of allCollations()) {
    yield {
      COLLATION_NAME: collation.name,
      CHARACTER_SET_NAME: collation.charset,
      ID: collation.id,
      IS_DEFAULT: collation.isDefault ? 'Yes' : '',
      IS_COMPILED: 'Yes',
      SORTLEN: collation.sortLength,
      PAD_ATTRIBUTE: collation.padSpace ? 'PAD SPACE' : 'NO PAD',
    };
  }
}

function* collationApplicability(): Generator<VirtualRow> {
  for (const { name, charset } of allCollations()) yield { COLLATION_NAME: name, CHARACTER_SET_NAME: charset };
}

/** Tables may be declared with any engine; all of them are the same transactional store, which answers to InnoDB's name. */
const ENGINES: readonly VirtualRow[] = [
  {
    ENGINE: 'InnoDB',
    SUPPORT: 'DEFAULT',
    COMMENT: 'Supports transactions, row-level locking, and foreign keys',
    TRANSACTIONS: 'YES',
    XA: 'YES',
    SAVEPOINTS: 'YES',
  },
  {
    ENGINE: 'PERFORMANCE_SCHEMA',
    SUPPORT: 'YES',
    COMMENT: 'Performance Schema',
    TRANSACTIONS: 'NO',
    XA: 'NO',
    SAVEPOINTS: 'NO',
  },
];

function plugin(name: string, type: string, description: string): VirtualRow {
  return {
    PLUGIN_NAME: name,
    PLUGIN_VERSION: '1.0',
    PLUGIN_STATUS: 'ACTIVE',
    PLUGIN_TYPE: type,
    PLUGIN_TYPE_VERSION: '1.0',
    PLUGIN_LIBRARY: null,
    PLUGIN_LIBRARY_VERSION: null,
    PLUGIN_AUTHOR: 'Shoal',
    PLUGIN_DESCRIPTION: description,
    PLUGIN_LICENSE: 'Apache-2.0',
    LOAD_OPTION: 'FORCE',
  };
}

const PLUGINS: readonly VirtualRow[] = [
  plugin('binlog', 'STORAGE ENGINE', 'The global binary log'),
  plugin('mysql_native_password', 'AUTHENTICATION', 'Native MySQL authentication'),
  plugin('caching_sha2_password', 'AUTHENTICATION', 'Caching sha2 authentication'),
  plugin('InnoDB', 'STORAGE ENGINE', 'Supports transactions, row-level locking, and foreign keys'),
];

function* processlist({ server }: VirtualContext): Generator<VirtualRow> {
  for (const process of server.processes.all()) yield processRow(processEntry(server.processes, process));
}

function processRow({ id, user, host, database, command, seconds, info }: ProcessEntry): VirtualRow {
  const STATE = command === 'Sleep' ? '' : 'executing';
  return { ID: id, USER: user, HOST: host, DB: database, COMMAND: command, TIME: seconds, STATE, INFO: info };
}

/** The connections of all gateways. */
async function clusterProcesslist(context: VirtualContext): Promise<VirtualRow[]> {
  const { gateways, address } = context.server;
  if (gateways !== undefined) {
    return (await gateways.processes()).map((entry) => ({ INSTANCE: entry.instance, ...processRow(entry) }));
  }
  return [...processlist(context)].map((row) => ({ INSTANCE: address, ...row }));
}

function* keywords(): Generator<VirtualRow> {
  const words = [
    ...RESERVED_WORDS.map((word) => ({ word: word.toUpperCase(), reserved: 1 })),
    ...NONRESERVED_WORDS.map((word) => ({ word: word.toUpperCase(), reserved: 0 })),
  ].sort((left, right) => (left.word < right.word ? -1 : 1));
  for (const { word, reserved } of words) yield { WORD: word, RESERVED: reserved };
}

function* resourceGroups(): Generator<VirtualRow> {
  yield {
    RESOURCE_GROUP_NAME: 'USR_default',
    RESOURCE_GROUP_TYPE: 'USER',
    RESOURCE_GROUP_ENABLED: 1,
    VCPU_IDS: '0',
    THREAD_PRIORITY: 0,
  };
}

export const serverRows: RowProviders = {
  character_sets: characterSets,
  collations,
  collation_character_set_applicability: collationApplicability,
  engines: () => ENGINES,
  plugins: () => PLUGINS,
  processlist,
  cluster_processlist: clusterProcesslist,
  keywords,
  resource_groups: resourceGroups,
};
