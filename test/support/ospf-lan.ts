import assert from 'node:assert/strict';
import type { OspfInterfaceConfig } from '../../src/ospf/messages.js';
import { Bench, broadcastConfig, OWN_ADDRESS, OWN_ID, Peer, updatesIn } from './ospf-peer.js';

const LOW = 0x01010101;
const HIGH = 0x09090909;
const THIRD = 0x0a0a0a0a;

export type LanState = 'DR' | 'Backup' | 'DROther';

/** The instance under test on `eth0`, a LAN of four on which all has settled. */
export interface Lan {
  readonly bench: Bench;
  /** The designated router, unless that is the instance. */
  readonly dr: Peer;
  /** The backup, unless that is the instance. */
  readonly backup: Peer;
  /** Neither, and Full only if the instance is one of them. */
  readonly third: Peer;
}

/** @param others interfaces of the instance besides */
export function lan(state: LanState, others: readonly OspfInterfaceConfig[] = []): Lan {
  const bench = new Bench({ interfaces: [broadcastConfig(), ...others] });
  const peers = [LOW, HIGH, THIRD].map((id, index) => new Peer(bench, id, 'eth0', 0x0a000002 + index));
  const [low, high, third] = peers;
  const offices = {
    DR: { designatedRouter: OWN_ADDRESS, backupDesignatedRouter: high.address },
    Backup: { designatedRouter: low.address, backupDesignatedRouter: OWN_ADDRESS },
    DROther: { designatedRouter: low.address, backupDesignatedRouter: high.address },
  }[state];
  if (state === 'DR') bench.pass(40_000);
  bench.sent();
  if (state === 'Backup') low.hello([OWN_ID], { ...offices, backupDesignatedRouter: 0 });
  for (const peer of peers) peer.hello([OWN_ID], offices);
  const opened = bench.sent();
  for (const peer of peers) {
    if (bench.state(peer.routerId) === 'ExStart') peer.exchange([], opened);
  }
  settle(bench, peers);
  assert.equal(bench.instance.interfaces(bench.nowMs)[0].state, state);
  const full = peers.filter(({ routerId }) => bench.state(routerId) === 'Full');
  assert.equal(full.length, state === 'DROther' ? 2 : 3);
  return { bench, dr: low, backup: high, third };
}

/** Acknowledges all that is told, until nothing more is. */
export function settle(bench: Bench, peers: readonly Peer[]): void {
  for (let round = 0; round < 8; round++) {
    bench.pass(1000);
    const headers = updatesIn(bench.sent());
    for (const peer of peers) if (bench.state(peer.routerId) === 'Full') peer.acknowledge(...headers);
  }
  bench.sent();
}
