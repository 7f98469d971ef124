/** The words scenarios are written in: what each session does, and what it is answered. */

export interface Step {
  readonly session: string;
  /** `$ID(b)` stands for the connection id of session b. */
  readonly sql: string;
  /** Rows as arrays of text, for statements that answer rows. */
  readonly rows?: readonly (readonly (string | null)[])[];
  readonly affected?: number;
  /** `$DATABASE` stands for the name of the database. */
  readonly error?: { readonly errno: number; readonly message: string };
  /** It waits for a lock; a later step with the same `finishes` name says what comes of it. */
  readonly waitsAs?: string;
  /** Nothing is sent: the statement that waited under this name ends now, as this step says. */
  readonly finishes?: string;
}

export interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** Statements of one session. */
export const in_ = (session: string) => ({
  ok: (sql: string, affected?: number): Step => ({ session, sql, ...(affected === undefined ? {} : { affected }) }),
  rows: (sql: string, ...rows: readonly (readonly (string | null)[])[]): Step => ({ session, sql, rows }),
  fails: (sql: string, error: Step['error']): Step => ({ session, sql, ...(error === undefined ? {} : { error }) }),
  waits: (waitsAs: string, sql: string): Step => ({ session, sql, waitsAs }),
});
/** What comes of a statement that waited. */
export const finished = (name: string, outcome: Pick<Step, 'rows' | 'affected' | 'error'> = {}): Step => ({
  session: '',
  sql: '',
  finishes: name,
  ...outcome,
});
