/** What a definition statement works with: the catalog, the session, and the text it was parsed from. */

import { compileExpression, type Datum, type Expression, sqlErrors } from '../../engine/index.ts';
import type { Catalog, SchemaEdit } from '../catalog/catalog.ts';
import type { CatalogDatabase } from '../catalog/catalog-snapshot.ts';
import type * as ast from '../parser/ast.ts';
import type { PlanEnvironment } from '../planner/bind-context.ts';
import type { StatementContext } from '../session/session-context.ts';

export interface DefinitionContext {
  readonly catalog: Catalog;
  readonly statement: StatementContext;
  readonly environment: PlanEnvironment;
  /** The statement's text, UTF-8; the AST's offsets count its bytes. */
  readonly source: Uint8Array;
}

export interface QualifiedName {
  readonly database: string;
  readonly name: string;
}

/** Throws 1046 without a database. */
export function qualify(context: DefinitionContext, table: ast.TableName): QualifiedName {
  const database = table.schema?.name ?? context.statement.currentDatabase();
  if (database === null || database === undefined) throw sqlErrors.noDb();
  return { database, name: table.name.name };
}

/** The database that a change touches; 1049 when there is none, 1044 for the computed ones. */
export function databaseFor(schema: SchemaEdit, context: DefinitionContext, name: string): CatalogDatabase {
  const found = schema.snapshot.database(name);
  if (found !== undefined) return found;
  if (schema.snapshot.hasDatabase(name)) throw sqlErrors.dbAccessDenied(...account(context), name);
  throw sqlErrors.badDb(name);
}

function account(context: DefinitionContext): [string, string] {
  const [user = '', host = ''] = context.statement.evaluation.session.currentUser().split('@');
  return [user, host];
}

/** The source text of a node. */
export function textOf(context: DefinitionContext, span: ast.Span): string {
  return Buffer.from(context.source.subarray(span.start, span.end)).toString('utf8').trim();
}

export function evaluateConstant(context: DefinitionContext, expression: Expression): Datum {
  return compileExpression(expression).evaluateRow([], context.statement.evaluation);
}

export function nowSeconds(context: DefinitionContext): number {
  return Math.floor(context.statement.evaluation.statementMicros / 1_000_000);
}
