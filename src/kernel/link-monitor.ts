import { native, type Watcher } from './binding.js';
import { NetlinkSocket, withNetlink } from './netlink.js';
import { splitMessages } from './netlink-message.js';
import { dumpLinksRequest, type KernelLink, type LinkNotice, readLinkNotice } from './rtnetlink.js';
import { hasCode } from './system-error.js';

const { NETLINK_ROUTE, RTMGRP_LINK } = native.constants;

const DATAGRAM_BYTES = 65_536;
/** Datagrams read in one turn of the event loop; the rest comes in the next one. */
const DATAGRAMS_PER_TURN = 64;

/** A link is now so, or undefined: there is none of that name any more. */
export type LinkChange = (name: string, link: KernelLink | undefined) => void;

/**
 * The links of the network namespace in which it was made, kept current by the kernel's notices. A rename is the end of
 * one name and the start of another. It keeps the event loop alive until it is closed.
 *
 * The kernel itself may hold a notice of lost carrier back (net/core/link_watch.c): up to a second after the notice before,
 * of any link on the machine. Exempt are links whose `IFLA_LINK` differs from their own index, such as the end of a veth
 * pair whose ends have different indices.
 */
export class LinkMonitor {
  private readonly fd: number;
  private readonly watcher: Watcher;
  /** For reading the table; of the same namespace, wherever the thread is by then. */
  private readonly table = new NetlinkSocket();
  private readonly datagram = new Uint8Array(DATAGRAM_BYTES);
  private readonly byIndex = new Map<number, KernelLink>();

  /** `onChange` is called for changes after the construction, from the event loop. */
  constructor(private readonly onChange: LinkChange) {
    // Subscribed before the table is read, so that no change falls between the two.
    this.fd = openLinkNotices();
    try {
      for (const link of readLinkTable(this.table)) this.byIndex.set(link.ifindex, link);
      this.watcher = native.watch(this.fd, () => this.readNotices());
    } catch (error) {
      native.close(this.fd);
      this.table.close();
      throw error;
    }
  }

  /** The link of that name, or undefined if there is none. */
  link(name: string): KernelLink | undefined {
    for (const link of this.byIndex.values()) {
      if (link.name === name) return link;
    }
    return undefined;
  }

  links(): KernelLink[] {
    return [...this.byIndex.values()];
  }

  close(): void {
    this.watcher.close();
    native.close(this.fd);
    this.table.close();
  }

  private readNotices(): void {
    try {
      for (let turn = 0; turn < DATAGRAMS_PER_TURN; turn++) {
        const notices = receiveLinkNotices(this.fd, this.datagram);
        if (notices === undefined) return;
        for (const notice of notices) this.apply(notice);
      }
    } catch (error) {
      if (!hasCode(error, 'ENOBUFS')) throw error;
      this.resynchronise();
    }
  }

  private apply(notice: LinkNotice): void {
    const { ifindex, name } = notice.link;
    const known = this.byIndex.get(ifindex);
    if (notice.removed) {
      this.byIndex.delete(ifindex);
      if (known !== undefined) this.onChange(known.name, undefined);
      return;
    }
    if (known !== undefined && sameLink(known, notice.link)) return;
    this.byIndex.set(ifindex, notice.link);
    if (known !== undefined && known.name !== name) this.onChange(known.name, undefined);
    this.onChange(name, notice.link);
  }

  /** Notices were lost: the table says what is. */
  private resynchronise(): void {
    const links = readLinkTable(this.table);
    const present = new Set(links.map((link) => link.ifindex));
    for (const known of this.links()) {
      if (!present.has(known.ifindex)) this.apply({ removed: true, link: known });
    }
    for (const link of links) this.apply({ removed: false, link });
  }
}

/** A netlink socket that becomes readable when a link of the thread's network namespace changes. */
export function openLinkNotices(): number {
  return native.openNetlink(NETLINK_ROUTE, RTMGRP_LINK);
}

/**
 * The notices of one datagram from `openLinkNotices`; undefined when none waits. `datagram` is working memory of 64 KiB.
 * Throws ENOBUFS when notices were lost, with none waiting: what the table says afterwards (`readLinks`) is the truth.
 */
export function receiveLinkNotices(fd: number, datagram: Uint8Array): LinkNotice[] | undefined {
  const length = receiveOrEmpty(fd, datagram);
  if (length === 0) return undefined;
  const notices: LinkNotice[] = [];
  for (const message of splitMessages(datagram.subarray(0, length))) {
    const notice = readLinkNotice(message);
    if (notice !== undefined) notices.push(notice);
  }
  return notices;
}

/**
 * After an overflow the kernel drops notices without another word until the queue is empty, and those in the queue are
 * older than those it dropped: they are of no use.
 */
function receiveOrEmpty(fd: number, datagram: Uint8Array): number {
  try {
    return native.receiveNetlink(fd, datagram);
  } catch (error) {
    if (hasCode(error, 'ENOBUFS')) while (native.receiveNetlink(fd, datagram) > 0);
    throw error;
  }
}

/** All links of the thread's network namespace. */
export function readLinks(): KernelLink[] {
  return withNetlink(readLinkTable);
}

function readLinkTable(socket: NetlinkSocket): KernelLink[] {
  const rows = socket.dump(dumpLinksRequest, 'RTM_GETLINK');
  return rows.flatMap((row) => readLinkNotice(row)?.link ?? []);
}

function sameLink(a: KernelLink, b: KernelLink): boolean {
  return (
    a.name === b.name &&
    a.hardware === b.hardware &&
    a.mtu === b.mtu &&
    a.adminUp === b.adminUp &&
    a.carrier === b.carrier &&
    Buffer.compare(a.mac, b.mac) === 0
  );
}
