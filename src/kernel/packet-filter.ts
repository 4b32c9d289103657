import { BFD_PORT, BFD_TTL } from '../wire/bfd.js';
import { ETHERTYPE_ARP, ETHERTYPE_IPV4 } from '../wire/ethernet.js';
import {
  IPV4_FRAGMENT_OFFSET_MASK,
  IPV4_MORE_FRAGMENTS,
  IPV4_VERSION_IHL_PLAIN,
  PROTOCOL_OSPF,
  PROTOCOL_UDP,
} from '../wire/ipv4.js';

/** Opcodes of classic BPF (linux/bpf_common.h). */
const LOAD_LENGTH = 0x80;
const LOAD_HALF = 0x28;
const LOAD_BYTE = 0x30;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const JUMP_ANY_BIT = 0x45;
const RETURN = 0x06;

/** Where the fields are in an Ethernet frame with an IPv4 header without options. */
const ETHERTYPE = 12;
const VERSION_IHL = 14;
const FRAGMENT = 20;
const TTL = 22;
const PROTOCOL = 23;
const DESTINATION_PORT = 36;
/** A frame up to the end of a UDP header, which is also the length of one with an ARP message. */
const LEAST_BYTES = 42;

const WHOLE_FRAME = 0xffffffff;
const NOTHING = 0;

/** Instructions by number: the two that end the program. */
const IS_CONTROL = 16;
const IS_DATA = 17;

type Instruction = readonly [code: number, operand: number, ifTrue?: number, ifFalse?: number];

/**
 * A program that tells control traffic from the rest: ARP, OSPF and BFD. Each has its own socket, so that a flood of
 * packets, for which the kernel has no room, does not take along those by which neighbors know that they are alive. Frames
 * that are short or have IP options count as data, where everything about them is checked; so does BFD from beyond the
 * link (RFC 5881 section 5), or anybody anywhere could fill the socket.
 */
function program(control: number, data: number): readonly Instruction[] {
  return [
    [LOAD_LENGTH, 0],
    [JUMP_AT_LEAST, LEAST_BYTES, 2, IS_DATA],
    [LOAD_HALF, ETHERTYPE],
    [JUMP_EQUAL, ETHERTYPE_ARP, IS_CONTROL, 4],
    [JUMP_EQUAL, ETHERTYPE_IPV4, 5, IS_DATA],
    [LOAD_BYTE, VERSION_IHL],
    [JUMP_EQUAL, IPV4_VERSION_IHL_PLAIN, 7, IS_DATA],
    [LOAD_BYTE, PROTOCOL],
    [JUMP_EQUAL, PROTOCOL_OSPF, IS_CONTROL, 9],
    [JUMP_EQUAL, PROTOCOL_UDP, 10, IS_DATA],
    [LOAD_HALF, FRAGMENT],
    [JUMP_ANY_BIT, IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET_MASK, IS_DATA, 12],
    [LOAD_HALF, DESTINATION_PORT],
    [JUMP_EQUAL, BFD_PORT, 14, IS_DATA],
    [LOAD_BYTE, TTL],
    [JUMP_EQUAL, BFD_TTL, IS_CONTROL, IS_DATA],
    [RETURN, control],
    [RETURN, data],
  ];
}

/** Lets in control traffic only, and all but control traffic, as `struct sock_filter` of this host. */
export const CONTROL_FILTER = assemble(program(WHOLE_FRAME, NOTHING));
export const DATA_FILTER = assemble(program(NOTHING, WHOLE_FRAME));

/** Lets in nothing. */
export const CLOSED_FILTER = assemble([[RETURN, NOTHING]]);

/** Jumps are counted from the next instruction. */
function assemble(instructions: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(instructions.length * 8);
  const view = new DataView(bytes.buffer);
  instructions.forEach(([code, operand, ifTrue = 0, ifFalse = 0], index) => {
    const isJump = code === JUMP_EQUAL || code === JUMP_AT_LEAST || code === JUMP_ANY_BIT;
    view.setUint16(index * 8, code, true);
    bytes[index * 8 + 2] = isJump ? ifTrue - index - 1 : 0;
    bytes[index * 8 + 3] = isJump ? ifFalse - index - 1 : 0;
    view.setUint32(index * 8 + 4, operand, true);
  });
  return bytes;
}
