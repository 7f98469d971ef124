/** The top layer: picks the grammar by the statement's first words. */

import type { Expression } from './ast.ts';
import { DmlParser } from './dml-parser.ts';
import type { Statement } from './statement.ts';

export class StatementParser extends DmlParser {
  /** Reads all tokens, or throws 1064 at the first that does not fit. */
  wholeStatement(): Statement {
    const statement = this.statement();
    if (!this.atEnd) throw this.unexpected();
    return statement;
  }

  wholeExpression(): Expression {
    const expression = this.expression();
    if (!this.atEnd) throw this.unexpected();
    return expression;
  }

  protected statement(): Statement {
    switch (this.symbol) {
      case 'SELECT':
      case 'TABLE':
      case 'VALUES':
      case '(':
        return this.query();
      case 'WITH':
        return this.#withStatement();
      case 'INSERT':
      case 'REPLACE':
        return this.insert();
      case 'UPDATE':
        return this.update(this.start, undefined);
      case 'DELETE':
        return this.delete(this.start, undefined);
      case 'LOAD':
        return this.loadData();
      default:
        throw this.unexpected();
    }
  }

  /** WITH before a query, UPDATE or DELETE. */
  #withStatement(): Statement {
    const { start } = this;
    const clause = this.withClause();
    if (this.is('UPDATE')) return this.update(start, clause);
    if (this.is('DELETE')) return this.delete(start, clause);
    return this.queryAfterWith(start, clause);
  }
}
