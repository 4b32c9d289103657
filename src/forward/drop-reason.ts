/**
 * Why a packet was dropped. Every dropped packet is counted under exactly one reason, on the link that it came in by
 * (packets of the router itself count on the virtual link); what a link does not take on transmit is counted there. The
 * names are stable: users see them.
 */

export const DROP_FRAME_TOO_SHORT = 0;
export const DROP_NOT_FOR_US = 1;
export const DROP_UNKNOWN_ETHERTYPE = 2;
export const DROP_BAD_VERSION = 3;
export const DROP_BAD_HEADER_LENGTH = 4;
export const DROP_BAD_TOTAL_LENGTH = 5;
export const DROP_BAD_CHECKSUM = 6;
export const DROP_BAD_OPTIONS = 7;
export const DROP_SOURCE_ROUTE = 8;
export const DROP_MARTIAN_SOURCE = 9;
export const DROP_MARTIAN_DESTINATION = 10;
export const DROP_LINK_BROADCAST = 11;
export const DROP_MULTICAST = 12;
export const DROP_DIRECTED_BROADCAST = 13;
export const DROP_TTL_EXCEEDED = 14;
export const DROP_NO_ROUTE = 15;
export const DROP_BLACKHOLE = 16;
export const DROP_PROHIBITED = 17;
export const DROP_LINK_DOWN = 18;
export const DROP_NEIGHBOR_UNREACHABLE = 19;
export const DROP_NEIGHBOR_QUEUE_FULL = 20;
export const DROP_NEIGHBOR_TABLE_FULL = 21;
export const DROP_FRAGMENTATION_NEEDED = 22;
export const DROP_BAD_OFFLOAD = 23;
export const DROP_TRANSMIT_FULL = 24;
export const DROP_TRANSMIT_REFUSED = 25;
export const DROP_PUNT_FULL = 26;
export const DROP_BAD_REASSEMBLY = 27;
export const DROP_BAD_ARP = 28;
export const DROP_BAD_ICMP = 29;
export const DROP_ICMP_RATE_LIMITED = 30;
export const DROP_INCOMPLETE_REASSEMBLY = 31;
/** BFD says that the neighbor is lost, and there is no other path. */
export const DROP_NEIGHBOR_LOST = 32;
export const DROP_PUNT_RATE = 33;
/** There is no route back to the source, or none over the link. */
export const DROP_SOURCE_VALIDATION = 34;
export const DROP_OPTIONS = 35;
/** A super-packet in a tunnel that cannot be cut here, and that no link knows how to cut. */
export const DROP_TUNNEL_OFFLOAD = 36;
export const DROP_BAD_UDP = 37;
export const DROP_BFD_TTL = 38;
export const DROP_BFD_NO_SESSION = 39;
export const DROP_BFD_AUTHENTICATION = 40;
/** The faults of `checkBfd` follow: `DROP_BFD_FAULTS` and the number of the fault, from 1. */
export const DROP_BFD_FAULTS = 40;

/** What another worker left to the first one found its ring full. */
export const DROP_HANDOVER_FULL = 49;
/** Of a VIP that another router may have by now. */
export const DROP_LEASE_EXPIRED = 50;

/** Name of each reason, by its number. */
export const DROP_REASON_NAMES: readonly string[] = [
  'frame-too-short',
  'not-for-us',
  'unknown-ethertype',
  'bad-version',
  'bad-header-length',
  'bad-total-length',
  'bad-checksum',
  'bad-options',
  'source-route',
  'martian-source',
  'martian-destination',
  'link-broadcast',
  'multicast',
  'directed-broadcast',
  'ttl-exceeded',
  'no-route',
  'blackhole',
  'prohibited',
  'link-down',
  'neighbor-unreachable',
  'neighbor-queue-full',
  'neighbor-table-full',
  'fragmentation-needed',
  'bad-offload',
  'transmit-full',
  'transmit-refused',
  'punt-full',
  'bad-reassembly',
  'bad-arp',
  'bad-icmp',
  'icmp-rate-limited',
  'incomplete-reassembly',
  'neighbor-lost',
  'punt-rate',
  'source-validation',
  'options',
  'tunnel-offload',
  'bad-udp',
  'bfd-ttl',
  'bfd-no-session',
  'bfd-authentication',
  'bfd-too-short',
  'bfd-bad-version',
  'bfd-bad-length',
  'bfd-zero-multiplier',
  'bfd-multipoint',
  'bfd-zero-discriminator',
  'bfd-poll-and-final',
  'bfd-state-without-discriminator',
  'handover-full',
  'lease-expired',
];

export const DROP_REASON_COUNT = DROP_REASON_NAMES.length;
