import { LasthopError } from '../base/errors.js';
import { formatInterfaceAddress } from '../base/prefix.js';
import { native } from '../kernel/binding.js';
import { attachDrop, type IngressDrop } from '../kernel/ingress-drop.js';
import { readLinkAddresses, setLinkUp } from '../kernel/link-settings.js';
import { CLOSED_FILTER, CONTROL_FILTER, DATA_FILTER } from '../kernel/packet-filter.js';
import type { KernelLink } from '../kernel/rtnetlink.js';
import { hasCode, isSystemError } from '../kernel/system-error.js';
import { type LinkDescriptor, NO_FD } from './mailbox.js';
import type { LinkRequest } from './messages.js';
import type { XdpBinding, XdpOwner } from './xdp-owner.js';

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
  /** The AF_XDP sockets that take the data, if there are any. */
  private readonly xdp: XdpBinding | undefined;
  /** Why the data goes by this kind of socket, for people. */
  readonly ioReason: IoReason;
  private readonly wanted: LinkRequest['io'];
  private readonly drop: IngressDrop;
  private readonly broughtUp: boolean;
  private missed = 0;

  /** Takes the NIC over, or throws an error for people and leaves it as it was. Without XDP there is always `packet`. */
  constructor(kernel: KernelLink, wanted: LinkRequest['io'], xdp: XdpOwner, workers = 1) {
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
    const { binding, reason } =
      wanted === 'xdp' ? openXdp(xdp, kernel) : { binding: undefined, reason: REASONS[wanted] };
    this.xdp = binding;
    this.ioReason = reason;
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

  /** True if the link is to be opened again: by another kind of socket, or because it is not as it was for this one. */
  isOutdated(wanted: LinkRequest['io'], kernel: KernelLink): boolean {
    const otherKind = (wanted === 'xdp') !== (this.wanted === 'xdp');
    return otherKind || this.xdp?.fits(kernel) === false;
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

  /** Gives the NIC back to the kernel. */
  release(): void {
    this.xdp?.release();
    try {
      if (this.broughtUp) setLinkUp(this.kernel.ifindex, false);
    } catch (error) {
      if (!hasCode(error, 'ENODEV')) throw error;
    } finally {
      this.drop.close();
    }
  }
}

/** In the words of an event. */
type IoReason = { readonly reason: string } | { readonly reason: string; readonly hint: string };

const REASONS = {
  // AF_XDP loses both: a veth peer, or a NIC that merges packets, would have to be told to stop it first.
  auto: { reason: 'super-packets pass whole, and checksums that hosts leave to their NIC are completed' },
  packet: { reason: 'as configured' },
};

/** The socket and how it works, or the reason why there is none. */
function openXdp(
  xdp: XdpOwner,
  kernel: KernelLink,
): { readonly binding: XdpBinding | undefined; readonly reason: IoReason } {
  try {
    const binding = xdp.open(kernel);
    return { binding, reason: forPeople(`as configured, ${binding.reason}`, binding.hint) };
  } catch (error) {
    if (!(error instanceof LasthopError) && !isSystemError(error)) throw error;
    const reason = `AF_XDP is not available: ${error.message}`;
    return { binding: undefined, reason: forPeople(reason, error instanceof LasthopError ? error.hint : undefined) };
  }
}

function forPeople(reason: string, hint: string | undefined): IoReason {
  return hint === undefined ? { reason } : { reason, hint };
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
