/** OK results of writes: counts and MySQL's info strings. */

import type { OkResult } from '../server/session-port.ts';
import type { StatementOutcome } from '../session/session-context.ts';

export function okOutcome(result: Partial<OkResult>): StatementOutcome {
  return { kind: 'ok', result: { affectedRows: 0, lastInsertId: 0, warnings: 0, info: '', ...result } };
}
