import { LasthopError } from '../base/errors.js';
import { native } from '../kernel/binding.js';
import { readChannels } from '../kernel/link-settings.js';
import type { KernelLink } from '../kernel/rtnetlink.js';
import { xdpProgram } from '../kernel/xdp-program.js';
import { XDP_MAX_MTU } from '../link/xdp-layout.js';
import type { Commands } from './commands.js';
import type { XdpDescriptor } from './mailbox.js';
import { type QueueShare, shareQueues } from './queue-share.js';
import { type BoundSocket, Umem } from './umem.js';

const { XDP_PASS } = native.constants;

/** The AF_XDP sockets of a link, and the program that leads the link's data to them. */
export interface XdpBinding {
  /** The socket of queue n, in the memory of worker n. Whoever they are handed to closes them. */
  readonly sockets: readonly XdpDescriptor[];
  /** The driver receives into our memory and sends from it. */
  readonly zeroCopy: boolean;
  /** How the workers share them. */
  readonly share: QueueShare;
  /** Frames that the kernel threw away because the workers did not come for them in time. */
  countMissed(): number;
  /** True while the link is as it was when it was opened: its frames fit, and each queue has its socket. */
  fits(kernel: KernelLink): boolean;
  /** Takes the program off the link. The workers have been told to close the sockets. */
  release(): void;
  /** Takes everything back before any worker was told of it. */
  discard(): void;
}

/** Opens AF_XDP sockets, a queue of a link in the memory of each worker (`queue-share.ts`). */
export class XdpOwner {
  private readonly umems: readonly Umem[];
  private readonly commands: Pick<Commands, 'fence'>;

  /** @param arenas the memory of the packets of each worker */
  constructor(arenas: readonly SharedArrayBuffer[], commands: Pick<Commands, 'fence'>) {
    this.umems = arenas.map((arena) => new Umem(arena));
    this.commands = commands;
  }

  /**
   * Opens a socket on each queue of a link and leads the link's data to them. Throws a LasthopError if the link is not fit
   * for it, or the system error of the kernel that refuses it (no such driver feature, memory, privilege), and leaves
   * nothing behind.
   */
  open(kernel: KernelLink): XdpBinding {
    const share = this.shareOf(kernel);
    const sockets: BoundSocket[] = [];
    try {
      for (let queue = 0; queue < share.queues; queue++) sockets.push(this.umems[queue].open(kernel, queue));
      const attachment = attach(
        kernel.ifindex,
        sockets.map(({ fd }) => fd),
      );
      return this.bind(sockets, share, attachment);
    } catch (error) {
      this.discard(sockets);
      throw error;
    }
  }

  /** Closes sockets that no worker was told of. */
  private discard(sockets: readonly BoundSocket[]): void {
    for (const [queue, socket] of sockets.entries()) this.umems[queue].discard(socket);
  }

  /** Throws a LasthopError if the link is not fit for AF_XDP. */
  private shareOf({ name, mtu }: KernelLink): QueueShare {
    if (mtu > XDP_MAX_MTU) {
      throw new LasthopError('XDP_MTU', `link ${name} has an MTU of ${mtu}, expected at most ${XDP_MAX_MTU}`);
    }
    return shareQueues(name, native.readChannels(name), this.umems.length);
  }

  private bind(sockets: readonly BoundSocket[], share: QueueShare, attachment: number): XdpBinding {
    const free = () => {
      for (const [queue, socket] of sockets.entries()) this.umems[queue].free(socket);
    };
    return {
      sockets,
      zeroCopy: sockets.every(({ zeroCopy }) => zeroCopy),
      share,
      countMissed: () => sockets.reduce((sum, { fd }) => sum + native.xdpMissed(fd), 0),
      fits: (kernel) => kernel.mtu <= XDP_MAX_MTU && hasQueues(kernel, share.queues),
      release: () => {
        native.close(attachment);
        for (const [queue, socket] of sockets.entries()) this.umems[queue].disown(socket);
        this.commands.fence(free);
      },
      discard: () => {
        native.close(attachment);
        this.discard(sockets);
      },
    };
  }
}

/** True if a link still receives by so many queues. Of one that is gone the kernel says so in another way. */
function hasQueues({ name }: KernelLink, queues: number): boolean {
  const channels = readChannels(name);
  return channels === undefined || channels.receive + channels.combined === queues;
}

/** Leads what is not control traffic of a link to the sockets of its queues; the descriptor holds the program there. */
function attach(ifindex: number, sockets: readonly number[]): number {
  const held: number[] = [];
  try {
    const map = native.createXskMap(sockets.length);
    held.push(map);
    sockets.forEach((socket, queue) => {
      native.setXskMap(map, queue, socket);
    });
    // A queue that the link is given later has no socket. Its data goes to the packet sockets, which hardly anybody reads,
    // until the link is opened anew: better than to the host.
    const program = native.loadXdp(xdpProgram(map, XDP_PASS));
    held.push(program);
    return native.attachXdp(program, ifindex);
  } finally {
    for (const fd of held) native.close(fd);
  }
}
