/**
 * The classic capture file format with microseconds (`pcap-savefile(5)`), little-endian: a header of 24 octets, then
 * each frame behind 16 octets of its own.
 */

const MAGIC = 0xa1b2c3d4;
const SNAP_LENGTH = 262_144;
const FILE_HEADER_BYTES = 24;
const FRAME_HEADER_BYTES = 16;

/** Link types by the names that libpcap gives them (`pcap-linktype(7)`). */
const LINK_TYPES: { readonly [name: string]: number } = { ETHERNET: 1, RAW: 101, LINKTYPE_RAW: 101 };

/** The beginning of the file; `linkType` is libpcap's name. Undefined for a type that lab links do not have. */
export function pcapFileHeader(linkType: string): Uint8Array | undefined {
  const number = LINK_TYPES[linkType];
  if (number === undefined) return undefined;
  const header = Buffer.alloc(FILE_HEADER_BYTES);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(SNAP_LENGTH, 16);
  header.writeUInt32LE(number, 20);
  return header;
}

/** One frame, seen at `timeMs` since 1970. */
export function pcapFrame(timeMs: number, frame: Uint8Array): Uint8Array {
  const record = Buffer.alloc(FRAME_HEADER_BYTES + frame.length);
  record.writeUInt32LE(Math.floor(timeMs / 1000), 0);
  record.writeUInt32LE(Math.floor((timeMs % 1000) * 1000), 4);
  record.writeUInt32LE(frame.length, 8);
  record.writeUInt32LE(frame.length, 12);
  record.set(frame, FRAME_HEADER_BYTES);
  return record;
}
