/**
 * The statements that change the schema: planner and executor run them, and what is open commits before them. There are
 * no stored programs and no sequences here, so statements that define those are not among them; the session answers them.
 */

import type { AlterProgram, CreateProgram, DropProgram, SequenceStatement } from '../parser/ast-ddl.ts';
import type { DefinitionStatement, Statement } from '../parser/statement.ts';

export type SchemaChange = Exclude<DefinitionStatement, AlterProgram | CreateProgram | DropProgram | SequenceStatement>;

const KINDS: Readonly<Record<SchemaChange['kind'], true>> = {
  'create-database': true,
  'alter-database': true,
  'drop-database': true,
  'create-table': true,
  'create-table-like': true,
  'alter-table': true,
  'drop-table': true,
  'rename-table': true,
  'truncate-table': true,
  'create-index': true,
  'drop-index': true,
  'create-view': true,
  'drop-view': true,
};

export function isSchemaChange(statement: Statement): statement is SchemaChange {
  return Object.hasOwn(KINDS, statement.kind);
}
