/** Why a store cannot be opened or go on; for the operator. */

export type StoreErrorKind =
  /** Durable data does not read back as it was written. */
  | 'corrupt'
  /** A newer build wrote this directory. */
  | 'format-too-new'
  /** Another process uses this directory. */
  | 'locked'
  /** The directory belongs to another store or cluster, or is not a store at all. */
  | 'mismatch';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly kind: StoreErrorKind;
  constructor(kind: StoreErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
