/** CREATE and DROP INDEX: ALTER TABLE with one action. */

import type { AlterTableAction, CreateIndex, DropIndex } from '../parser/ast-ddl.ts';
import { alterTable } from './alter-table.ts';
import type { DefinitionContext } from './definition-context.ts';

export function createIndex(context: DefinitionContext, node: CreateIndex): Promise<number> {
  const { type, name, ifNotExists, parts, options } = node;
  const constraint = { kind: 'index', type, name, ifNotExists, parts, options } as const;
  return alter(context, node, { kind: 'add-constraint', constraint });
}

export function dropIndex(context: DefinitionContext, node: DropIndex): Promise<number> {
  const isPrimary = node.name.name.toLowerCase() === 'primary';
  const action: AlterTableAction = isPrimary
    ? { kind: 'drop-primary-key' }
    : { kind: 'drop-index', ifExists: node.ifExists, name: node.name };
  return alter(context, node, action);
}

function alter(context: DefinitionContext, node: CreateIndex | DropIndex, action: AlterTableAction): Promise<number> {
  const { table, start, end } = node;
  return alterTable(context, {
    kind: 'alter-table',
    table,
    actions: [action],
    algorithm: undefined,
    lock: undefined,
    start,
    end,
  });
}
