import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readConfigWithAdvice } from '../../src/config/config.js';

const GOOD = `router-id: 10.0.0.1
links:
  - { name: eth1, address: 1.1.1.1/8 }
  - { name: eth2, address: 192.0.2.1/30 }
`;

describe('advice', () => {
  const NOW_MS = Date.parse('2026-03-01T00:00:00Z');
  const advice = (text: string, receiveQueues: (link: string) => number | undefined = () => undefined) =>
    readConfigWithAdvice('r.yaml', text, { calendarMs: NOW_MS, processors: 1, receiveQueues }).warnings.map(
      ({ line, column, message }) => `${line}:${column}: ${message}`,
    );
  const adviceAfter = (text: string) => advice(`${GOOD}${text}\n`);

  it('is given for workers that cannot all work', () => {
    assert.deepEqual(adviceAfter('workers: 1'), []);
    assert.deepEqual(adviceAfter('workers: 2'), [
      '5:10: 2 workers on 1 processors: they take turns, which is slower than fewer of them',
    ]);
  });

  it('is given for a link that is to join what it cannot', () => {
    const text = (io: string) => `  - { name: eth3, address: 3.3.3.3/8, io: ${io}, coalesce: tcp }`;
    assert.deepEqual(adviceAfter(text('auto')), []);
    assert.deepEqual(adviceAfter(text('xdp')), ['5:58: eth3 joins nothing with "io: xdp": "io: packet" does']);
  });

  it('is given for a link by AF_XDP that has not a queue for each worker', () => {
    const text = `router-id: 10.0.0.1
links:
  - { name: eth1, address: 1.1.1.1/8, io: xdp }
  - { name: eth2, address: 2.2.2.1/8, io: packet }
`;
    assert.deepEqual(
      advice(text, () => 1),
      [],
    );
    assert.deepEqual(
      advice(text, (link) => (link === 'eth1' ? undefined : 4)),
      [],
    );
    assert.deepEqual(
      advice(text, () => 4),
      ['3:43: eth1 has 4 receive queues for 1 workers: it will go by AF_PACKET; "ethtool -L" sets their number'],
    );
    assert.deepEqual(advice(`${text}workers: 3\n`, () => 2).slice(0, 1), [
      '3:43: eth1 has 2 receive queues for 3 workers: 2 of them will receive from it; "ethtool -L" sets their number',
    ]);
  });

  it('is given for a broadcast network of two', () => {
    assert.deepEqual(adviceAfter('ospf: { interfaces: [{ link: eth1 }, { link: eth2 }] }'), [
      '5:38: eth2 has room for two routers (192.0.2.1/30): "type: point-to-point" at both ends spares the election',
    ]);
    assert.deepEqual(adviceAfter('ospf: { interfaces: [{ link: eth2, type: point-to-point }] }'), []);
  });

  it('is given for a dead interval that one lost Hello uses up', () => {
    const text = (dead: number) => `ospf: { interfaces: [{ link: eth1, hello-interval: 3, dead-interval: ${dead} }] }`;
    assert.deepEqual(adviceAfter(text(6)), [
      '5:22: dead-interval 6 of eth1 is no longer than two hello intervals of 3: one lost Hello ends the adjacency',
    ]);
    assert.deepEqual(adviceAfter(text(7)), []);
  });

  it('is given for areas that nothing joins', () => {
    const text = (mode: string, area: number) =>
      `ospf: { mode: ${mode}, interfaces: [{ link: eth1, area: ${area} }, { link: eth2, area: 2, type: point-to-point }] }`;
    assert.deepEqual(adviceAfter(text('router', 1)), [
      '5:35: several areas and none of them is 0: no route passes from one to another',
    ]);
    assert.deepEqual([...adviceAfter(text('router', 0)), ...adviceAfter(text('host', 1))], []);
  });

  it('is given for what is redistributed into stub areas alone', () => {
    const text = (area: number) =>
      `ospf: { redistribute: { static: true }, areas: [{ id: 1, type: stub }], interfaces: [{ link: eth1, area: 1 }, { link: eth2, area: ${area}, type: point-to-point }] }`;
    assert.deepEqual(adviceAfter(text(1)), [
      '5:23: all areas are stub areas or NSSAs: nothing that is redistributed is announced',
    ]);
    assert.deepEqual(adviceAfter(text(0)), []);
  });

  it('is given for keys of which none is valid now', () => {
    const key = (id: number, times: string) => `{ id: ${id}, algorithm: md5, secret: hunter2, ${times} }`;
    const keys = (...list: string[]) =>
      `ospf: { interfaces: [{ link: eth1, authentication: { keys: [${list.join(', ')}] } }] }`;
    const before = key(1, 'send-until: 2026-03-01T00:00:00Z');
    assert.deepEqual(adviceAfter(keys(before)), [
      '5:22: no key of eth1 is valid for sending now: the last that was, or the first to be, is used',
    ]);
    assert.deepEqual(adviceAfter(keys(before, key(2, 'send-from: 2026-03-01T00:00:00Z'))), []);
    assert.deepEqual(adviceAfter(keys(key(3, 'accept-until: 2026-02-01T00:00:00Z'))), [
      '5:22: no key of eth1 is valid for receiving now: the last that was is accepted',
    ]);
    assert.deepEqual(adviceAfter(keys(key(3, 'accept-from: 2026-03-01T00:00:01Z'))), [
      '5:22: no key of eth1 is valid for receiving now: nothing is accepted',
    ]);
  });
});
