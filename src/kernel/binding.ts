import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * What the native addon offers: system calls and memory, no policy. Functions throw Node-style system errors (`code`,
 * `errno`, `syscall`) unless they say that they return a negative errno. All descriptors are non-blocking and
 * close-on-exec.
 */
export interface NativeBinding {
  /** Numbers from the C headers that the addon was compiled with. */
  readonly constants: { readonly [name: string]: number };

  close(fd: number): void;

  /** Opens or attaches to a TUN device (`IFF_TUN | IFF_NO_PI`). An empty name lets the kernel choose. */
  openTun(options: {
    name: string;
    vnetHeader: boolean;
    multiQueue: boolean;
    /** `TUN_F_*` flags for `TUNSETOFFLOAD`; used only with `vnetHeader`. */
    offload: number;
  }): { fd: number; name: string };

  /** Opens an AF_PACKET raw socket bound to one link, all protocols. */
  openPacket(options: {
    ifindex: number;
    vnetHeader: boolean;
    ignoreOutgoing: boolean;
    qdiscBypass: boolean;
    receiveBufferBytes: number;
    sendBufferBytes: number;
  }): number;

  /** Subscribes an AF_PACKET socket to a multicast MAC address (6 bytes) on its link. */
  joinPacketMulticast(fd: number, ifindex: number, mac: Uint8Array): void;

  /** Packets and drops counted by an AF_PACKET socket since the last call (`PACKET_STATISTICS`). */
  packetStatistics(fd: number): { packets: number; drops: number };

  openNetlink(protocol: number, groups: number): number;
  /** Sends one datagram to the kernel. */
  sendNetlink(fd: number, bytes: Uint8Array): void;
  /** Receives one datagram; returns its length, 0 when none waits. Throws ENOBUFS when messages were lost. */
  receiveNetlink(fd: number, into: Uint8Array): number;

  createEvent(): number;
  signalEvent(fd: number): void;
  clearEvent(fd: number): void;

  /**
   * Waits until a descriptor is readable. `entries` holds one `struct pollfd` in two int32 each (fd; events in the low
   * and revents in the high half). Returns the number of ready descriptors, 0 after `timeoutUs` (-1: for ever).
   */
  poll(entries: Int32Array, count: number, timeoutUs: number): number;

  /** CLOCK_MONOTONIC in microseconds, written to `into[0]` (no allocation). */
  readClock(into: Float64Array): void;

  /** Loads a TCX ingress program that drops every frame after the packet taps; lives until the descriptor is closed. */
  attachIngressDrop(ifindex: number): number;
  /** Loads the same program for cls_bpf (kernels before 6.6); returns a program descriptor for `RTM_NEWTFILTER`. */
  loadClassifierDrop(): number;
  /** Loads and attaches an XDP program that drops every frame before any tap; lives until the descriptor is closed. */
  attachXdpDrop(ifindex: number): number;

  /** Runs `action` with this thread in another network namespace (a path), and returns to the own one whatever happens. */
  inNamespace<T>(path: string, action: () => T): T;

  /** Gives up user, groups and every capability of all threads, for good (`no_new_privs`). */
  dropPrivileges(uid: number, gid: number): void;

  /** Sends one datagram to a UNIX socket path (a leading `@` means the abstract name space). */
  sendUnixDatagram(path: string, text: string): void;

  PacketIo: new (arena: Uint8Array, capacity: number) => PacketIo;
}

/**
 * Batched input and output for one arena; holds the `mmsghdr` and `iovec` arrays. Offsets are packet offsets as in
 * `link/frame.ts`; the native side adds the header distances. Calls return a count or a negative errno.
 */
export interface PacketIo {
  /** `recvmmsg` into slots 0 … count-1; writes offsets and lengths (layer 3, Ethernet header not counted). */
  receivePacket(fd: number, offsets: Int32Array, lengths: Int32Array, count: number): number;
  transmitPacket(fd: number, offsets: Int32Array, lengths: Int32Array, count: number): number;
  /** Repeated `readv` in one call. */
  receiveTun(fd: number, offsets: Int32Array, lengths: Int32Array, count: number): number;
  transmitTun(fd: number, offsets: Int32Array, lengths: Int32Array, count: number): number;
  /** Frees the native memory; the object cannot be used afterwards. */
  release(): void;
}

const load = createRequire(import.meta.url)('node-gyp-build') as (root: string) => NativeBinding;

/** The addon, from a prebuild or from `build/Release`. */
export const native: NativeBinding = load(fileURLToPath(new URL('../../..', import.meta.url)));
