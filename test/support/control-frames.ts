import { encodeArp } from '../../src/wire/arp.js';
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, encodeEthernet } from '../../src/wire/ethernet.js';
import { encodeUdp } from '../../src/wire/udp.js';
import { hostMac, ip, packet } from './plane-bench.js';

const MAC = hostMac('10.0.0.1');
const ends = [ip('10.0.0.1'), ip('10.0.0.2')] as const;

function frame(payload: Uint8Array, type = ETHERTYPE_IPV4): Uint8Array {
  return encodeEthernet({ destination: MAC, source: MAC, type, payload });
}

const udp = (destinationPort: number) =>
  encodeUdp({ sourcePort: 49_152, destinationPort, payload: new Uint8Array(24) }, ...ends);
const arp = encodeArp({
  operation: 'request',
  senderMac: MAC,
  senderAddress: ends[0],
  targetMac: new Uint8Array(6),
  targetAddress: ends[1],
});

/** What neighbors live by. */
export const CONTROL: { readonly [name: string]: Uint8Array } = {
  ARP: frame(arp, ETHERTYPE_ARP),
  OSPF: frame(packet({ protocol: 89, payload: new Uint8Array(24) })),
  'a fragment of OSPF': frame(packet({ protocol: 89, fragmentOffset: 800, payload: new Uint8Array(24) })),
  BFD: frame(packet({ ttl: 255, payload: udp(3784) })),
};

/** All else, first of all what looks much like the above. */
export const DATA: { readonly [name: string]: Uint8Array } = {
  UDP: frame(packet({ payload: udp(3785) })),
  'BFD from beyond the link': frame(packet({ ttl: 254, payload: udp(3784) })),
  TCP: frame(packet({ protocol: 6, payload: new Uint8Array(24) })),
  'a fragment that may be BFD': frame(packet({ ttl: 255, payload: udp(3784), moreFragments: true })),
  'BFD with IP options': frame(packet({ ttl: 255, payload: udp(3784), options: Uint8Array.of(1, 1, 1, 0) })),
  'a short frame': frame(packet({ payload: new Uint8Array(4) })),
  'a truncated header': frame(Uint8Array.of(0x45, 0, 0, 52)),
  'another protocol': frame(new Uint8Array(46), 0x88cc),
};
