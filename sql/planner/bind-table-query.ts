/** TABLE t: SELECT * FROM t. */

import type * as ast from '../parser/ast.ts';
import type { BindContext } from './bind-context.ts';
import { bindSelect } from './bind-select.ts';
import type { Block, BoundQuery } from './block.ts';

export function bindStoredTableQuery(context: BindContext, block: Block, node: ast.TableQuery): BoundQuery {
  const { start, end } = node;
  const table: ast.BaseTable = {
    kind: 'table',
    table: node.table,
    alias: undefined,
    partitions: [],
    indexHints: [],
    asOf: undefined,
    sample: undefined,
    start,
    end,
  };
  const select: ast.Select = {
    kind: 'select',
    hints: [],
    distinct: false,
    straightJoin: false,
    calcFoundRows: false,
    options: [],
    items: [{ kind: 'wildcard', schema: undefined, table: undefined, start, end }],
    from: [table],
    where: undefined,
    groupBy: undefined,
    having: undefined,
    windows: [],
    start,
    end,
  };
  return bindSelect(context, block, select, { orderBy: [], limit: undefined, locking: [] });
}
