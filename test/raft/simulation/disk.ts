/**
 * What survives a crash of a simulated node: log, hard state, and the state machine with its applied index. The state
 * is a digest of all that was applied.
 */
import { createHash } from 'node:crypto';
import { type ConfState, type Entry, type HardState, MemoryStorage, type Snapshot } from '../../../raft/index.ts';

export class SimulatedDisk extends MemoryStorage {
  applied = 0;
  digest = '';
  #confState: ConfState;
  #syncedCommit = 0;

  constructor(confState: ConfState) {
    super();
    this.#confState = confState;
  }

  override initialState(): { readonly hardState: HardState; readonly confState: ConfState } {
    return { hardState: super.initialState().hardState, confState: this.#confState };
  }

  override snapshot(): Snapshot {
    const term = this.term(this.applied);
    if (typeof term === 'string') throw new Error(`no term for the applied index ${this.applied}`);
    return { index: this.applied, term, confState: this.#confState, data: Buffer.from(this.digest) };
  }

  get confState(): ConfState {
    return this.#confState;
  }

  write(
    hardState: HardState | undefined,
    entries: readonly Entry[],
    snapshot: Snapshot | undefined,
    sync: boolean,
  ): void {
    if (hardState !== undefined) this.setHardState(hardState);
    if (snapshot !== undefined) this.install(snapshot);
    this.append(entries);
    if (sync || snapshot !== undefined) this.#syncedCommit = super.initialState().hardState.commit;
  }

  install(snapshot: Snapshot): void {
    this.applySnapshot(snapshot);
    this.applied = snapshot.index;
    this.digest = Buffer.from(snapshot.data).toString();
    this.#confState = snapshot.confState;
  }

  apply(entry: Entry, confState: ConfState | undefined): void {
    const hash = createHash('sha1').update(`${this.digest} ${entry.index} ${entry.term} ${entry.type} `);
    this.digest = hash.update(entry.data).digest('base64');
    this.applied = entry.index;
    if (confState !== undefined) this.#confState = confState;
  }

  /** A commit index that was not synced may be lost, even below what is applied. */
  loseUnsynced(): void {
    const { hardState } = super.initialState();
    this.setHardState({ ...hardState, commit: this.#syncedCommit });
  }
}
