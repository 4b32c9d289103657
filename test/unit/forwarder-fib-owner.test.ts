import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatIpv4, parseIpv4 } from '../../src/base/ipv4.js';
import { type Prefix, parsePrefix } from '../../src/base/prefix.js';
import { SharedRing } from '../../src/base/ring.js';
import { allocateEpochs, Epochs } from '../../src/fib/epoch.js';
import { GroupWriter } from '../../src/fib/group-writer.js';
import { allocateGroups, BUCKETS, bucketPath, GroupTable, repairPath } from '../../src/fib/next-hop-group.js';
import { allocatePoptrie, Poptrie } from '../../src/fib/poptrie.js';
import { PoptrieWriter } from '../../src/fib/poptrie-writer.js';
import { AdjacencyTable, KIND_CONNECTED, KIND_NEIGHBOR } from '../../src/forward/adjacency.js';
import { AdjacencyRegistry } from '../../src/forward/adjacency-registry.js';
import { FibOwner, type RefusedRoute } from '../../src/forward/fib-owner.js';
import { GroupRegistry } from '../../src/forward/group-registry.js';
import { MAILBOX_BYTES, Mailbox } from '../../src/forward/mailbox.js';
import type { Path, RouteRequest } from '../../src/forward/messages.js';
import { WorkerStatus } from '../../src/forward/worker-status.js';
import { lookup } from '../support/fib-lookup.js';

const CAPACITY = { routes: 4, hosts: 0 };
const LINKS: { readonly [name: string]: number } = { eth1: 1, eth2: 2 };

function address(text: string): number {
  const parsed = parseIpv4(text);
  assert.notEqual(parsed, undefined, text);
  return parsed ?? 0;
}

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
}

function via(link: string, neighbor: string): Path {
  return { kind: 'neighbor', link, via: address(neighbor) };
}

function route(text: string, paths: readonly Path[], repair?: Path): RouteRequest {
  return { prefix: prefix(text), paths, repair };
}

function fib() {
  const epochs = new Epochs(allocateEpochs(1));
  const groupMemory = allocateGroups(64);
  const trieMemory = allocatePoptrie({ nodes: 1024, leaves: 8192 });
  const table = new AdjacencyTable(new SharedArrayBuffer(AdjacencyTable.bytes(CAPACITY)), CAPACITY);
  const mailMemory = new SharedArrayBuffer(SharedRing.bytesFor(MAILBOX_BYTES));
  const status = new WorkerStatus(WorkerStatus.allocate());
  const mailbox = new Mailbox(new SharedRing(mailMemory), status, () => {});
  const registry = new AdjacencyRegistry(table, mailbox, (name) => LINKS[name]);
  const writer = new PoptrieWriter(trieMemory, epochs);
  const owner = new FibOwner(writer, new GroupRegistry(new GroupWriter(groupMemory, epochs), registry));
  const trie = new Poptrie(trieMemory);
  const groups = new GroupTable(groupMemory);
  const ring = new SharedRing(mailMemory);
  return {
    owner,
    registry,
    table,
    groupOf: (text: string) => lookup(trie, address(text)),
    firstPath: (text: string) => bucketPath(groups, lookup(trie, address(text)), 0),
    buckets: (text: string) =>
      Array.from({ length: BUCKETS }, (_, bucket) => bucketPath(groups, lookup(trie, address(text)), bucket)),
    repairOf: (text: string) => repairPath(groups, lookup(trie, address(text))),
    work: () => {
      for (; ring.peek(); ring.pop()) status.handled++;
      mailbox.settle();
    },
  };
}

test('a route reaches the lookup with its adjacency', () => {
  const { owner, table, firstPath, repairOf } = fib();
  const refused = owner.change([route('10.0.0.0/8', [via('eth1', '1.0.0.1')], via('eth2', '2.0.0.1'))], []);
  assert.deepEqual(refused, []);
  const path = firstPath('10.1.2.3');
  assert.equal(table.kind[path], KIND_NEIGHBOR);
  assert.equal(table.link[path], 1);
  assert.equal(table.address[path], address('1.0.0.1'));
  assert.equal(table.link[repairOf('10.1.2.3')], 2);
});

test('routes with the same paths share one group, whose adjacencies go with the last of them', () => {
  const { owner, registry, groupOf } = fib();
  owner.change([route('10.0.0.0/8', [via('eth1', '1.0.0.1')]), route('11.0.0.0/8', [via('eth1', '1.0.0.1')])], []);
  assert.equal(groupOf('10.0.0.1'), groupOf('11.0.0.1'));
  assert.deepEqual([owner.routeCount, owner.groupCount, registry.size], [2, 1, 1]);
  owner.change([], [prefix('10.0.0.0/8')]);
  assert.deepEqual([owner.routeCount, owner.groupCount, registry.size], [1, 1, 1]);
  owner.change([], [prefix('11.0.0.0/8'), prefix('11.0.0.0/8'), prefix('12.0.0.0/8')]);
  assert.deepEqual([owner.routeCount, owner.groupCount, registry.size], [0, 0, 0]);
  assert.equal(groupOf('11.0.0.1'), 0);
});

test('a changed route lets go of its old next hop', () => {
  const { owner, registry, table, firstPath } = fib();
  owner.change([route('10.0.0.0/8', [via('eth1', '1.0.0.1')])], []);
  owner.change([route('10.0.0.0/8', [{ kind: 'connected', link: 'eth2' }])], []);
  assert.equal(table.kind[firstPath('10.0.0.1')], KIND_CONNECTED);
  assert.equal(registry.size, 1);
});

test('when all routes of a group move together the group is redirected, and no leaf changes', () => {
  const { owner, registry, table, groupOf, firstPath, work } = fib();
  const both = (hop: string) => ['10.0.0.0/8', '11.0.0.0/8'].map((text) => route(text, [via('eth1', hop)]));
  owner.change([...both('1.0.0.1'), route('12.0.0.0/8', [via('eth2', '2.0.0.1')])], []);
  const group = groupOf('10.0.0.1');
  for (const hop of ['1.0.0.2', '1.0.0.3', '1.0.0.1']) {
    assert.deepEqual(owner.change(both(hop), []), []);
    assert.deepEqual([groupOf('10.0.0.1'), groupOf('11.0.0.1')], [group, group]);
    assert.equal(table.address[firstPath('11.0.0.1')], address(hop));
    assert.deepEqual(owner.lookup(address('11.0.0.1'))?.paths, [firstPath('11.0.0.1')]);
    assert.deepEqual([owner.groupCount, registry.size], [2, 2]);
    work();
  }
  // Both groups lead to the same now, and each can still go its own way.
  owner.change(
    both('2.0.0.1').map(({ prefix }) => ({ prefix, paths: [via('eth2', '2.0.0.1')], repair: undefined })),
    [],
  );
  assert.equal(firstPath('10.0.0.1'), firstPath('12.0.0.1'));
  owner.change([], [prefix('12.0.0.0/8')]);
  owner.change([], [prefix('10.0.0.0/8'), prefix('11.0.0.0/8')]);
  assert.deepEqual([owner.groupCount, registry.size], [0, 0]);
});

test('the default route has no leaf: it is set, moved, refused and removed in group 0', () => {
  const { owner, registry, table, groupOf, firstPath, repairOf, work } = fib();
  const everything = (...paths: readonly Path[]) => route('0.0.0.0/0', paths, via('eth2', '2.0.0.9'));
  owner.change([everything(via('eth1', '1.0.0.1')), route('10.0.0.0/8', [via('eth2', '2.0.0.1')])], []);
  assert.equal(groupOf('200.0.0.1'), 0);
  assert.equal(table.address[firstPath('200.0.0.1')], address('1.0.0.1'));
  assert.equal(table.address[repairOf('200.0.0.1')], address('2.0.0.9'));
  assert.equal(table.address[firstPath('10.0.0.1')], address('2.0.0.1'));
  owner.change([everything(via('eth1', '1.0.0.2'))], []);
  work();
  assert.equal(table.address[firstPath('200.0.0.1')], address('1.0.0.2'));
  assert.deepEqual([owner.routeCount, registry.size], [2, 3]);
  assert.deepEqual(owner.change([everything(via('eth9', '9.0.0.1'))], []), [
    { prefix: prefix('0.0.0.0/0'), reason: 'no usable path' },
  ]);
  assert.equal(table.address[firstPath('200.0.0.1')], address('1.0.0.2'));
  owner.nextGeneration();
  owner.change([route('10.0.0.0/8', [via('eth2', '2.0.0.1')])], []);
  assert.equal(owner.sweep(), 1);
  assert.deepEqual([firstPath('200.0.0.1'), repairOf('200.0.0.1'), owner.routeCount, registry.size], [0, 0, 1, 1]);
  owner.change([everything(via('eth1', '1.0.0.1'))], [prefix('0.0.0.0/0')]);
  assert.equal(owner.lookup(address('200.0.0.1')), undefined);
});

test('a route that moves without the others of its group leaves them where they are', () => {
  const { owner, table, firstPath } = fib();
  owner.change([route('10.0.0.0/8', [via('eth1', '1.0.0.1')]), route('11.0.0.0/8', [via('eth1', '1.0.0.1')])], []);
  const moved = route('10.0.0.0/8', [via('eth1', '1.0.0.2')]);
  owner.change([moved, moved], []);
  assert.equal(table.address[firstPath('10.0.0.1')], address('1.0.0.2'));
  assert.equal(table.address[firstPath('11.0.0.1')], address('1.0.0.1'));
});

test('flows on the paths that stay keep their path when another path goes', () => {
  const { owner, buckets, work } = fib();
  const three = [via('eth1', '1.0.0.1'), via('eth1', '1.0.0.2'), via('eth2', '2.0.0.1')];
  owner.change([route('10.0.0.0/8', three)], []);
  const before = buckets('10.0.0.1');
  owner.change([route('10.0.0.0/8', three.slice(0, 2))], []);
  work();
  const after = buckets('10.0.0.1');
  const kept = new Set(after);
  assert.equal(kept.size, 2);
  before.forEach((path, bucket) => {
    if (kept.has(path)) assert.equal(after[bucket], path);
  });
});

test('an adjacency index is used again only after the worker has let go of it', () => {
  const { owner, work, firstPath } = fib();
  const hop = (index: number) => route('10.0.0.0/8', [via('eth1', `1.0.0.${index}`)]);
  owner.change([hop(1)], []);
  const first = firstPath('10.0.0.1');
  for (let index = 2; index <= CAPACITY.routes; index++) owner.change([hop(index)], []);
  assert.deepEqual(owner.change([hop(9)], []), [{ prefix: prefix('10.0.0.0/8'), reason: 'no usable path' }]);
  work();
  assert.deepEqual(owner.change([hop(10)], []), []);
  assert.notEqual(firstPath('10.0.0.1'), 0);
  work();
  owner.change([hop(11)], []);
  assert.ok(firstPath('10.0.0.1') <= CAPACITY.routes);
  assert.equal(first, 1);
});

test('a path over an unknown link is left out; a route without any other is refused and changes nothing', () => {
  const { owner, registry, firstPath, table } = fib();
  owner.change([route('10.0.0.0/8', [via('eth9', '9.0.0.1'), via('eth2', '2.0.0.1')])], []);
  assert.equal(table.link[firstPath('10.0.0.1')], 2);
  const refused = owner.change([route('10.0.0.0/8', [via('eth9', '9.0.0.1')])], []);
  assert.deepEqual(refused, [{ prefix: prefix('10.0.0.0/8'), reason: 'no usable path' }]);
  assert.equal(table.link[firstPath('10.0.0.1')], 2);
  assert.equal(registry.size, 1);
});

test('a sweep removes what the present controller has not asked for again', () => {
  const { owner, groupOf } = fib();
  const ten = route('10.0.0.0/8', [via('eth1', '1.0.0.1')]);
  const eleven = route('11.0.0.0/8', [via('eth2', '2.0.0.1')]);
  owner.nextGeneration();
  owner.change([ten, eleven], []);
  owner.nextGeneration();
  assert.notEqual(groupOf('11.0.0.1'), 0);
  assert.equal(owner.lookup(address('11.0.0.1'))?.stale, true);
  owner.change([ten], []);
  assert.equal(owner.sweep(), 1);
  assert.notEqual(groupOf('10.0.0.1'), 0);
  assert.equal(groupOf('11.0.0.1'), 0);
  assert.equal(owner.sweep(), 0);
});

test('routes of any length are stale after a new controller has come, and are swept once', () => {
  const { owner, registry } = fib();
  const texts = ['0.0.0.0/0', '128.0.0.0/1', '10.0.0.0/18', '10.0.64.0/19', '255.255.255.255/32', '10.0.0.0/24'];
  owner.change(
    texts.map((text) => route(text, [via('eth1', '1.0.0.1')])),
    [],
  );
  for (let generation = 0; generation < 2; generation++) owner.nextGeneration();
  for (const text of texts) assert.equal(owner.lookup(prefix(text).address)?.stale, true, text);
  assert.equal(owner.routeCount, 6);
  owner.change([route('10.0.64.0/19', [via('eth2', '2.0.0.1')]), route('0.0.0.0/0', [via('eth1', '1.0.0.1')])], []);
  assert.equal(owner.lookup(address('10.0.64.1'))?.stale, false);
  assert.deepEqual([owner.sweep(), owner.sweep()], [4, 0]);
  assert.deepEqual([owner.routeCount, owner.groupCount, registry.size], [2, 1, 2]);
});

test('of several requests for a prefix the last one counts, and a removal more than all', () => {
  const { owner, registry, table, firstPath, groupOf } = fib();
  const [first, second] = ['1.0.0.1', '1.0.0.2'].map((hop) => route('10.0.0.0/24', [via('eth1', hop)]));
  const other = route('11.0.0.0/24', [via('eth2', '2.0.0.1')]);
  owner.change([first, other, second], []);
  assert.equal(table.address[firstPath('10.0.0.1')], address('1.0.0.2'));
  assert.deepEqual([owner.routeCount, owner.groupCount, registry.size], [2, 2, 2]);
  owner.change([first, other, first], [other.prefix, prefix('12.0.0.0/8'), other.prefix]);
  assert.deepEqual([groupOf('11.0.0.1'), owner.routeCount, owner.groupCount, registry.size], [0, 1, 1, 1]);
});

test('the longest match is found for show', () => {
  const { owner, groupOf } = fib();
  owner.change(
    [
      route('0.0.0.0/0', [via('eth1', '1.0.0.1')]),
      route('10.0.0.0/8', [via('eth2', '2.0.0.1')]),
      route('10.0.0.7/32', [{ kind: 'deliver' }]),
    ],
    [],
  );
  for (const [of, expected] of [
    ['10.0.0.7', '10.0.0.7/32'],
    ['10.0.0.8', '10.0.0.0/8'],
    ['200.0.0.1', '0.0.0.0/0'],
  ] as const) {
    const entry = owner.lookup(address(of));
    assert.deepEqual(entry?.prefix, prefix(expected));
    assert.equal(entry?.group, groupOf(of));
  }
});

test('what a full FIB has no room for is refused, and keeps what it had', () => {
  const { owner, table, firstPath, groupOf } = fib();
  const fill = (first: number) =>
    Array.from({ length: 256 }, (_, index) => route(`10.${first}.${index}.128/25`, [via('eth1', '1.0.0.1')]));
  let refused: readonly RefusedRoute[] = [];
  for (let first = 0; first < 256 && refused.length === 0; first++) refused = owner.change(fill(first), []);
  assert.notEqual(refused.length, 0);
  for (const { prefix: full, reason } of refused) {
    assert.equal(reason, 'FIB memory exhausted');
    assert.equal(groupOf(formatIpv4(full.address)), 0);
  }
  assert.equal(table.address[firstPath('10.0.0.129')], address('1.0.0.1'));
});
