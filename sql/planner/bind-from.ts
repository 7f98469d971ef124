/** FROM: tables, views, derived tables, common table expressions and joins to a plan and the scope it gives. */

import { assertNever } from '../../base/index.ts';
import { type Expression, sqlErrors, type TableInfo } from '../../engine/index.ts';
import type * as ast from '../parser/ast.ts';
import type { BindContext } from './bind-context.ts';
import { ExpressionBinder } from './bind-expression.ts';
import { type Block, type CteBinding, findCte, newBlock, type OutputColumn, type PendingApply } from './block.ts';
import { columnOf, conjuncts } from './expressions.ts';
import { type IndexHints, type LogicalPlan, noIndexHints, type PlanColumn } from './logical-plan.ts';
import { apply, applyPending, join, oneRow, select } from './plan-builders.ts';
import { originOf } from './result-columns.ts';
import { FromScope, type Relation, type ScopeColumn } from './scope.ts';

export interface BoundFrom {
  readonly plan: LogicalPlan;
  readonly scope: FromScope;
}

/** Default guess for a table nobody counted yet. */
const UNKNOWN_ROWS = 1_000;
const ROW_ID_NAME = '_tidb_rowid';

export function bindFrom(context: BindContext, block: Block, references: readonly ast.TableReference[]): BoundFrom {
  const first = references[0];
  if (first === undefined) return { plan: oneRow, scope: FromScope.empty };
  let bound = bindReference(context, block, first, undefined);
  for (const reference of references.slice(1)) {
    bound = crossJoin(bound, reference, bindReference(context, block, reference, bound));
  }
  checkUniqueAliases(bound.scope.relations);
  return bound;
}

function crossJoin(left: BoundFrom, reference: ast.TableReference, right: BoundFrom): BoundFrom {
  const scope = left.scope.join(right.scope);
  if (!isLateral(reference)) return { plan: join('inner', left.plan, right.plan, []), scope };
  return { plan: applyJoin(left.plan, right.plan, false, []), scope };
}

function isLateral(reference: ast.TableReference): boolean {
  return (reference.kind === 'derived-table' && reference.lateral) || reference.kind === 'json-table';
}

function applyJoin(
  left: LogicalPlan,
  right: LogicalPlan,
  outer: boolean,
  conditions: readonly Expression[],
): LogicalPlan {
  return apply(left, right, { kind: 'join', outer, conditions }, right.columns);
}

function checkUniqueAliases(relations: readonly Relation[]): void {
  const seen = new Set<string>();
  for (const relation of relations) {
    const key = `${relation.database}\0${relation.alias}`;
    if (seen.has(key)) throw sqlErrors.nonUniqTable(relation.alias);
    seen.add(key);
  }
}

/** `left` is what a LATERAL reference may look at. */
function bindReference(
  context: BindContext,
  block: Block,
  reference: ast.TableReference,
  left: BoundFrom | undefined,
): BoundFrom {
  switch (reference.kind) {
    case 'table':
      return bindTable(context, block, reference);
    case 'derived-table':
      return bindDerived(context, block, reference, left);
    case 'join':
      return bindJoin(context, block, reference, left);
    case 'json-table':
      throw sqlErrors.notSupportedYet('JSON_TABLE');
    default:
      return assertNever(reference);
  }
}

function bindTable(context: BindContext, block: Block, reference: ast.BaseTable): BoundFrom {
  if (reference.asOf !== undefined && context.environment.mayReadPast !== true) {
    throw sqlErrors.invalidAsOf('as of timestamp belongs to a query of its own.');
  }
  const name = reference.table.name.name;
  const alias = reference.alias?.name ?? name;
  if (reference.table.schema === undefined) {
    const cte = findCte(block.ctes, name);
    if (cte !== undefined) return bindCteReference(context, cte, alias);
  }
  const database = reference.table.schema?.name ?? context.environment.currentDatabase;
  if (database === null) throw sqlErrors.noDb();
  const { catalog } = context.environment;
  const virtual = catalog.virtualTable(database, name);
  if (virtual !== undefined) {
    const relation = { alias, database: database.toLowerCase() };
    const { columns, offsets, scope } = tableColumns(context, virtual.info, relation, false);
    return { plan: { kind: 'virtual-source', columns, offsets, database, alias, table: virtual }, scope };
  }
  const table = catalog.table(database, name);
  if (table === undefined) {
    if (!catalog.hasDatabase(database)) throw sqlErrors.badDb(database);
    throw sqlErrors.noSuchTable(database, name);
  }
  if (table.view !== undefined) return bindView(context, table, { alias, database });
  return bindStoredTable(context, table, { alias, database }, indexHints(table, reference.indexHints));
}

/** A table as a DataSource with all its public columns and the hidden row id. */
function bindStoredTable(
  context: BindContext,
  table: TableInfo,
  relation: Relation,
  hints: IndexHints = noIndexHints,
): BoundFrom {
  const { columns, offsets, scope } = tableColumns(context, table, relation, true);
  const plan: LogicalPlan = {
    kind: 'data-source',
    columns,
    offsets,
    database: relation.database,
    alias: relation.alias,
    table,
    conditions: [],
    estimatedRows: context.environment.estimatedRows(table.id) ?? UNKNOWN_ROWS,
    indexHints: hints,
    lock: undefined,
  };
  return { plan, scope };
}

interface TableColumns {
  readonly columns: readonly PlanColumn[];
  readonly offsets: readonly number[];
  readonly scope: FromScope;
}

function tableColumns(context: BindContext, table: TableInfo, relation: Relation, stored: boolean): TableColumns {
  const columns: PlanColumn[] = [];
  const offsets: number[] = [];
  const scopeColumns: ScopeColumn[] = [];
  for (const column of table.columns) {
    if (column.state !== 'public') continue;
    const uid = context.nextUid();
    columns.push({ uid, type: column.type, name: column.name });
    offsets.push(column.offset);
    scopeColumns.push({
      uid,
      type: column.type,
      name: column.name,
      relation,
      origin: originOf(relation.database, table, column),
      hidden: column.invisible,
    });
  }
  if (stored && !table.pkIsHandle && !table.isCommonHandle) {
    const uid = context.nextUid();
    const type = context.rowIdType;
    columns.push({ uid, type, name: ROW_ID_NAME });
    offsets.push(-1);
    scopeColumns.push({ uid, type, name: ROW_ID_NAME, relation, origin: undefined, hidden: true });
  }
  return { columns, offsets, scope: FromScope.of(scopeColumns, relation) };
}

function indexHints(table: TableInfo, hints: readonly ast.IndexHint[]): IndexHints {
  if (hints.length === 0) return noIndexHints;
  const names = (action: ast.IndexHint['action']): string[] | undefined => {
    const chosen = hints.filter((hint) => hint.action === action && (hint.scope ?? 'join') === 'join');
    if (chosen.length === 0) return undefined;
    return chosen.flatMap((hint) => hint.indexes.map((index) => checkIndexName(table, index.name, action)));
  };
  return { use: names('use'), force: names('force'), ignore: names('ignore') ?? [] };
}

function checkIndexName(table: TableInfo, name: string, action: ast.IndexHint['action']): string {
  const wanted = name.toLowerCase();
  const found = table.indexes.find((index) => index.name.toLowerCase() === wanted);
  if (found === undefined && !(wanted === 'primary' && table.pkIsHandle)) {
    throw sqlErrors.keyDoesNotExist(name, table.name);
  }
  // It is there, but was not when the transaction took its snapshot.
  if (found?.state === 'none' && action === 'force') throw sqlErrors.tableDefChanged();
  return wanted;
}

function bindView(context: BindContext, view: TableInfo, relation: Relation): BoundFrom {
  const bound = context.bindView(view, relation.database);
  const names = view.view?.columns ?? [];
  const invalid = sqlErrors.viewInvalid(relation.database, view.name);
  if (names.length > 0 && names.length !== bound.output.length) throw invalid;
  return { plan: bound.plan, scope: derivedScope(bound.output, names, relation) };
}

function bindDerived(
  context: BindContext,
  block: Block,
  reference: ast.DerivedTable,
  left: BoundFrom | undefined,
): BoundFrom {
  const lateralBlock = reference.lateral ? { ...block, scope: left?.scope ?? FromScope.empty } : block.outer;
  const inner = newBlock(lateralBlock, block.ctes);
  const bound = context.bindQuery(reference.query, inner);
  for (const uid of inner.correlated) block.correlated.add(uid);
  if (left !== undefined) for (const column of left.scope.columns) block.correlated.delete(column.uid);
  const relation = { alias: reference.alias.name, database: '' };
  const names = reference.columns.map((column) => column.name);
  if (names.length > 0 && names.length !== bound.output.length) throw sqlErrors.viewWrongList();
  return { plan: bound.plan, scope: derivedScope(bound.output, names, relation) };
}

function derivedScope(output: readonly OutputColumn[], names: readonly string[], relation: Relation): FromScope {
  const seen = new Set<string>();
  const columns = output.map(({ column, name, origin }, i): ScopeColumn => {
    const shown = names[i] ?? name;
    if (seen.has(shown.toLowerCase())) throw sqlErrors.dupFieldName(shown);
    seen.add(shown.toLowerCase());
    return { uid: column.uid, type: column.type, name: shown, relation, origin, hidden: false };
  });
  return FromScope.of(columns, relation);
}

function bindCteReference(context: BindContext, cte: CteBinding, alias: string): BoundFrom {
  cte.definition.references++;
  const relation = { alias, database: '' };
  const output = cte.output.map((item) => ({ ...item, column: { ...item.column, uid: context.nextUid() } }));
  const columns = output.map((item) => item.column);
  return {
    plan: { kind: 'cte-reference', definition: cte.definition, alias, columns },
    scope: derivedScope(output, [], relation),
  };
}

/* ------------------------------------------------------------------ joins */

function bindJoin(
  context: BindContext,
  block: Block,
  reference: ast.Join,
  outerLeft: BoundFrom | undefined,
): BoundFrom {
  const left = bindReference(context, block, reference.left, outerLeft);
  const visibleLeft = outerLeft === undefined ? left : { ...left, scope: outerLeft.scope.join(left.scope) };
  const right = bindReference(context, block, reference.right, visibleLeft);
  const scopes = joinScopes(reference, left.scope, right.scope);
  const applies: PendingApply[] = [];
  const conditions = [...scopes.equalities(context)];
  if (reference.on !== undefined) {
    const onBlock: Block = { ...block, scope: scopes.all };
    const binder = new ExpressionBinder({ context, block: onBlock, clause: 'on clause', applies });
    conditions.push(...conjuncts(binder.bind(reference.on)));
  }
  const plan = joinPlans(reference, left.plan, right.plan, conditions, applies);
  return { plan, scope: scopes.result };
}

function joinPlans(
  reference: ast.Join,
  left: LogicalPlan,
  right: LogicalPlan,
  conditions: readonly Expression[],
  applies: readonly PendingApply[],
): LogicalPlan {
  switch (reference.type) {
    case 'inner':
    case 'cross':
    case 'straight': {
      if (isLateral(reference.right)) return applyJoin(left, right, false, conditions);
      if (applies.length > 0) return select(applyPending(join('inner', left, right, []), applies), conditions);
      return join('inner', left, right, conditions, reference.type === 'straight');
    }
    case 'left':
      if (isLateral(reference.right)) return applyJoin(left, right, true, conditions);
      if (applies.length > 0) throw sqlErrors.notSupportedYet('correlated subquery in the ON clause of an outer join');
      return join('left', left, right, conditions);
    case 'right':
      if (applies.length > 0) throw sqlErrors.notSupportedYet('correlated subquery in the ON clause of an outer join');
      return join('left', right, left, conditions);
    default:
      return assertNever(reference.type);
  }
}

interface JoinScopes {
  /** Both sides, for ON. */
  readonly all: FromScope;
  readonly result: FromScope;
  equalities(context: BindContext): readonly Expression[];
}

function nullableScope(scope: FromScope): FromScope {
  const byColumn = new Map<ScopeColumn, ScopeColumn>();
  for (const column of scope.columns) byColumn.set(column, { ...column, type: { ...column.type, nullable: true } });
  const mapped = (column: ScopeColumn): ScopeColumn => byColumn.get(column) ?? column;
  return new FromScope(scope.columns.map(mapped), scope.visible.map(mapped), scope.relations);
}

function joinScopes(reference: ast.Join, left: FromScope, right: FromScope): JoinScopes {
  const leftAfter = reference.type === 'right' ? nullableScope(left) : left;
  const rightAfter = reference.type === 'left' ? nullableScope(right) : right;
  const names = commonNames(reference, left, right);
  const all = leftAfter.join(rightAfter);
  if (names.length === 0) return { all, result: all, equalities: () => [] };
  const pairs = names.map((name) => ({
    left: columnNamed(left, name, 'from clause'),
    right: columnNamed(right, name, 'from clause'),
  }));
  return {
    all,
    result: coalescedScope(reference, leftAfter, rightAfter, names),
    equalities: (context) => pairs.map((pair) => context.call('=', [columnOf(pair.left), columnOf(pair.right)])),
  };
}

function commonNames(reference: ast.Join, left: FromScope, right: FromScope): readonly string[] {
  if (!reference.natural) return reference.using.map((column) => column.name);
  const onRight = new Set(right.visible.filter((column) => !column.hidden).map((column) => column.name.toLowerCase()));
  return left.visible
    .filter((column) => !column.hidden && onRight.has(column.name.toLowerCase()))
    .map((column) => column.name);
}

function columnNamed(scope: FromScope, name: string, clause: 'from clause'): ScopeColumn {
  const reference: ast.ColumnReference = {
    kind: 'column',
    schema: undefined,
    table: undefined,
    name: { name, quoted: false },
    start: 0,
    end: 0,
  };
  const found = scope.find(reference, clause);
  if (found === undefined) throw sqlErrors.badField(name, clause);
  return found;
}

/** The common columns once and first, from the side that is never NULL-extended; then the rest of both sides. */
function coalescedScope(reference: ast.Join, left: FromScope, right: FromScope, names: readonly string[]): FromScope {
  const lower = new Set(names.map((name) => name.toLowerCase()));
  const isCommon = (column: ScopeColumn): boolean => lower.has(column.name.toLowerCase());
  const kept = reference.type === 'right' ? right : left;
  const order = reference.natural || reference.type !== 'right' ? left : right;
  const common = order.visible.filter(isCommon).map((column) => columnNamed(kept, column.name, 'from clause'));
  const first = reference.type === 'right' ? right : left;
  const second = reference.type === 'right' ? left : right;
  const rest = [...first.visible, ...second.visible].filter((column) => !isCommon(column));
  return new FromScope(
    [...left.columns, ...right.columns],
    [...common, ...rest],
    [...left.relations, ...right.relations],
  );
}
