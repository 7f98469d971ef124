/** The union of all statements, and those statements that contain another one. */

import type { Delete, Expression, Insert, LoadData, QueryExpression, Span, TableName, Update } from './ast.ts';
import type * as ddl from './ast-ddl.ts';
import type * as utility from './ast-utility.ts';

export type Statement =
  | QueryExpression
  | Insert
  | Update
  | Delete
  | LoadData
  | DefinitionStatement
  | UtilityStatement
  | ExplainStatement
  | BatchStatement;

export type DefinitionStatement =
  | ddl.AlterDatabase
  | ddl.AlterProgram
  | ddl.AlterTable
  | ddl.CreateDatabase
  | ddl.CreateIndex
  | ddl.CreateProgram
  | ddl.CreateTable
  | ddl.CreateTableLike
  | ddl.CreateView
  | ddl.DropDatabase
  | ddl.DropIndex
  | ddl.DropProgram
  | ddl.DropTable
  | ddl.DropView
  | ddl.RenameTable
  | ddl.SequenceStatement
  | ddl.TruncateTable;

export type UtilityStatement =
  | utility.AdminStatement
  | utility.AlterUser
  | utility.AnalyzeTable
  | utility.BinlogStatement
  | utility.CallStatement
  | utility.CreateUser
  | utility.DeallocateStatement
  | utility.DescribeTable
  | utility.DoStatement
  | utility.DropUser
  | utility.EndTransaction
  | utility.ExecuteStatement
  | utility.FlushStatement
  | utility.GetDiagnostics
  | utility.GrantPrivileges
  | utility.GrantRoles
  | utility.HandlerStatement
  | utility.HelpStatement
  | utility.KillStatement
  | utility.LockControl
  | utility.LockTables
  | utility.OtherStatement
  | utility.PrepareStatement
  | utility.ProxyStatement
  | utility.PurgeBinaryLogs
  | utility.RenameUser
  | utility.ReplicationStatement
  | utility.ResetStatement
  | utility.RevokePrivileges
  | utility.RevokeRoles
  | utility.RoleStatement
  | utility.SavepointStatement
  | utility.SetDefaultRole
  | utility.SetPassword
  | utility.SetResourceGroup
  | utility.SetRole
  | utility.SetStatement
  | utility.SetTransaction
  | utility.ShowStatement
  | utility.SignalStatement
  | utility.SplitStatement
  | utility.StartTransaction
  | utility.TableMaintenance
  | utility.UseDatabase
  | utility.XaStatement;

/** EXPLAIN, DESCRIBE and DESC of a statement; EXPLAIN t is a DescribeTable. */
export interface ExplainStatement extends Span {
  readonly kind: 'explain';
  readonly analyze: boolean;
  /** Lower case: 'traditional', 'json', 'tree', 'brief', 'row', 'dot' …; undefined: the session's default. */
  readonly format: string | undefined;
  readonly into: string | undefined;
  readonly target:
    | { readonly kind: 'statement'; readonly statement: Statement }
    | { readonly kind: 'connection'; readonly id: Expression };
}

/** BATCH [ON column] LIMIT n [DRY RUN [QUERY]] dml (TiDB). */
export interface BatchStatement extends Span {
  readonly kind: 'batch';
  readonly column: TableName | undefined;
  readonly limit: number;
  readonly dryRun: 'split' | 'query' | undefined;
  readonly statement: Statement;
}
