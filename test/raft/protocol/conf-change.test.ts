import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  asConfChangeV2,
  type ConfChange,
  type ConfChangeSingle,
  type ConfChangeTransition,
  type ConfChangeV2,
  decodeConfChange,
  describeConfChanges,
  encodeConfChange,
  parseConfChanges,
} from '../../../raft/index.ts';
import { bytes, handleReady, makePeer, type Peer } from './harness.ts';

const single = fc.record<ConfChangeSingle>(
  {
    type: fc.constantFrom('AddNode', 'RemoveNode', 'AddLearnerNode', 'UpdateNode'),
    nodeId: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  },
  { noNullPrototype: true },
);
const context = fc.uint8Array({ maxLength: 300 });

test('conf changes survive encoding', () => {
  const v1 = fc
    .tuple(single, context)
    .map(([change, ctx]): ConfChange => ({ kind: 'ConfChange', ...change, context: ctx }));
  const v2 = fc
    .tuple(fc.constantFrom<ConfChangeTransition>('Auto', 'JointImplicit', 'JointExplicit'), fc.array(single), context)
    .map(([transition, changes, ctx]): ConfChangeV2 => ({ kind: 'ConfChangeV2', transition, changes, context: ctx }));
  fc.assert(
    fc.property(fc.oneof(v1, v2), (change) => assert.deepEqual(decodeConfChange(encodeConfChange(change)), change)),
  );
});

test('the bytes are those of eraftpb', () => {
  const add: ConfChange = { kind: 'ConfChange', type: 'AddLearnerNode', nodeId: 300, context: bytes('c') };
  assert.equal(Buffer.from(encodeConfChange(add).data).toString('hex'), '100218ac02220163');
  const { type, data } = encodeConfChange(asConfChangeV2(add));
  assert.equal(type, 'EntryConfChangeV2');
  assert.equal(Buffer.from(data).toString('hex'), '1205080210ac021a0163');
});

test('truncated bytes are refused', () => {
  assert.throws(() => decodeConfChange({ type: 'EntryConfChangeV2', data: bytes('\x12\x05\x08') }), /inside a field/);
});

test('the text form is read back', () => {
  fc.assert(
    fc.property(fc.array(single), (changes) =>
      assert.deepEqual(parseConfChanges(describeConfChanges(changes)), changes),
    ),
  );
});

function lead(settings = {}): Peer {
  const peer = makePeer(1, [1], settings);
  peer.node.campaign();
  while (peer.node.hasReady()) handleReady(peer);
  return peer;
}

function change(transition: ConfChangeTransition, text: string): ConfChangeV2 {
  const changes = parseConfChanges(text);
  assert.ok(!('unknown' in changes));
  return { kind: 'ConfChangeV2', transition, changes, context: bytes('') };
}

test('a second conf change before the first is applied becomes an empty entry', () => {
  const { node } = lead();
  node.proposeConfChange(change('Auto', 'l2'));
  assert.equal(node.hasPendingConfChange, true);
  node.proposeConfChange(change('Auto', 'l3'));
  const types = node.ready().entries.map(({ type }) => type);
  assert.deepEqual(types, ['EntryConfChangeV2', 'EntryNormal']);
});

test('with disableConfChangeValidation the host is trusted', () => {
  const { node } = lead({ disableConfChangeValidation: true });
  node.proposeConfChange(change('Auto', 'l2'));
  node.proposeConfChange(change('Auto', 'l3'));
  const types = node.ready().entries.map(({ type }) => type);
  assert.deepEqual(types, ['EntryConfChangeV2', 'EntryConfChangeV2']);
});

test('an automatic joint change is left by the leader itself as soon as it is applied', () => {
  const peer = lead();
  peer.node.proposeConfChange(change('JointImplicit', 'l2'));
  for (let i = 0; i < 10 && peer.node.hasReady(); i++) {
    const ready = peer.node.ready();
    peer.storage.append(ready.entries);
    for (const entry of ready.committedEntries) {
      const decoded = decodeConfChange(entry);
      if (decoded !== undefined) peer.node.applyConfChange(decoded);
    }
    peer.node.advance();
  }
  const { config } = peer.node.status();
  assert.deepEqual([...config.voters.incoming], [1]);
  assert.equal(config.voters.outgoing.size, 0);
  assert.deepEqual([...config.learners], [2]);
});

test('an explicit joint change stays until an empty one is applied', () => {
  const { node } = lead();
  const joint = node.applyConfChange(change('JointExplicit', 'v2 v3 l1'));
  assert.deepEqual(joint, { voters: [2, 3], votersOutgoing: [1], learners: [], learnersNext: [1], autoLeave: false });
  const left = node.applyConfChange(change('Auto', ''));
  assert.deepEqual(left, { voters: [2, 3], votersOutgoing: [], learners: [1], learnersNext: [], autoLeave: false });
});

test('applying an impossible change is a broken invariant', () => {
  const { node } = lead();
  assert.throws(() => node.applyConfChange(change('Auto', 'r1')), /removed all voters/);
});
