import { BFD_PORT, BFD_TTL } from '../wire/bfd.js';
import { ETHERTYPE_ARP, ETHERTYPE_IPV4 } from '../wire/ethernet.js';
import {
  IPV4_FRAGMENT_OFFSET_MASK,
  IPV4_MORE_FRAGMENTS,
  IPV4_VERSION_IHL_PLAIN,
  PROTOCOL_OSPF,
  PROTOCOL_UDP,
} from '../wire/ipv4.js';
import { native } from './binding.js';

const { XDP_PASS } = native.constants;

/** Opcodes of BPF (linux/bpf.h, RFC 9669). Constants are 32 bits, signed; jumps compare 64 bits. */
const LOAD_BYTE = 0x71;
const LOAD_HALF = 0x69;
const LOAD_WORD = 0x61;
const LOAD_MAP = 0x18;
const COPY = 0xbf;
const SET = 0xb7;
const ADD = 0x07;
const AND = 0x57;
const JUMP_EQUAL = 0x15;
const JUMP_NOT_EQUAL = 0x55;
const JUMP_ABOVE_REGISTER = 0x2d;
const CALL = 0x85;
const EXIT = 0x95;

/** `BPF_PSEUDO_MAP_FD`: the constant of `LOAD_MAP` is a descriptor. */
const MAP_DESCRIPTOR = 1;
/** The number of the kernel function `bpf_redirect_map`. */
const REDIRECT_MAP = 51;

/** Registers: the result; the arguments of a call, of which the first is the context when the program begins. */
const RESULT = 0;
const CONTEXT = 1;
const FIRST = 1;
const SECOND = 2;
const THIRD = 3;
/** The frame, its end, and what has been read of it. */
const FRAME = 2;
const END = 3;
const FIELD = 4;

/** Fields of the context, `struct xdp_md`. */
const CONTEXT_DATA = 0;
const CONTEXT_DATA_END = 4;
const CONTEXT_QUEUE = 16;

/** Where the fields are in an Ethernet frame with an IPv4 header without options. */
const ETHERTYPE = 12;
const VERSION_IHL = 14;
const FRAGMENT = 20;
const TTL = 22;
const PROTOCOL = 23;
const DESTINATION_PORT = 36;
/** A frame up to the end of a UDP header, which is also the length of one with an ARP message. */
const LEAST_BYTES = 42;

interface Instruction {
  readonly code: number;
  readonly to?: number;
  readonly from?: number;
  /** Of a field, or the label that a jump leads to. */
  readonly at?: number | 'control' | 'data';
  readonly value?: number;
  readonly label?: 'control' | 'data';
}

/**
 * A program that passes control traffic on to the kernel, where a packet socket takes it, and redirects all else to the
 * AF_XDP socket of its queue. The rule is that of `packet-filter.ts`, so that a link has the same two ways in whatever
 * takes its data.
 *
 * @param map an XSKMAP by queue
 * @param withoutSocket the verdict over data of a queue that has no socket
 * @returns `struct bpf_insn` of this host
 */
export function xdpProgram(map: number, withoutSocket: number): Uint8Array {
  return assemble([
    { code: LOAD_WORD, to: FRAME, from: CONTEXT, at: CONTEXT_DATA },
    { code: LOAD_WORD, to: END, from: CONTEXT, at: CONTEXT_DATA_END },
    // The verifier lets nothing be read that was not compared with the end before.
    { code: COPY, to: FIELD, from: FRAME },
    { code: ADD, to: FIELD, value: LEAST_BYTES },
    { code: JUMP_ABOVE_REGISTER, to: FIELD, from: END, at: 'data' },

    { code: LOAD_HALF, to: FIELD, from: FRAME, at: ETHERTYPE },
    { code: JUMP_EQUAL, to: FIELD, value: asLoaded(ETHERTYPE_ARP), at: 'control' },
    { code: JUMP_NOT_EQUAL, to: FIELD, value: asLoaded(ETHERTYPE_IPV4), at: 'data' },
    { code: LOAD_BYTE, to: FIELD, from: FRAME, at: VERSION_IHL },
    { code: JUMP_NOT_EQUAL, to: FIELD, value: IPV4_VERSION_IHL_PLAIN, at: 'data' },
    { code: LOAD_BYTE, to: FIELD, from: FRAME, at: PROTOCOL },
    { code: JUMP_EQUAL, to: FIELD, value: PROTOCOL_OSPF, at: 'control' },
    { code: JUMP_NOT_EQUAL, to: FIELD, value: PROTOCOL_UDP, at: 'data' },

    { code: LOAD_HALF, to: FIELD, from: FRAME, at: FRAGMENT },
    { code: AND, to: FIELD, value: asLoaded(IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET_MASK) },
    { code: JUMP_NOT_EQUAL, to: FIELD, value: 0, at: 'data' },
    { code: LOAD_HALF, to: FIELD, from: FRAME, at: DESTINATION_PORT },
    { code: JUMP_NOT_EQUAL, to: FIELD, value: asLoaded(BFD_PORT), at: 'data' },
    { code: LOAD_BYTE, to: FIELD, from: FRAME, at: TTL },
    { code: JUMP_EQUAL, to: FIELD, value: BFD_TTL, at: 'control' },

    { label: 'data', code: LOAD_WORD, to: SECOND, from: CONTEXT, at: CONTEXT_QUEUE },
    { code: LOAD_MAP, to: FIRST, from: MAP_DESCRIPTOR, value: map },
    { code: 0 },
    { code: SET, to: THIRD, value: withoutSocket },
    { code: CALL, value: REDIRECT_MAP },
    { code: EXIT },

    { label: 'control', code: SET, to: RESULT, value: XDP_PASS },
    { code: EXIT },
  ]);
}

/** A field of two bytes in network order as this host loads it. */
function asLoaded(value: number): number {
  return ((value & 0xff) << 8) | (value >>> 8);
}

/** Jumps are counted from the next instruction. */
function assemble(instructions: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(instructions.length * 8);
  const view = new DataView(bytes.buffer);
  instructions.forEach(({ code, to = 0, from = 0, at = 0, value = 0 }, index) => {
    const offset = typeof at === 'number' ? at : instructions.findIndex(({ label }) => label === at) - index - 1;
    bytes[index * 8] = code;
    bytes[index * 8 + 1] = to | (from << 4);
    view.setInt16(index * 8 + 2, offset, true);
    view.setInt32(index * 8 + 4, value, true);
  });
  return bytes;
}
