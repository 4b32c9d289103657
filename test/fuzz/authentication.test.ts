import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SeededRandom } from '../../src/base/random.js';
import { Disguise } from '../../src/ospf/disguise.js';
import { OspfInstance } from '../../src/ospf/instance.js';
import type { OspfAuthentication, OspfInput } from '../../src/ospf/messages.js';
import { ALL_SPF_ROUTERS } from '../../src/wire/ospf/header.js';
import { hex } from '../support/hex.js';
import { mutate } from '../support/mutation.js';
import { ospfConfig } from '../support/ospf-config.js';
import { Bench, interfaceConfig, PEER_ADDRESS } from '../support/ospf-peer.js';

/*
 * Packets of FRR and BIRD that were damaged on their way: each is judged the same in the recording, which has no secret.
 */

const PACKETS = 20_000;
const FOLDER = join(import.meta.dirname, '../../../test/golden/authentication');
const ALWAYS = { fromMs: 0, untilMs: Number.POSITIVE_INFINITY };

function keyed(algorithm: 'md5' | 'hmac-sha-256', id: number, secret: string): OspfAuthentication {
  const key = { id, algorithm, secret: new TextEncoder().encode(secret), send: ALWAYS, accept: ALWAYS };
  return { kind: 'cryptographic', keys: [key] };
}

for (const [file, authentication] of [
  ['frr-bird-md5', keyed('md5', 7, 'frr-and-bird')],
  ['bird-hmac-sha-256', keyed('hmac-sha-256', 9, 'bird-hmac-sha256')],
  ['frr-bird-simple', { kind: 'simple', password: new TextEncoder().encode('secret1') }],
] as const) {
  test(`${PACKETS} damaged packets of ${file}`, () => {
    const packets = readFileSync(join(FOLDER, `${file}.jsonl`), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => hex((JSON.parse(line) as { payload: string }).payload));
    const random = new SeededRandom(1);
    const config = { interfaces: [interfaceConfig({ authentication })] };
    const bench = new Bench(config);
    const disguise = new Disguise();
    const replayed = new OspfInstance(new SeededRandom(7));
    const tell = (input: OspfInput) => replayed.handle(disguise.input(input), 0);
    tell({ kind: 'configure', config: ospfConfig(bench.config) });
    tell({ kind: 'interface', name: 'eth0', up: true, mtu: 1500, ifindex: 1 });
    for (let round = 0; round < PACKETS; round++) {
      const payload = mutate(packets[round % packets.length], packets, random);
      const input = {
        kind: 'packet',
        interface: 'eth0',
        source: PEER_ADDRESS,
        destination: ALL_SPF_ROUTERS,
        payload,
      } as const;
      bench.handle(input);
      tell(input);
      const disguised = disguise.input(input) as typeof input;
      assert.equal(disguised.payload.length, payload.length);
      if (authentication.kind === 'simple') {
        assert.ok(!Buffer.from(disguised.payload.subarray(16, 24)).includes('secret1'));
      }
    }
    const counters = bench.instance.rejectionCounters();
    assert.deepEqual(replayed.rejectionCounters(), counters);
    assert.ok(Object.keys(counters).length > 4, Object.keys(counters).join());
  });
}
