/** CREATE and ALTER VIEW. The SELECT is kept as written; it is bound once to check it and to fix the column names. */

import type { TableId } from '../../base/index.ts';
import { plainColumn, plainTable, sqlErrors, type TableInfo, type ViewInfo } from '../../engine/index.ts';
import type * as ddl from '../parser/ast-ddl.ts';
import { VIEW_DATABASE_OPTION } from '../planner/bind-view.ts';
import { prepareQuery } from '../planner/prepare-query.ts';
import { type DefinitionContext, databaseFor, nowSeconds, qualify, textOf } from './definition-context.ts';

export async function createView(context: DefinitionContext, node: ddl.CreateView): Promise<void> {
  const { database, name } = qualify(context, node.view);
  const { output } = prepareQuery(node.query, context.environment);
  const names = node.columns.length > 0 ? node.columns.map((column) => column.name) : output.map((item) => item.name);
  if (names.length !== output.length) throw sqlErrors.viewWrongList();
  const seen = new Set<string>();
  for (const column of names) {
    if (seen.has(column.toLowerCase())) throw sqlErrors.dupFieldName(column);
    seen.add(column.toLowerCase());
  }
  const view: ViewInfo = {
    select: textOf(context, node.query),
    columns: names,
    definer: definerOf(context, node),
    checkOption: node.checkOption === undefined ? 'NONE' : node.checkOption === 'local' ? 'LOCAL' : 'CASCADED',
    security: node.security === 'invoker' ? 'INVOKER' : 'DEFINER',
    algorithm: node.algorithm === undefined ? 'UNDEFINED' : (node.algorithm.toUpperCase() as ViewInfo['algorithm']),
  };
  const columns = output.map(({ column }, offset) => plainColumn(offset, names[offset] ?? column.name, column.type));
  await context.catalog.change((schema) => {
    const { info, tables } = databaseFor(schema, context, database);
    const existing = tables.get(name);
    if (existing !== undefined && existing.view === undefined) {
      throw node.mode === 'create' ? sqlErrors.tableExists(name) : sqlErrors.wrongObject(database, name, 'VIEW');
    }
    if (existing !== undefined && node.mode === 'create') {
      if (node.ifNotExists) return;
      throw sqlErrors.tableExists(name);
    }
    if (existing === undefined && node.mode === 'alter') throw sqlErrors.noSuchTable(database, name);
    const id = existing?.id ?? (schema.allocateId() as TableId);
    const { id: databaseId, charset, collation } = info;
    const table: TableInfo = {
      ...plainTable({ id, databaseId, name, charset, collation, columns }),
      comment: 'VIEW',
      view,
      autoIncrementStart: 0,
      createTime: nowSeconds(context),
      options: { [VIEW_DATABASE_OPTION]: context.statement.currentDatabase() ?? database },
    };
    schema.putTable(info, table);
  });
}

function definerOf(context: DefinitionContext, node: ddl.CreateView): string {
  if (node.definer?.kind === 'account') return `${node.definer.user}@${node.definer.host}`;
  return context.statement.evaluation.session.currentUser();
}
