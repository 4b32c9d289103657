import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { onesComplementSum } from '../../src/base/checksum.js';
import { CarryOwner, type HostConnection } from '../../src/forward/carry-owner.js';
import { encodeIcmp } from '../../src/wire/icmpv4.js';
import { decodeIpv4, type Ipv4Packet, PROTOCOL_IPIP, pseudoHeaderSum } from '../../src/wire/ipv4.js';
import { TCP_ACK, TCP_RST, TCP_SYN } from '../../src/wire/tcp.js';
import { ip, PlaneBench, packet } from '../support/plane-bench.js';

const VIP = '203.0.113.9';
const CLIENT = '198.51.100.7';
/** The other server, behind a router on link 2. */
const OTHER = '192.0.2.2';

function tcp(clientPort: number, flags: number, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  const header = new Uint8Array(20);
  const view = new DataView(header.buffer);
  view.setUint16(0, clientPort);
  view.setUint16(2, 80);
  view.setUint8(12, 0x50);
  view.setUint8(13, flags);
  return Uint8Array.from([...header, ...body]);
}

type Fields = Partial<Omit<Ipv4Packet, 'source' | 'destination'>>;

function segment(clientPort: number, flags: number, fields: Fields = {}, body?: Uint8Array): Uint8Array {
  return packet({ protocol: 6, payload: tcp(clientPort, flags, body), dontFragment: true, ...fields, source: CLIENT });
}

function ipOf(bytes: Uint8Array): Ipv4Packet {
  const fields = decodeIpv4(bytes);
  assert.ok('payload' in fields);
  return fields;
}

class CarryBench extends PlaneBench {
  readonly owner: CarryOwner;

  constructor(kind: 'carry-unknown' | 'carry-new' | 'deliver', connections: readonly HostConnection[] = []) {
    super();
    this.connect();
    this.route('192.0.2.1/32', ['local']);
    this.route('192.0.2.2/32', ['via 10.0.2.9 on 2']);
    this.route('198.51.100.0/24', ['via 10.0.1.9 on 1']);
    this.route(`${VIP}/32`, [kind === 'deliver' ? kind : `${kind} ${OTHER}`]);
    this.learn(1, '10.0.1.9');
    this.learn(2, '10.0.2.9');
    this.owner = new CarryOwner(
      this.memory,
      (addresses) => new Map(addresses.map((address) => [address, connections])),
    );
    this.owner.setCarriers([ip(OTHER)]);
    if (kind !== 'carry-unknown') return;
    const prefix = { address: ip(VIP), length: 32 };
    const path = { kind: 'carry', flows: 'unknown', to: ip(OTHER), leased: false } as const;
    assert.deepEqual(this.owner.change([{ prefix, paths: [path], repair: undefined }], []), [ip(VIP)]);
  }

  complete(): this {
    this.owner.complete([ip(VIP)]);
    return this;
  }

  /** Where a packet that comes in by link 1 goes to. */
  way(bytes: Uint8Array, virtio?: Uint8Array): 'here' | 'there' | 'nowhere' {
    this.receivePacket(1, bytes, virtio);
    if (this.sent(0).length === 1) return 'here';
    return this.sent(2).length > 0 ? 'there' : 'nowhere';
  }
}

describe('a server that a VIP has moved to', () => {
  it('keeps what begins here, and carries all else of TCP', () => {
    const bench = new CarryBench('carry-unknown').complete();
    assert.equal(bench.way(segment(1000, TCP_ACK)), 'there');
    assert.equal(bench.way(segment(1001, TCP_SYN)), 'here');
    assert.equal(bench.way(segment(1001, TCP_ACK)), 'here');
    assert.equal(bench.way(segment(1000, TCP_RST)), 'there');
    assert.equal(bench.way(packet()), 'here');
    assert.equal(bench.count(1, 'carriedPackets'), 2);
  });

  it('sends the packet as it came, in an IP packet to the other server', () => {
    const bench = new CarryBench('carry-unknown').complete();
    const inner = segment(1000, TCP_ACK, { tos: 0x28, ttl: 3 }, Uint8Array.of(1, 2, 3));
    bench.receivePacket(1, inner);
    const [sent] = bench.sent(2);
    const outer = ipOf(sent.packet);
    assert.equal(outer.source, ip('192.0.2.1'));
    assert.equal(outer.destination, ip(OTHER));
    assert.deepEqual([outer.protocol, outer.tos, outer.ttl, outer.dontFragment], [PROTOCOL_IPIP, 0x28, 64, true]);
    assert.deepEqual(outer.payload, inner);
  });

  it('carries nothing until the kernel has said what there was before', () => {
    const bench = new CarryBench('carry-unknown', [{ far: ip(CLIENT), farPort: 7, port: 80 }]);
    assert.equal(bench.way(segment(1000, TCP_ACK)), 'here');
    assert.equal(bench.way(segment(1001, TCP_SYN)), 'here');
    bench.complete();
    assert.equal(bench.way(segment(1000, TCP_ACK)), 'there');
    assert.equal(bench.way(segment(1001, TCP_ACK)), 'here');
    assert.equal(bench.way(segment(7, TCP_ACK)), 'here');
  });

  it('knows connections that the host begins in the name of the VIP', () => {
    const bench = new CarryBench('carry-unknown').complete();
    const ports = Uint8Array.of(0x12, 0x34, 0x00, 0x35);
    const syn = packet({
      protocol: 6,
      payload: Uint8Array.from([...ports, ...tcp(0, TCP_SYN).subarray(4)]),
      source: VIP,
      destination: CLIENT,
    });
    bench.receivePacket(0, syn);
    const answer = Uint8Array.of(0x00, 0x35, 0x12, 0x34);
    const synAck = Uint8Array.from([...answer, ...tcp(0, TCP_SYN | TCP_ACK).subarray(4)]);
    assert.equal(bench.way(packet({ protocol: 6, payload: synAck })), 'here');
    assert.equal(bench.way(segment(1000, TCP_SYN | TCP_ACK)), 'there');
  });

  it('carries errors about connections of the other server', () => {
    const bench = new CarryBench('carry-unknown').complete();
    bench.way(segment(1001, TCP_SYN));
    const error = (clientPort: number) => {
      const ports = Uint8Array.of(0, 80, clientPort >> 8, clientPort & 0xff, 0, 0, 0, 0);
      const body = packet({ protocol: 6, payload: ports, source: VIP, destination: CLIENT });
      return packet({ protocol: 1, payload: encodeIcmp({ type: 3, code: 4, rest: 1400, body }) });
    };
    assert.equal(bench.way(error(1000)), 'there');
    assert.equal(bench.way(error(1001)), 'here');
    assert.equal(
      bench.way(packet({ protocol: 1, payload: encodeIcmp({ type: 8, code: 0, rest: 1, body: new Uint8Array(8) }) })),
      'here',
    );
  });

  it('tells the client of the MTU in the tunnel', () => {
    const bench = new CarryBench('carry-unknown').complete();
    assert.equal(bench.way(segment(1000, TCP_ACK, {}, new Uint8Array(1440))), 'there');
    assert.equal(bench.way(segment(1000, TCP_ACK, {}, new Uint8Array(1441))), 'nowhere');
    const icmp = ipOf(bench.sent(1)[0].packet);
    assert.equal(icmp.protocol, 1);
    assert.deepEqual([...icmp.payload.subarray(0, 2), ...icmp.payload.subarray(6, 8)], [3, 4, 1480 >> 8, 1480 & 0xff]);
  });

  it('cuts what may be fragmented before it is put into the tunnel, and later fragments follow the first', () => {
    const bench = new CarryBench('carry-unknown').complete();
    bench.receivePacket(1, segment(1000, TCP_ACK, { dontFragment: false }, new Uint8Array(1460)));
    const sent = bench.sent(2).map((each) => ipOf(each.packet));
    assert.deepEqual(
      sent.map(({ payload }) => payload.length),
      [1476, 44],
    );
    const pieces = sent.map(({ payload }) => ipOf(payload));
    assert.deepEqual(
      pieces.map(({ fragmentOffset, moreFragments }) => [fragmentOffset, moreFragments]),
      [
        [0, true],
        [1456, false],
      ],
    );
    assert.equal(
      bench.way(segment(1002, TCP_SYN, { moreFragments: true, identification: 5, dontFragment: false })),
      'here',
    );
    const rest = {
      fragmentOffset: 24,
      identification: 5,
      dontFragment: false,
      protocol: 6,
      payload: new Uint8Array(8),
    };
    assert.equal(bench.way(packet({ ...rest, source: CLIENT })), 'here');
    assert.equal(bench.way(packet({ ...rest, identification: 6, source: CLIENT })), 'there');
  });

  it('cuts a super-packet into its segments', () => {
    const bench = new CarryBench('carry-unknown').complete();
    const bytes = segment(1000, TCP_ACK, {}, new Uint8Array(2500).fill(7));
    bench.receivePacket(1, bytes, Uint8Array.of(1, 1, 40, 0, 0xe8, 3, 20, 0, 16, 0));
    const inner = bench.sent(2).map((each) => ipOf(ipOf(each.packet).payload));
    assert.deepEqual(
      inner.map(({ payload }) => payload.length),
      [1020, 1020, 520],
    );
    for (const { payload } of inner) {
      const seed = pseudoHeaderSum(ip(CLIENT), ip(VIP), 6, payload.length);
      assert.equal(onesComplementSum(payload, 0, payload.length, seed), 0xffff);
    }
  });

  it('forgets all when nothing is carried any more', () => {
    const bench = new CarryBench('carry-unknown').complete();
    bench.way(segment(1001, TCP_SYN));
    bench.owner.change([], [{ address: ip(VIP), length: 32 }]);
    assert.equal(bench.way(segment(1000, TCP_ACK)), 'here');
    const prefix = { address: ip(VIP), length: 32 };
    const path = { kind: 'carry', flows: 'unknown', to: ip(OTHER), leased: false } as const;
    bench.owner.change([{ prefix, paths: [path], repair: undefined }], []);
    bench.complete();
    assert.equal(bench.way(segment(1001, TCP_ACK)), 'there');
  });
});

describe('a server that a VIP has moved away from', () => {
  const tunnelled = (inner: Uint8Array, source = OTHER) =>
    packet({ source, destination: '192.0.2.1', protocol: PROTOCOL_IPIP, payload: inner });

  it('keeps its connections, and sends what begins to the other server', () => {
    const bench = new CarryBench('carry-new');
    assert.equal(bench.way(segment(1000, TCP_ACK)), 'here');
    assert.equal(bench.way(segment(1001, TCP_SYN)), 'there');
    assert.equal(bench.way(segment(1001, TCP_ACK)), 'there');
    assert.equal(bench.way(segment(1000, TCP_SYN | TCP_ACK)), 'here');
    assert.equal(bench.way(packet()), 'here');
  });

  for (const kind of ['carry-new', 'deliver', 'carry-unknown'] as const) {
    it(`delivers what is carried to it, whatever that is (${kind})`, () => {
      const bench = new CarryBench(kind).complete();
      for (const flags of [TCP_ACK, TCP_SYN]) {
        const inner = segment(1000, flags);
        bench.receivePacket(2, tunnelled(inner));
        assert.deepEqual(
          bench.sent(0).map((each) => each.packet),
          [inner],
        );
      }
      assert.equal(bench.count(2, 'carriedHerePackets'), 2);
    });
  }

  it('notes what begins in a tunnel', () => {
    const bench = new CarryBench('carry-unknown').complete();
    bench.receivePacket(2, tunnelled(segment(1000, TCP_SYN)));
    bench.sent(0);
    assert.equal(bench.way(segment(1000, TCP_ACK)), 'here');
  });

  it('leaves tunnels of others to the kernel, and drops what is for a VIP that is not here', () => {
    const bench = new CarryBench('carry-new');
    const foreign = tunnelled(segment(1000, TCP_ACK), '192.0.2.3');
    bench.receivePacket(2, foreign);
    assert.deepEqual(
      bench.sent(0).map((each) => each.packet),
      [foreign],
    );
    bench.receivePacket(2, tunnelled(packet({ destination: '203.0.113.10' })));
    assert.equal(bench.sent(0).length, 0);
    assert.deepEqual(bench.drops(), { '2 no-route': 1 });
  });

  it('takes a super-packet that was joined in the tunnel', () => {
    const bench = new CarryBench('carry-new');
    const inner = segment(1000, TCP_ACK, {}, new Uint8Array(2500).fill(7));
    bench.receivePacket(2, tunnelled(inner), Uint8Array.of(1, 1, 60, 0, 0xe8, 3, 40, 0, 16, 0));
    const [sent] = bench.sent(0);
    assert.deepEqual(sent.packet, inner);
    assert.deepEqual([...sent.virtio], [1, 1, 40, 0, 0xe8, 3, 20, 0, 16, 0]);
  });
});
