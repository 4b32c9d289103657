import type fc from 'fast-check';
import type { Malformed } from '../../../src/wire/malformed.js';

/** A packet as bytes and as fields, written down independently of the code that is tested. */
export interface GoldenPacket<Fields> {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly fields: Fields;
  /** The bytes hold something that encoding does not bring back, such as padding. */
  readonly decodeOnly?: true;
}

export interface GoldenFault {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly malformed: string;
  readonly at: number;
}

/** What tshark prints for a field: booleans as 0 or 1 (True or False since 4.2), numbers in any base, the rest as text. */
export type TsharkValue = number | boolean | string;

/** One packet type with everything that the golden, property, tshark and fuzz tests need to know about it. */
export interface PacketCodec<Fields extends object> {
  readonly name: string;
  decode(bytes: Uint8Array): Fields | Malformed;
  encode(fields: Fields): Uint8Array;
  /** Puts right what a checksum can be put right for, so that fuzzing gets past the check. Any bytes will do. */
  seal(bytes: Uint8Array): void;
  readonly golden: readonly GoldenPacket<Fields>[];
  readonly faults: readonly GoldenFault[];
  /** Any fields that encode and decode must keep. */
  readonly arbitrary: fc.Arbitrary<Fields>;
  /** Where the bytes stand in a capture: `onWire` puts what is missing in front of them. */
  readonly linkType: number;
  onWire(bytes: Uint8Array): Uint8Array;
  /** The fields of tshark that say the same as ours. */
  tshark(fields: Fields, bytes: Uint8Array): { readonly [field: string]: TsharkValue };
}
