import { LasthopError } from '../base/errors.js';
import { formatInterfaceAddress } from '../base/prefix.js';
import { native } from '../kernel/binding.js';
import { attachDrop, type IngressDrop } from '../kernel/ingress-drop.js';
import { readLinkAddresses, setLinkUp } from '../kernel/link-settings.js';
import { CLOSED_FILTER, CONTROL_FILTER, DATA_FILTER } from '../kernel/packet-filter.js';
import type { KernelLink } from '../kernel/rtnetlink.js';
import { hasCode } from '../kernel/system-error.js';
import type { IoChoice } from './io-choice.js';
import { type LinkDescriptor, NO_FD } from './mailbox.js';
import type { LinkRequest } from './messages.js';
import type { XdpBinding } from './xdp-owner.js';

const { ARPHRD_ETHER } = native.constants;

/** Socket buffers: some thousand full frames, so that a pause of the worker loses nothing at gigabit rates. */
const RECEIVE_BUFFER_BYTES = 8 << 20;
const SEND_BUFFER_BYTES = 4 << 20;

/** Of the socket for control traffic: as much as many neighbors say in a second. */
const CONTROL_BUFFER_BYTES = 1 << 20;
/** `TC_PRIO_CONTROL` (linux/pkt_sched.h): a queue that is full of data is no reason to miss a deadline. */
const CONTROL_PRIORITY = 7;

/** 224.0.0.5 and 224.0.0.6 (AllSPFRouters, AllDRouters) as MAC addresses (RFC 1112 section 6.4). */
const OSPF_GROUPS = [Uint8Array.of(0x01, 0x00, 0x5e, 0, 0, 5), Uint8Array.of(0x01, 0x00, 0x5e, 0, 0, 6)];

/**
 * A NIC taken over from the kernel: a packet socket reads it, and the host's own IP stack is kept off it. It was brought
 * up if it was down, and goes back to how it was found.
 */
export class OwnedLink {
  readonly kernel: KernelLink;
  /** The packet sockets for data, one for each worker, and for control traffic. */
  private readonly dataFds: readonly number[];
  private readonly controlFd: number;
  /** By which kind of socket the data goes. */
  readonly choice: IoChoice;
  private readonly wanted: LinkRequest['io'];
  private readonly drop: IngressDrop;
  private readonly broughtUp: boolean;
  private missed = 0;

  /**
   * Takes the NIC over, or throws an error for people and leaves it as it was.
   *
   * @param choose called once the NIC is up
   */
  constructor(kernel: KernelLink, wanted: LinkRequest['io'], choose: () => IoChoice, workers = 1) {
    this.kernel = kernel;
    this.wanted = wanted;
    refuseUnusable(kernel);
    this.drop = attachDrop(kernel.ifindex, kernel.name);
    const fds: number[] = [];
    try {
      fds.push(openSocket(kernel, CONTROL_SOCKET));
      const data = workers === 1 ? DATA_SOCKET : { ...DATA_SOCKET, filter: CLOSED_FILTER };
      while (fds.length <= workers) fds.push(openSocket(kernel, data));
      joinOspfGroups(fds[0], kernel);
      this.broughtUp = !kernel.adminUp;
      if (this.broughtUp) setLinkUp(kernel.ifindex, true);
      [this.controlFd, ...this.dataFds] = fds;
      if (workers > 1) shareOut(this.dataFds);
    } catch (error) {
      for (const fd of fds) native.close(fd);
      this.drop.close();
      throw error;
    }
    this.choice = choose();
  }

  /** The AF_XDP sockets that take the data, if there are any. */
  private get xdp(): XdpBinding | undefined {
    return this.choice.xdp;
  }

  /** What each worker has of it; whoever that is handed to closes it. Control traffic is the first one's. */
  get descriptors(): LinkDescriptor[] {
    const { name, ifindex } = this.kernel;
    return this.dataFds.map((fd, worker) => {
      const xdp = this.xdp?.sockets[worker];
      const controlFd = worker === 0 ? this.controlFd : NO_FD;
      return { kind: 'packet', name, ifindex, fd, controlFd, ...(xdp === undefined ? {} : { xdp }) };
    });
  }

  get io(): 'packet' | 'xdp' {
    return this.xdp === undefined ? 'packet' : 'xdp';
  }

  /** True if the link is to be opened again: as another kind, with another MAC address, or because its queues or MTU changed. */
  isOutdated(wanted: LinkRequest['io'], kernel: KernelLink): boolean {
    const isOther = wanted !== this.wanted || Buffer.compare(kernel.mac, this.kernel.mac) !== 0;
    return isOther || this.xdp?.fits(kernel) === false;
  }

  /** The NIC, of which the kernel says this now, as it would be without us. */
  asFound(kernel: KernelLink): KernelLink {
    return this.broughtUp ? { ...kernel, adminUp: false } : kernel;
  }

  /** How the kernel is kept off the link, for people. */
  get dropMethod(): string {
    return this.drop.method;
  }

  /** Frames that the kernel threw away since the link was taken over, because the worker did not come for them in time. */
  countMissed(): number {
    for (const fd of [this.controlFd, ...this.dataFds]) this.missed += native.packetStatistics(fd).drops;
    return this.missed + (this.xdp?.countMissed() ?? 0);
  }

  /** The workers have been told to close the sockets. Until it is released or handed over the NIC stays as it is. */
  leave(): void {
    this.xdp?.release();
  }

  /** Leaves the NIC to whoever takes it over next, up as it is. */
  handOver(): void {
    this.drop.close();
  }

  /** Gives the NIC back to the kernel. */
  release(): void {
    try {
      if (this.broughtUp) setLinkUp(this.kernel.ifindex, false);
    } catch (error) {
      if (!hasCode(error, 'ENODEV')) throw error;
    } finally {
      this.drop.close();
    }
  }
}

function refuseUnusable(kernel: KernelLink): void {
  const { name, hardware, ifindex } = kernel;
  if (hardware !== ARPHRD_ETHER) {
    throw new LasthopError('LINK_NOT_ETHERNET', `link ${name} has no Ethernet frames, expected an Ethernet link`);
  }
  const addresses = readLinkAddresses(ifindex);
  if (addresses.length === 0) return;
  throw new LasthopError(
    'LINK_HAS_KERNEL_ADDRESS',
    `link ${name} has the address ${formatInterfaceAddress(addresses[0])} in the kernel, expected none: lasthop answers for it`,
    `ip address flush dev ${name}`,
  );
}

/** What the two sockets of a link do not have in common. */
interface SocketOptions {
  readonly filter: Uint8Array;
  readonly receiveBufferBytes: number;
  readonly sendBufferBytes: number;
  readonly priority: number;
}

const DATA_SOCKET: SocketOptions = {
  filter: DATA_FILTER,
  receiveBufferBytes: RECEIVE_BUFFER_BYTES,
  sendBufferBytes: SEND_BUFFER_BYTES,
  priority: 0,
};

const CONTROL_SOCKET: SocketOptions = {
  filter: CONTROL_FILTER,
  receiveBufferBytes: CONTROL_BUFFER_BYTES,
  sendBufferBytes: CONTROL_BUFFER_BYTES,
  priority: CONTROL_PRIORITY,
};

function openSocket(kernel: KernelLink, options: SocketOptions): number {
  return native.openPacket({
    ifindex: kernel.ifindex,
    vnetHeader: true,
    ignoreOutgoing: true,
    // The queue discipline gives back-pressure, and what is sent can be seen by tcpdump.
    qdiscBypass: false,
    ...options,
  });
}

/** Each frame is to come in by one of the sockets, also while they are joined one after the other: they are closed until then. */
function shareOut(fds: readonly number[]): void {
  const group = native.joinPacketFanout(fds[0]);
  for (const fd of fds.slice(1)) native.joinPacketFanout(fd, group);
  for (const fd of fds) native.setPacketFilter(fd, DATA_FILTER);
}

function joinOspfGroups(fd: number, kernel: KernelLink): void {
  for (const mac of OSPF_GROUPS) native.joinPacketMulticast(fd, kernel.ifindex, mac);
}
