import { writeFileSync } from 'node:fs';

/** Link types of pcap files (tcpdump.org/linktypes.html): what the packets begin with. */
export const LINKTYPE_ETHERNET = 1;
export const LINKTYPE_IPV4 = 228;

/** Writes packets as a classic pcap file (microseconds, little-endian), one packet a second from 0. */
export function writePcap(path: string, linkType: number, packets: readonly Uint8Array[]): void {
  writeFileSync(path, Buffer.concat([fileHeader(linkType), ...packets.flatMap(record)]));
}

function fileHeader(linkType: number): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(linkType, 20);
  return header;
}

function record(packet: Uint8Array, index: number): Buffer[] {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(index, 0);
  header.writeUInt32LE(packet.length, 8);
  header.writeUInt32LE(packet.length, 12);
  return [header, Buffer.from(packet)];
}
