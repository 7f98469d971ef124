import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InterruptibleWaits, type Key, keyOf, NO_TS, realEnv } from '../../../base/index.ts';
import { CatalogSnapshot } from '../../../sql/catalog/catalog-snapshot.ts';
import {
  type IsolationLevel,
  type TransactionCharacteristics,
  TransactionControl,
} from '../../../sql/session/transaction-control.ts';
import { transactionFailure } from '../../../sql/session/transaction-errors.ts';
import { type Storage, TransactionError } from '../../../tikv-lite/index.ts';
import { openCluster, text } from '../../tikv-lite/client/cluster.ts';

const A = keyOf('a');
const B = keyOf('b');
const NO_SCHEMA = new CatalogSnapshot(0, NO_TS, new Map(), new Map());

class Settings {
  isAutocommit = true;
  current: TransactionCharacteristics = { isolation: 'REPEATABLE-READ', readOnly: false };
  autocommit = (): boolean => this.isAutocommit;
  defaults = (): TransactionCharacteristics => this.current;
  lockWaitTimeoutMs = (): number => 0;
  checkInterrupted = (): void => undefined;
  readonly waits = new InterruptibleWaits(realEnv.timers);
  schema = (): CatalogSnapshot => NO_SCHEMA;
  reads = (): undefined => undefined;
  readonly over: object[] = [];
  ended = (transaction: object): void => void this.over.push(transaction);
}

interface Fixture {
  readonly storage: Storage;
  readonly settings: Settings;
  readonly control: TransactionControl;
}

async function open(isolation: IsolationLevel = 'REPEATABLE-READ'): Promise<Fixture> {
  const { storage } = await openCluster();
  const settings = new Settings();
  settings.current = { isolation, readOnly: false };
  return { storage, settings, control: new TransactionControl(storage, settings) };
}

async function put(control: TransactionControl, key: Key, value: string): Promise<void> {
  const transaction = await control.writable();
  await transaction.lockKeys([key], { forUpdateTs: await control.forUpdateTs(), waitTimeoutMs: 0 });
  transaction.put(key, Buffer.from(value));
}

/** One statement that writes. */
async function write(control: TransactionControl, key: Key, value: string): Promise<void> {
  control.startStatement();
  await put(control, key, value);
  await control.finishStatement();
}

/** One statement that reads. */
async function read(control: TransactionControl, key: Key): Promise<string | undefined> {
  control.startStatement();
  const reader = await control.consistentReader();
  const value = text(await reader.get(key));
  await control.finishStatement();
  return value;
}

async function committed(storage: Storage, key: Key): Promise<string | undefined> {
  return text(await storage.getLatest(key));
}

test('with autocommit each statement is durable by itself', async () => {
  const { storage, control } = await open();
  await write(control, A, '1');
  assert.equal(await committed(storage, A), '1');
  assert.equal(control.inTransaction, false);
  assert.equal(await read(control, A), '1');
});

test('BEGIN keeps changes private until COMMIT; ROLLBACK drops them', async () => {
  const { storage, control } = await open();
  await control.start({ snapshot: false });
  assert.equal(control.inTransaction, true);
  await write(control, A, '1');
  assert.equal(await read(control, A), '1');
  assert.equal(await committed(storage, A), undefined);
  await control.commit();
  assert.equal(await committed(storage, A), '1');
  await control.start({ snapshot: false });
  await write(control, A, '2');
  await control.rollback();
  assert.equal(await committed(storage, A), '1');
  assert.equal(control.inTransaction, false);
});

test('autocommit=0: a transaction begins with the first statement that touches data', async () => {
  const { storage, settings, control } = await open();
  settings.isAutocommit = false;
  assert.equal(control.inTransaction, false);
  await write(control, A, '1');
  assert.equal(control.inTransaction, true);
  assert.equal(await committed(storage, A), undefined);
  await control.commit();
  assert.equal(await committed(storage, A), '1');
});

test('REPEATABLE READ reads one snapshot, READ COMMITTED the newest each time', async () => {
  for (const isolation of ['REPEATABLE-READ', 'READ-COMMITTED'] as const) {
    const { storage, control } = await open(isolation);
    const other = new TransactionControl(storage, new Settings());
    await write(other, A, 'old');
    await control.start({ snapshot: false });
    assert.equal(await read(control, A), 'old');
    await write(other, A, 'new');
    assert.equal(await read(control, A), isolation === 'READ-COMMITTED' ? 'new' : 'old');
    await write(control, B, 'own');
    assert.equal(await read(control, B), 'own');
    await control.rollback();
  }
});

test('WITH CONSISTENT SNAPSHOT fixes the snapshot before the first read', async () => {
  const { storage, control } = await open();
  const other = new TransactionControl(storage, new Settings());
  await write(other, A, 'old');
  await control.start({ snapshot: true });
  await write(other, A, 'new');
  assert.equal(await read(control, A), 'old');
});

test('a failed statement is undone, the transaction goes on', async () => {
  const { storage, control } = await open();
  await control.start({ snapshot: false });
  await write(control, A, '1');
  control.startStatement();
  await put(control, A, 'wrong');
  await put(control, B, 'wrong');
  await control.rollbackStatement();
  assert.equal(await read(control, A), '1');
  assert.equal(await read(control, B), undefined);
  await control.commit();
  assert.equal(await committed(storage, A), '1');
});

test('the first statement of a transaction can be undone too', async () => {
  const { storage, control } = await open();
  await control.start({ snapshot: false });
  control.startStatement();
  await put(control, A, 'wrong');
  await control.rollbackStatement();
  await control.commit();
  assert.equal(await committed(storage, A), undefined);
});

test('savepoints nest, are replaced by name, and 1305 names a missing one', async () => {
  const { storage, control } = await open();
  await control.start({ snapshot: false });
  control.savepoint('start');
  await write(control, A, '1');
  control.savepoint('One');
  await write(control, A, '2');
  control.savepoint('two');
  await write(control, A, '3');
  control.rollbackToSavepoint('TWO');
  assert.equal(await read(control, A), '2');
  control.rollbackToSavepoint('one');
  assert.equal(await read(control, A), '1');
  assert.throws(() => control.rollbackToSavepoint('two'), { errno: 1305, message: 'SAVEPOINT two does not exist' });
  control.rollbackToSavepoint('start');
  assert.equal(await read(control, A), undefined);
  control.releaseSavepoint('start');
  assert.throws(() => control.releaseSavepoint('one'), { errno: 1305 });
  await write(control, B, 'kept');
  await control.commit();
  assert.equal(await committed(storage, A), undefined);
  assert.equal(await committed(storage, B), 'kept');
  control.startStatement();
  assert.throws(() => control.rollbackToSavepoint('start'), { errno: 1305 });
});

test('a statement that met a conflict runs again on newer data', async () => {
  const { storage, control } = await open();
  const other = new TransactionControl(storage, new Settings());
  await control.start({ snapshot: true });
  control.startStatement();
  const first = await control.forUpdateTs();
  await write(other, A, 'theirs');
  const transaction = await control.writable();
  await assert.rejects(
    async () => transaction.lockKeys([A], { forUpdateTs: first, waitTimeoutMs: 0 }),
    (error) => error instanceof TransactionError && error.kind === 'write-conflict',
  );
  control.prepareRedo();
  const second = await control.forUpdateTs();
  assert.ok(second > first);
  await transaction.lockKeys([A], { forUpdateTs: second, waitTimeoutMs: 0 });
  assert.equal(text(await transaction.currentReader(second).get(A)), 'theirs');
  await control.rollback();
});

test('READ ONLY refuses writes with 1792; SET TRANSACTION is for the next one only', async () => {
  const { control } = await open();
  await control.start({ snapshot: false, readOnly: true });
  assert.equal(control.isReadOnly, true);
  control.startStatement();
  assert.throws(() => control.writable(), { errno: 1792 });
  await control.commit();
  control.setNext({ readOnly: true });
  await control.start({ snapshot: false });
  assert.throws(() => control.writable(), { errno: 1792 });
  assert.throws(() => control.setNext({ readOnly: false }), { errno: 1568 });
  await control.rollback();
  await control.start({ snapshot: false });
  await write(control, A, '1');
  await control.rollback();
});

test('AND CHAIN begins the next transaction like the last', async () => {
  const { control } = await open();
  await control.start({ snapshot: false, readOnly: true });
  const previous = control.characteristics();
  await control.commit();
  control.startLike(previous);
  assert.equal(control.inTransaction, true);
  assert.equal(control.isReadOnly, true);
  await control.rollback();
});

test('storage errors become MySQL errors', () => {
  const failure = (kind: TransactionError['kind']): readonly [number, boolean] => {
    const { error, endsTransaction } = transactionFailure(new TransactionError(kind, ''), false);
    return [error.errno, endsTransaction];
  };
  assert.deepEqual(failure('deadlock'), [1213, true]);
  assert.deepEqual(failure('write-conflict'), [1213, true]);
  assert.deepEqual(failure('lock-wait-timeout'), [1205, false]);
  assert.deepEqual(failure('lock-not-available'), [3572, false]);
  assert.deepEqual(failure('disk-full'), [1021, true]);
});
