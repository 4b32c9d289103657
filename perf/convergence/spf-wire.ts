import rawSocket from 'raw-socket';
import { formatIpv4, parseIpv4 } from '../../src/base/ipv4.js';
import { maskOf } from '../../src/base/prefix.js';
import { inNamespace } from '../../src/kernel/namespace.js';
import { runProgram } from '../../src/lab/program.js';
import { PROTOCOL_OSPF } from '../../src/wire/ipv4.js';
import { ALL_SPF_ROUTERS } from '../../src/wire/ospf/header.js';
import type { FeederEnd } from './spf-feeder.js';

/** The router that calculates has this link and this address in its namespace. */
export const ROUTER_LINK = 'eth0';
export const ROUTER_ADDRESS = '10.254.0.1/30';
const FEEDER_ADDRESS = '10.254.0.2';
const PREFIX_LENGTH = 30;

/** From <netinet/in.h>. */
const IPPROTO_IP = 0;
const IP_ADD_MEMBERSHIP = 35;

/** A wire between two namespaces of its own: one for a router, and one for its feeder, whose end this is. */
export class SpfWire implements FeederEnd {
  readonly address = parseIpv4(FEEDER_ADDRESS)!;
  readonly mask = maskOf(PREFIX_LENGTH);
  private readonly group = formatIpv4(ALL_SPF_ROUTERS);
  private readonly socket: ReturnType<typeof rawSocket.createSocket>;

  private constructor(
    /** Of the router. */
    readonly namespace: string,
    private readonly feederNamespace: string,
  ) {
    this.socket = inNamespace(feederNamespace, () => this.openSocket());
  }

  /** With `kernelAddress`, the router's kernel has the address, as routing daemons expect. */
  static async connect(namespace: string, kernelAddress: boolean): Promise<SpfWire> {
    const feeder = `${namespace}-feeder`;
    const ip = (...words: string[]) => runProgram('ip', words);
    for (const name of [namespace, feeder]) await ip('netns', 'add', name);
    // Links of different indices: otherwise the kernel takes its time to tell of a carrier.
    const ends = [
      ['index', '101', 'name', ROUTER_LINK, 'netns', namespace],
      ['index', '102', 'name', ROUTER_LINK, 'netns', feeder],
    ];
    await ip('link', 'add', ...ends[0]!, 'type', 'veth', 'peer', ...ends[1]!);
    for (const name of [namespace, feeder]) {
      await ip('-n', name, 'link', 'set', 'lo', 'up');
      await ip('-n', name, 'link', 'set', ROUTER_LINK, 'addrgenmode', 'none', 'up');
    }
    await ip('-n', feeder, 'address', 'add', `${FEEDER_ADDRESS}/${PREFIX_LENGTH}`, 'dev', ROUTER_LINK);
    await ip('-n', feeder, 'route', 'add', '224.0.0.0/4', 'dev', ROUTER_LINK);
    if (kernelAddress) await ip('-n', namespace, 'address', 'add', ROUTER_ADDRESS, 'dev', ROUTER_LINK);
    return new SpfWire(namespace, feeder);
  }

  send(packet: Uint8Array): void {
    const buffer = Buffer.from(packet.buffer, packet.byteOffset, packet.length);
    this.socket.send(buffer, 0, buffer.length, this.group, (error) => {
      if (error !== null) process.stderr.write(`feeder of ${this.namespace}: ${error.message}\n`);
    });
  }

  /** `receive` gets what follows the IPv4 header of each OSPF packet. */
  onPacket(receive: (payload: Uint8Array) => void): void {
    this.socket.on('message', (packet) => receive(Uint8Array.from(packet.subarray((packet[0] & 0x0f) * 4))));
  }

  /** The programs in both namespaces must have ended. */
  async remove(): Promise<void> {
    this.socket.close();
    for (const name of [this.namespace, this.feederNamespace]) await runProgram('ip', ['netns', 'delete', name]);
  }

  private openSocket(): ReturnType<typeof rawSocket.createSocket> {
    const socket = rawSocket.createSocket({ protocol: PROTOCOL_OSPF });
    const membership = Buffer.from([...octets(ALL_SPF_ROUTERS), ...octets(this.address)]);
    socket.setOption(IPPROTO_IP, IP_ADD_MEMBERSHIP, membership, membership.length);
    return socket;
  }
}

function octets(address: number): number[] {
  return [address >>> 24, (address >>> 16) & 0xff, (address >>> 8) & 0xff, address & 0xff];
}
