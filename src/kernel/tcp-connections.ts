import type { Ipv4 } from '../base/ipv4.js';
import { native } from './binding.js';
import { NetlinkSocket } from './netlink.js';
import { NetlinkRequest, viewOf } from './netlink-message.js';

const { NLM_F_DUMP } = native.constants;

/*
 * The netlink family of sockets (sock_diag(7); linux/sock_diag.h, linux/inet_diag.h).
 */
const NETLINK_SOCK_DIAG = 4;
const SOCK_DIAG_BY_FAMILY = 20;
const INET_DIAG_REQ_BYTECODE = 1;
/** Of `struct inet_diag_sockid`, which a dump leaves empty. */
const SOCKET_ID_BYTES = 48;
/** A server that listens with IPv6 has its IPv4 connections there as well. */
const FAMILIES: readonly number[] = [2, 10];
const AF_INET = 2;
const IPPROTO_TCP = 6;

/** All states but those in which there is nothing to lose: TIME_WAIT, CLOSE, LISTEN and what has no socket yet. */
const OPEN_STATES = [1, 2, 3, 4, 5, 8, 9, 11].reduce((bits, state) => bits | (1 << state), 0);

/** A condition on the source address. */
const INET_DIAG_BC_S_COND = 7;
const CONDITION_BYTES = 16;

/*
 * Of `struct inet_diag_msg`: ports and addresses are big-endian, an IPv4 address is the first word of its field, or the last
 * one if the socket is one of IPv6.
 */
const MESSAGE_FAMILY = 0;
const MESSAGE_PORT = 4;
const MESSAGE_FAR_PORT = 6;
const MESSAGE_FAR_ADDRESS = 24;
const MAPPED_ADDRESS = 12;

const MESSAGE_ADDRESS = 8;
/** Of so many addresses and more, all connections of the host are read once, in place of those of each. */
const MANY = 4;

/** A TCP connection by its far end, and the port of this end. */
export interface TcpConnection {
  readonly far: Ipv4;
  readonly farPort: number;
  readonly port: number;
}

/**
 * The TCP connections of the thread's network namespace that have one of `addresses` as their own: those of its programs, not
 * of containers with a namespace of their own. Throws a system error if the kernel does not say (`CONFIG_INET_DIAG`).
 */
export function readTcpConnections(addresses: readonly Ipv4[]): Map<Ipv4, TcpConnection[]> {
  const connections = new Map<Ipv4, TcpConnection[]>(addresses.map((address) => [address, []]));
  const dumps = addresses.length < MANY ? addresses.map((address) => [address]) : [[]];
  const socket = new NetlinkSocket(NETLINK_SOCK_DIAG);
  try {
    for (const [address] of dumps) {
      for (const family of FAMILIES) {
        for (const { body } of socket.dump(() => dumpRequest(family, address), 'sock_diag')) {
          connections.get(addressAt(body, MESSAGE_ADDRESS))?.push(connectionOf(body));
        }
      }
    }
  } finally {
    socket.close();
  }
  return connections;
}

function connectionOf(body: Uint8Array): TcpConnection {
  const view = viewOf(body);
  return {
    far: addressAt(body, MESSAGE_FAR_ADDRESS),
    farPort: view.getUint16(MESSAGE_FAR_PORT),
    port: view.getUint16(MESSAGE_PORT),
  };
}

function addressAt(body: Uint8Array, at: number): Ipv4 {
  const view = viewOf(body);
  return view.getUint32(view.getUint8(MESSAGE_FAMILY) === AF_INET ? at : at + MAPPED_ADDRESS);
}

/** Left out `address`: of all. */
function dumpRequest(family: number, address?: Ipv4): NetlinkRequest {
  const request = new NetlinkRequest(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP)
    .u8(family)
    .u8(IPPROTO_TCP)
    .u16(0)
    .u32(OPEN_STATES)
    .zeros(SOCKET_ID_BYTES);
  return address === undefined ? request : request.attribute(INET_DIAG_REQ_BYTECODE, sourceCondition(address));
}

/**
 * A program of one instruction, so that the kernel leaves out all other sockets: on success on to the end, which takes the
 * socket, else past the end, which does not. Port -1 is any.
 *
 * ```
 *  | code 1 | yes 1 | no 2 | family 1 | prefix length 1 | unused 2 | port 4 | address 4 |
 * ```
 */
function sourceCondition(address: Ipv4): Uint8Array {
  const program = new Uint8Array(CONDITION_BYTES);
  const view = new DataView(program.buffer);
  view.setUint8(0, INET_DIAG_BC_S_COND);
  view.setUint8(1, CONDITION_BYTES);
  view.setUint16(2, CONDITION_BYTES + 4, true);
  view.setUint8(4, AF_INET);
  view.setUint8(5, 32);
  view.setInt32(8, -1, true);
  view.setUint32(12, address);
  return program;
}
