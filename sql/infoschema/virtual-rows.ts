/** Rows of virtual tables: providers answer records by column name, in the order a scan shall see them. */

import type { ValueOrPromise } from '../../base/index.ts';
import type { Datum, TableInfo } from '../../engine/index.ts';
import type { ServerContext } from '../session/server-context.ts';
import type { StatementContext } from '../session/session-context.ts';
import type { CatalogView } from './catalog-view.ts';

/** What a provider may read. */
export interface VirtualContext {
  readonly server: Omit<ServerContext, 'planner'>;
  readonly catalog: CatalogView;
  readonly statement: StatementContext;
}

export type VirtualRow = Readonly<Record<string, Datum>>;

export type RowProvider = (context: VirtualContext) => ValueOrPromise<Iterable<VirtualRow>>;

/** Providers by lower-case table name; tables without one are empty. */
export type RowProviders = Readonly<Record<string, RowProvider>>;

/** The value of a NOT NULL column that a provider says nothing about. */
function emptyValue(typeClass: TableInfo['columns'][number]['type']['class']): Datum {
  switch (typeClass) {
    case 'string':
      return '';
    case 'bytes':
      return new Uint8Array(0);
    case 'int':
    case 'real':
    case 'enum':
    case 'set':
    case 'time':
      return 0;
    default:
      return null;
  }
}

/** Records as rows in the order of the table's columns. Enum and set columns take their members' texts. */
export function* orderedRows(info: TableInfo, records: Iterable<VirtualRow>): Generator<readonly Datum[]> {
  const columns = info.columns.map(({ name, type }) => ({
    name,
    fallback: type.nullable ? null : emptyValue(type.class),
    convert: converter(type),
  }));
  for (const record of records) {
    yield columns.map(({ name, fallback, convert }) => {
      const value = record[name];
      return value === undefined ? fallback : convert(value);
    });
  }
}

function converter(type: TableInfo['columns'][number]['type']): (value: Datum) => Datum {
  if (type.class === 'enum') {
    return (value) => (typeof value === 'string' ? type.elements.indexOf(value) + 1 : value);
  }
  if (type.class === 'set') {
    return (value) => (typeof value === 'string' ? setMask(value, type.elements) : value);
  }
  if (type.class === 'bytes') {
    return (value) => (typeof value === 'string' ? Buffer.from(value, 'utf8') : value);
  }
  return (value) => value;
}

function setMask(text: string, elements: readonly string[]): number {
  let mask = 0;
  for (const word of text.split(',')) {
    const at = elements.indexOf(word);
    if (at >= 0) mask += 2 ** at;
  }
  return mask;
}
