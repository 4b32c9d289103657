import { arp } from './arp.js';
import { bfd } from './bfd.js';
import { ethernet } from './ethernet.js';
import { icmpv4 } from './icmpv4.js';
import { ipv4 } from './ipv4.js';
import { databaseDescription, hello } from './ospf-adjacency.js';
import { linkStateAck, linkStateRequest, linkStateUpdate } from './ospf-flooding.js';
import { lsa } from './ospf-lsa.js';
import type { PacketCodec } from './packet-codec.js';
import { udp } from './udp.js';

/** Every packet type of `src/wire`; the golden, property, tshark and fuzz tests go through this list. */
export const allCodecs: readonly PacketCodec<object>[] = [
  ...[ethernet, arp, ipv4, icmpv4, udp, bfd],
  ...[hello, databaseDescription, linkStateRequest, linkStateUpdate, linkStateAck, lsa],
];
