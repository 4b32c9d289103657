import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseIpv4 } from '../../src/base/ipv4.js';
import { parsePrefix } from '../../src/base/prefix.js';
import { allocateEpochs, Epochs } from '../../src/fib/epoch.js';
import { popcount } from '../../src/fib/ones.js';
import { allocatePoptrie, CHILDREN, LEAFVEC, LEAVES, Poptrie, VECTOR } from '../../src/fib/poptrie.js';
import { PoptrieWriter } from '../../src/fib/poptrie-writer.js';
import { applyChanges, type FibChange } from '../support/fib-change.js';
import { lookup } from '../support/fib-lookup.js';

function newFib(capacity = { nodes: 1024, leaves: 4096 }, maxPrefixes?: number) {
  const memory = allocatePoptrie(capacity);
  const epochs = new Epochs(allocateEpochs(1));
  return { trie: new Poptrie(memory), epochs, writer: new PoptrieWriter(memory, epochs, maxPrefixes) };
}

function route(text: string, group: number): FibChange {
  const prefix = parsePrefix(text);
  assert.ok(prefix, text);
  return { ...prefix, group };
}

function set(writer: PoptrieWriter, text: string, group: number): boolean {
  const { address, length } = route(text, group);
  return writer.set(address, length, group);
}

function groupTo(trie: Poptrie, text: string): number {
  const address = parseIpv4(text);
  assert.ok(address !== undefined, text);
  return lookup(trie, address);
}

/** Where the leaf of an address under nodes lies at this moment, as a reader in the middle of a lookup knows it. */
function leafIndex(trie: Poptrie, address: number): number {
  let at = trie.direct[address >>> 14];
  for (let rest = address << 18; ; rest <<= 6) {
    const half = at + (rest < 0 ? 4 : 0);
    const below = (1 << (rest >>> 26)) - 1;
    const vector = trie.nodes[half + VECTOR];
    if (((vector >>> (rest >>> 26)) & 1) === 0) {
      return trie.nodes[half + LEAVES] + popcount(trie.nodes[half + LEAFVEC] & below);
    }
    at = trie.nodes[half + CHILDREN] + 8 * popcount(vector & below);
  }
}

describe('poptrie', () => {
  it('gives 0 for every address while it is empty', () => {
    const { trie, writer } = newFib();
    assert.equal(groupTo(trie, '0.0.0.0'), 0);
    assert.equal(groupTo(trie, '255.255.255.255'), 0);
    assert.equal(writer.size().prefixes, 0);
  });

  it('takes the longest prefix at every border of the structure', () => {
    const { trie, writer } = newFib();
    const routes: [string, number][] = [
      ['0.0.0.0/0', 1],
      ['10.0.0.0/17', 17],
      ['10.0.0.0/18', 18],
      ['10.0.0.0/19', 19],
      ['10.0.0.0/24', 24],
      ['10.0.0.0/25', 25],
      ['10.0.0.0/30', 30],
      ['10.0.0.0/31', 31],
      ['10.0.0.0/32', 32],
    ];
    for (const [prefix, group] of routes) assert.ok(set(writer, prefix, group));
    assert.equal(groupTo(trie, '10.0.0.0'), 32);
    assert.equal(groupTo(trie, '10.0.0.1'), 31);
    assert.equal(groupTo(trie, '10.0.0.2'), 30);
    assert.equal(groupTo(trie, '10.0.0.4'), 25);
    assert.equal(groupTo(trie, '10.0.0.128'), 24);
    assert.equal(groupTo(trie, '10.0.1.0'), 19);
    assert.equal(groupTo(trie, '10.0.32.0'), 18);
    assert.equal(groupTo(trie, '10.0.64.0'), 17);
    assert.equal(groupTo(trie, '10.0.128.0'), 1);
    assert.equal(groupTo(trie, '9.255.255.255'), 1);
  });

  it('uncovers the shorter prefix when the longer one is withdrawn', () => {
    const { trie, writer } = newFib();
    set(writer, '192.0.2.0/24', 5);
    set(writer, '192.0.2.7/32', 6);
    assert.equal(groupTo(trie, '192.0.2.7'), 6);
    assert.ok(set(writer, '192.0.2.7/32', 0));
    assert.equal(groupTo(trie, '192.0.2.7'), 5);
    assert.ok(set(writer, '192.0.2.0/24', 0));
    assert.equal(groupTo(trie, '192.0.2.7'), 0);
  });

  it('holds the greatest group, and both ends of the address space', () => {
    const { trie, writer } = newFib();
    set(writer, '0.0.0.0/32', 65_535);
    set(writer, '255.255.255.255/32', 65_534);
    assert.equal(groupTo(trie, '0.0.0.0'), 65_535);
    assert.equal(groupTo(trie, '0.0.0.1'), 0);
    assert.equal(groupTo(trie, '255.255.255.255'), 65_534);
    assert.equal(groupTo(trie, '255.255.255.254'), 0);
  });

  it('withdrawing what is not there changes nothing', () => {
    const { writer } = newFib();
    assert.ok(writer.remove(0x0a00_0001, 32));
    assert.ok(writer.remove(0, 0));
    assert.deepEqual([writer.size().prefixes, writer.size().nodes], [0, 0]);
  });

  it('keeps a dense /18 of host routes right through single changes', () => {
    const { trie, writer } = newFib({ nodes: 16_384, leaves: 65_536 });
    const hosts = Array.from({ length: 4096 }, (_, host) => ({
      address: 0x0a00_0000 + host,
      length: 32,
      group: 1 + (host % 100),
    }));
    assert.ok(applyChanges(writer, hosts));
    for (let host = 0; host < 4096; host += 3) assert.ok(writer.set(0x0a00_0000 + host, 32, 200));
    for (let host = 0; host < 4096; host += 5) assert.ok(writer.remove(0x0a00_0000 + host, 32));
    for (let host = 0; host < 4096; host++) {
      const expected = host % 5 === 0 ? 0 : host % 3 === 0 ? 200 : 1 + (host % 100);
      assert.equal(lookup(trie, 0x0a00_0000 + host), expected);
    }
  });
});

describe('exhaustion', () => {
  it('refuses a change for which there are no nodes, keeps all others, and goes on when there is room again', () => {
    const { trie, writer } = newFib({ nodes: 32, leaves: 4096 });
    let refused = -1;
    for (let host = 0; refused < 0; host++) {
      if (!writer.set((0x0a00_0000 + (host << 14)) >>> 0, 32, 1 + host)) refused = host;
    }
    assert.ok(refused >= 10, `${refused} routes of three nodes fit`);
    for (let host = 0; host < refused; host++) assert.equal(lookup(trie, 0x0a00_0000 + (host << 14)), 1 + host);
    assert.equal(lookup(trie, 0x0a00_0000 + (refused << 14)), 0);
    assert.equal(writer.size().prefixes, refused);
    assert.ok(writer.remove(0x0a00_0000, 32));
    assert.ok(writer.set((0x0a00_0000 + (refused << 14)) >>> 0, 32, 999));
    assert.equal(lookup(trie, 0x0a00_0000 + (refused << 14)), 999);
  });

  it('refuses a batch whole', () => {
    const { trie, writer } = newFib({ nodes: 32, leaves: 4096 });
    set(writer, '10.0.0.0/8', 3);
    const batch = [route('10.0.0.0/8', 4)];
    for (let host = 0; host < 40; host++) batch.push({ address: 0x0a00_0001 + (host << 14), length: 32, group: 9 });
    assert.equal(applyChanges(writer, batch), false);
    assert.equal(groupTo(trie, '10.0.0.1'), 3);
    assert.deepEqual([writer.size().prefixes, writer.size().nodes], [1, 0]);
  });

  it('refuses prefixes over the limit', () => {
    const { trie, writer } = newFib(undefined, 2);
    assert.ok(set(writer, '10.0.0.0/8', 1));
    assert.ok(set(writer, '11.0.0.0/8', 2));
    assert.equal(set(writer, '12.0.0.0/8', 3), false);
    assert.equal(applyChanges(writer, [route('12.0.0.0/8', 3), route('10.0.0.0/8', 0), route('13.0.0.0/8', 4)]), false);
    assert.ok(set(writer, '10.0.0.0/8', 4));
    assert.equal(groupTo(trie, '12.0.0.0'), 0);
    assert.equal(groupTo(trie, '10.0.0.0'), 4);
  });
});

describe('reclamation', () => {
  it('leaves the blocks that a worker may read alone until it has passed a quiescent point', () => {
    const { trie, writer, epochs } = newFib({ nodes: 1024, leaves: 4096 });
    set(writer, '10.0.0.0/24', 7);
    set(writer, '10.0.0.77/32', 8);
    epochs.online(0);
    const held = leafIndex(trie, 0x0a00_004d);
    const churn = () => {
      for (let round = 0; round < 40; round++) {
        set(writer, '10.0.0.77/32', 100 + round);
        set(writer, `10.0.0.${round}/32`, 300 + round);
        writer.reclaim();
      }
    };
    churn();
    assert.equal(trie.leaves[held], 8);
    assert.ok(writer.size().retiredBlocks > 40);
    assert.equal(groupTo(trie, '10.0.0.77'), 139);
    epochs.quiesce(0);
    writer.reclaim();
    assert.equal(writer.size().retiredBlocks, 0);
    // One node for the /18, one for the /24, and one for each of the eleven /30 that have host routes.
    assert.equal(writer.size().nodes, 13);
    assert.equal(writer.size().leaves, 2 + 2 + 10 * 4 + 3);
  });

  it('does not grow under churn', () => {
    const { writer } = newFib();
    const churn = (rounds: number) => {
      for (let round = 0; round < rounds; round++) {
        const address = (0x0a00_0000 + ((round * 2_654_435_761) & 0xffff)) >>> 0;
        assert.ok(writer.set(address, 32, 1 + (round % 9)));
        assert.ok(writer.remove(address, 32));
      }
    };
    churn(2_000);
    const before = writer.size().touchedBytes;
    churn(20_000);
    assert.equal(writer.size().touchedBytes, before);
  });
});

describe('popcount', () => {
  it('counts ones in 32 bits', () => {
    assert.equal(popcount(0), 0);
    assert.equal(popcount(-1), 32);
    assert.equal(popcount(0x8000_0001 | 0), 2);
    assert.equal(popcount(0x0f0f_0f0f), 16);
  });
});
