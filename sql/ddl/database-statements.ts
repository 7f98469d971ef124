/** CREATE, ALTER and DROP DATABASE. */

import type { DatabaseId, KeyRange } from '../../base/index.ts';
import {
  type Collation,
  type DatabaseInfo,
  defaultCollation,
  findCollation,
  sqlErrors,
  tableRange,
} from '../../engine/index.ts';
import type * as ddl from '../parser/ast-ddl.ts';
import { checkedCollation, collationForCharset } from './column-type.ts';
import { type DefinitionContext, databaseFor } from './definition-context.ts';

export async function createDatabase(context: DefinitionContext, node: ddl.CreateDatabase): Promise<number> {
  const name = node.name.name;
  if (name === '' || name.endsWith(' ')) throw sqlErrors.wrongDbName(name);
  if (name.length > 64) throw sqlErrors.tooLongIdent(name);
  await context.catalog.change((schema) => {
    if (schema.snapshot.hasDatabase(name)) {
      if (!node.ifNotExists) throw sqlErrors.dbCreateExists(name);
      const { errno, message } = sqlErrors.dbCreateExists(name);
      context.statement.warn({ level: 'Note', errno, message });
      return;
    }
    const collation = databaseCollation(node.options, serverCollation(context));
    schema.putDatabase({
      id: schema.allocateId() as DatabaseId,
      name,
      charset: collation.charset,
      collation: collation.name,
    });
  });
  return 1;
}

function serverCollation(context: DefinitionContext): Collation {
  const { value } = context.statement.variable('collation_server');
  return findCollation(String(value)) ?? defaultCollation;
}

function databaseCollation(options: ddl.DatabaseOptions, inherited: Collation): Collation {
  if (options.collation !== undefined) return checkedCollation(options.collation, options.charset);
  return options.charset === undefined ? inherited : collationForCharset(options.charset);
}

export async function alterDatabase(context: DefinitionContext, node: ddl.AlterDatabase): Promise<number> {
  const name = node.name?.name ?? context.statement.currentDatabase();
  if (name === null || name === undefined) throw sqlErrors.noDb();
  await context.catalog.change((schema) => {
    const { info } = databaseFor(schema, context, name);
    const collation = databaseCollation(node.options, findCollation(info.collation) ?? defaultCollation);
    const changed: DatabaseInfo = { ...info, charset: collation.charset, collation: collation.name };
    schema.putDatabase(changed);
  });
  return 1;
}

/** Answers the number of tables that went with it, as MySQL does. */
export async function dropDatabase(context: DefinitionContext, node: ddl.DropDatabase): Promise<number> {
  const name = node.name.name;
  const ranges = await context.catalog.change(async (schema): Promise<readonly KeyRange[] | undefined> => {
    if (!schema.snapshot.hasDatabase(name)) {
      const error = sqlErrors.dbDropExists(name);
      if (!node.ifExists) throw error;
      context.statement.warn({ level: 'Note', errno: error.errno, message: error.message });
      return undefined;
    }
    const { info, tables } = databaseFor(schema, context, name);
    await schema.dropDatabase(info);
    return [...tables.values()].map((table) => tableRange(table.id));
  });
  for (const range of ranges ?? []) await context.catalog.discardRange(range);
  return ranges?.length ?? 0;
}
