/** Prepared statements of a session: those of the protocol by number, those of PREPARE by name. */

import { type FieldType, sqlErrors } from '../../engine/index.ts';
import type { Statement } from '../parser/statement.ts';
import { MAX_PREPARED_STATEMENTS } from './limits.ts';
import type { ExecutablePlan } from './session-context.ts';

export interface PreparedStatement {
  readonly statement: Statement;
  /** UTF-8, its own copy. */
  readonly source: Buffer;
  readonly parameterCount: number;
  /** The last plan and what it was made for. */
  plan: PlanFor | undefined;
}

export interface PlanFor {
  readonly plan: ExecutablePlan;
  readonly schemaVersion: number;
  readonly database: string | null;
  readonly sqlMode: string;
  readonly collation: string;
  readonly coprocessor: string;
  readonly types: readonly FieldType[];
}

export class PreparedStatements {
  readonly #byId = new Map<number, PreparedStatement>();
  readonly #byName = new Map<string, PreparedStatement>();
  #nextId = 1;

  #checkCount(): void {
    if (this.#byId.size + this.#byName.size >= MAX_PREPARED_STATEMENTS) {
      throw sqlErrors.maxPreparedStmtCountReached(MAX_PREPARED_STATEMENTS);
    }
  }

  add(prepared: PreparedStatement): number {
    this.#checkCount();
    const id = this.#nextId++;
    this.#byId.set(id, prepared);
    return id;
  }

  /** Throws 1243. */
  get(id: number): PreparedStatement {
    const prepared = this.#byId.get(id);
    if (prepared === undefined) throw sqlErrors.unknownStatementHandler(String(id), 'mysqld_stmt_execute');
    return prepared;
  }

  delete(id: number): void {
    this.#byId.delete(id);
  }

  /** PREPARE: replaces a statement of the same name. */
  addNamed(name: string, prepared: PreparedStatement): void {
    this.#byName.delete(name.toLowerCase());
    this.#checkCount();
    this.#byName.set(name.toLowerCase(), prepared);
  }

  /** Throws 1243. */
  named(name: string, command: 'EXECUTE' | 'DEALLOCATE PREPARE'): PreparedStatement {
    const prepared = this.#byName.get(name.toLowerCase());
    if (prepared === undefined) throw sqlErrors.unknownStatementHandler(name, command);
    return prepared;
  }

  /** Throws 1243. */
  deleteNamed(name: string): void {
    this.named(name, 'DEALLOCATE PREPARE');
    this.#byName.delete(name.toLowerCase());
  }

  clear(): void {
    this.#byId.clear();
    this.#byName.clear();
  }
}

/** The number of `?` in a statement: one more than the largest index. */
export function countParameters(statement: Statement): number {
  let count = 0;
  const pending: unknown[] = [statement];
  while (pending.length > 0) {
    const node = pending.pop();
    if (typeof node !== 'object' || node === null || node instanceof Uint8Array) continue;
    if ('kind' in node && node.kind === 'parameter' && 'index' in node) count = Math.max(count, Number(node.index) + 1);
    else for (const child of Object.values(node)) if (typeof child === 'object') pending.push(child);
  }
  return count;
}
