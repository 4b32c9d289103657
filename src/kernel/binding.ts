import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { ConstantName } from './constant-names.js';

/**
 * What the native addon offers: system calls and memory, no policy. Functions throw Node-style system errors (`code`,
 * `errno` as a negative number, `syscall`) unless they say that they return a negative errno; an argument of the wrong
 * type or range throws a TypeError or RangeError. All descriptors are non-blocking and close-on-exec, and belong to the
 * caller.
 */
export interface NativeBinding {
  /** Numbers from the C headers that the addon was compiled with. */
  readonly constants: Readonly<Record<ConstantName, number>>;

  close(fd: number): void;

  /** Opens or attaches to a TUN device (`IFF_TUN | IFF_NO_PI`). An empty name lets the kernel choose. */
  openTun(options: {
    name: string;
    /** Each packet has a 10-byte virtio-net header in front. */
    vnetHeader: boolean;
    multiQueue: boolean;
    /** `TUN_F_*` flags for `TUNSETOFFLOAD`; used only with `vnetHeader`. */
    offload: number;
  }): { fd: number; name: string };

  /**
   * Opens an AF_PACKET raw socket bound to one link, all protocols. Nothing from another link can slip in, and frames
   * with a VLAN tag (the kernel takes the tag out of the frame) are left to the link of that VLAN.
   */
  openPacket(options: {
    ifindex: number;
    vnetHeader: boolean;
    ignoreOutgoing: boolean;
    qdiscBypass: boolean;
    receiveBufferBytes: number;
    sendBufferBytes: number;
    /** `SO_PRIORITY`: which frames a queue discipline prefers. */
    priority?: number;
    /** Classic BPF (`struct sock_filter`) that decides which of the untagged frames are received. */
    filter?: Uint8Array;
  }): number;

  /** Gives an AF_PACKET socket another filter, as in `openPacket`. */
  setPacketFilter(fd: number, filter: Uint8Array): void;

  /**
   * Has the sockets of a group share out what comes in by their link, by a hash of the flow that is the same both ways
   * (`PACKET_FANOUT_HASH`), without what goes out. The link must be up. Returns the number of the group; without one the
   * socket begins a new one.
   */
  joinPacketFanout(fd: number, group?: number): number;

  /** Subscribes an AF_PACKET socket to a multicast MAC address (6 bytes) on its link. */
  joinPacketMulticast(fd: number, ifindex: number, mac: Uint8Array): void;

  /** Packets and drops counted by an AF_PACKET socket since the last call (`PACKET_STATISTICS`). */
  packetStatistics(fd: number): { packets: number; drops: number };

  /** The index of a link of the calling thread's network namespace, 0 if there is none of that name. */
  interfaceIndex(name: string): number;

  /** `groups` is the bit mask of `bind(2)`; extended acknowledgements and strict checking are on. */
  openNetlink(protocol: number, groups: number): number;
  /** Sends one datagram to the kernel. */
  sendNetlink(fd: number, bytes: Uint8Array): void;
  /** Receives one datagram; returns its length, 0 when none waits. Throws ENOBUFS when messages were lost. */
  receiveNetlink(fd: number, into: Uint8Array): number;

  createEvent(): number;
  signalEvent(fd: number): void;
  clearEvent(fd: number): void;

  /**
   * Waits until a descriptor is ready. `entries` holds one `struct pollfd` in two int32 each (fd; events in the low
   * and revents in the high half). Returns the number of ready descriptors, 0 after `timeoutUs` (-1: for ever) or when
   * a signal came.
   */
  poll(entries: Int32Array, count: number, timeoutUs: number): number;

  /**
   * Calls `callback` from this thread's event loop while `fd` is readable or has an error, which the callback is to read.
   * The watcher keeps the loop alive; close it before the descriptor.
   */
  watch(fd: number, callback: () => void): Watcher;

  /** CLOCK_MONOTONIC in microseconds, written to `into[0]` (no allocation). */
  readClock(into: Float64Array): void;

  /**
   * Asks for huge pages (2 MiB on x86) behind `bytes`, whose memory may be shared; pages that were touched before stay as
   * they are for the time being. Returns false where the kernel has none.
   */
  adviseHugePages(bytes: Uint8Array): boolean;

  /** Loads a TCX ingress program that drops every frame after the packet taps; lives until the descriptor is closed. */
  attachIngressDrop(ifindex: number): number;
  /** Loads and attaches an XDP program that drops every frame before any tap; lives until the descriptor is closed. */
  attachXdpDrop(ifindex: number): number;

  /** Loads an XDP program, `struct bpf_insn` of this host; the kernel verifies it. */
  loadXdp(instructions: Uint8Array): number;
  /** Attaches an XDP program in the driver of a link (native mode); lives until the descriptor is closed. */
  attachXdp(program: number, ifindex: number): number;
  /** Runs an XDP program over a frame of at least 14 bytes (`BPF_PROG_TEST_RUN`) and returns its verdict. */
  runXdp(program: number, frame: Uint8Array): number;
  /** A map from receive queues (0 … `queues` - 1) to AF_XDP sockets, empty at first. */
  createXskMap(queues: number): number;
  /** Puts an AF_XDP socket into the map; it must have its rings. */
  setXskMap(map: number, queue: number, xdp: number): void;

  /**
   * Opens an AF_XDP socket with its four rings of `ringSlots` entries (a power of two), not yet mapped or bound.
   * `memory`, whole pages, is pinned by the kernel as the socket's frames of `chunkBytes` bytes each, until the last
   * socket that uses it is closed, and is not in children of this process (`MADV_DONTFORK`); without it the socket is to
   * be bound to another one's.
   */
  openXdp(options: {
    memory?: Uint8Array;
    chunkBytes: number;
    /** Bytes that the kernel leaves free in a chunk, on top of `XDP_PACKET_HEADROOM`. */
    headroomBytes: number;
    ringSlots: number;
    sendBufferBytes: number;
  }): number;
  /** Maps a ring (0 received, 1 to send, 2 to fill, 3 sent) over `into`, whole pages; only before `bindXdp`. */
  mapXdpRing(fd: number, ring: number, into: Uint8Array): void;
  /** Puts plain memory, all zero, in the place of whatever is mapped over whole pages. */
  unmapPages(bytes: Uint8Array): void;
  /** Where producer index, consumer index, flags and entries are in each of the four rings: 16 byte offsets. */
  readXdpOffsets(fd: number, into: Int32Array): void;
  /** Binds to a queue of a link, with the memory of the bound socket `sharedFd`; true if the driver copies nothing. */
  bindXdp(fd: number, ifindex: number, queue: number, sharedFd?: number): boolean;
  /** Has the kernel send what is in the ring, in copy mode 32 frames at most; returns 0 or a negative errno. */
  kickXdp(fd: number): number;
  /** Frames that the kernel threw away since the socket was opened, for want of a chunk or of room in the ring. */
  xdpMissed(fd: number): number;

  /** Bytes from the start of `bytes` to the first boundary of a page. */
  pageStart(bytes: Uint8Array): number;

  /** The queues of a link; of a driver that has no word for them, one for both directions. */
  readChannels(name: string): Channels;

  /**
   * Runs `action` with this thread in another network namespace (a path), and returns to the own one whatever happens.
   * Only synchronous work runs there.
   */
  inNamespace<T>(path: string, action: () => T): T;

  /**
   * Gives up user, groups and every capability of all threads, for good (`no_new_privs`). Returns false if the user
   * namespace knows no such user or group: then the ids stay and only the capabilities are gone.
   */
  dropPrivileges(uid: number, gid: number): boolean;

  /** Moves the calling thread into `SCHED_RR` with a priority of 1 to 99; what it starts is not in it. */
  takeRealtime(priority: number): void;

  /**
   * Has the calling thread ask for the processor in turns of so many microseconds, 100 to 100,000 (sched_setattr(2), Linux
   * 6.12; older ones take the call and change nothing). Its share stays what its nice value says.
   */
  takeSlice(microseconds: number): void;

  /** Sends one datagram to a UNIX socket path (a leading `@` means the abstract name space). */
  sendUnixDatagram(path: string, text: string): void;
  /** Two connected UNIX datagram sockets that do not block. */
  createSocketPair(): [number, number];

  /** `slotBytes` is the distance between slots; `capacity` bounds the packets of one call (1 to 1024). */
  PacketIo: new (
    arena: Uint8Array,
    slotBytes: number,
    capacity: number,
  ) => PacketIo;
}

export interface Watcher {
  close(): void;
}

/** The queues of a link as `ethtool -l` counts them: those that only receive, those that only send, those that do both. */
export interface Channels {
  readonly receive: number;
  readonly transmit: number;
  readonly combined: number;
}

/**
 * Batched input and output for one arena; holds the `mmsghdr` and `iovec` arrays. Offsets are packet offsets as in
 * `link/frame.ts`; the native side adds the header distances. Calls return a count or a negative errno. An offset or
 * length that does not lie within the arena throws a RangeError before the kernel sees any packet.
 *
 * `vnetHeader` must be what the descriptor was opened with. With it the virtio-net header passes unchanged between the
 * kernel and the slot; without it a received packet gets an all-zero header, and the header of a sent one is not read.
 */
export interface PacketIo {
  /**
   * `recvmmsg` into slots 0 … count-1; writes offsets and lengths (layer 3, Ethernet header not counted; -1 for a
   * frame that is shorter than its header or longer than its slot). `-EINVAL`: the kernel dropped one packet that has no
   * virtio-net form; the socket is good.
   */
  receivePacket(fd: number, vnetHeader: boolean, offsets: Int32Array, lengths: Int32Array, count: number): number;
  /**
   * `sendmmsg`. Returns how many were taken from the front; if the kernel refuses the first one, its negative errno. An
   * entry whose `joined` is not 0 continues the packet of the entry before it; the pieces of a packet, 512 at most, are
   * gathered without a copy, and are taken together.
   */
  transmitPacket(
    fd: number,
    vnetHeader: boolean,
    offsets: Int32Array,
    lengths: Int32Array,
    count: number,
    joined?: Uint8Array,
  ): number;
  /** Repeated `readv` in one call; `-EINVAL` as in `receivePacket`. */
  receiveTun(fd: number, vnetHeader: boolean, offsets: Int32Array, lengths: Int32Array, count: number): number;
  /**
   * Repeated `writev` in one call; `joined` and what it returns are as for `transmitPacket`.
   */
  transmitTun(
    fd: number,
    vnetHeader: boolean,
    offsets: Int32Array,
    lengths: Int32Array,
    count: number,
    joined?: Uint8Array,
  ): number;
  /** Frees the native memory; the object cannot be used afterwards. */
  release(): void;
}

const load = createRequire(import.meta.url)('node-gyp-build') as (root: string) => NativeBinding;

/** The addon, from a prebuild or from `build/Release`. */
export const native: NativeBinding = load(fileURLToPath(new URL('../../..', import.meta.url)));
