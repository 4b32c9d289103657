import { native } from '../kernel/binding.js';
import { receiveLinkNotices } from '../kernel/link-monitor.js';
import { NetlinkRequest } from '../kernel/netlink-message.js';
import { hasCode } from '../kernel/system-error.js';

const { IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS, RTM_GETLINK, SIZEOF_IFINFOMSG } = native.constants;

/** The largest datagram that the kernel makes of notices. */
const DATAGRAM_BYTES = 65_536;

/**
 * The worker's own ear for the state of its links, so that it can turn to other paths within the same turn of its loop
 * in which the kernel says that a carrier is lost. Nothing here is called per packet.
 */
export class CarrierWatch {
  private readonly fd: number;
  private readonly onState: (link: number, up: boolean) => void;
  private readonly linkOf = new Map<number, number>();
  private readonly datagram = new Uint8Array(DATAGRAM_BYTES);
  private sequence = 0;

  /**
   * @param fd rtnetlink socket subscribed to link changes (`openLinkNotices`); stays the caller's
   * @param onState a link was said to be up (administratively, with carrier) or not; also when nothing has changed
   */
  constructor(fd: number, onState: (link: number, up: boolean) => void) {
    this.fd = fd;
    this.onState = onState;
  }

  /** Watches the kernel's link `ifindex` as link `link`; its present state is reported soon. */
  add(ifindex: number, link: number): void {
    this.linkOf.set(ifindex, link);
    this.askKernel(ifindex);
  }

  remove(link: number): void {
    for (const [ifindex, watched] of this.linkOf) if (watched === link) this.linkOf.delete(ifindex);
  }

  /** Has the kernel say the state of a watched link once more. */
  ask(link: number): void {
    for (const [ifindex, watched] of this.linkOf) if (watched === link) this.askKernel(ifindex);
  }

  /** Takes in what the kernel has said; call it when the socket is readable. */
  read(): void {
    try {
      for (;;) {
        const notices = receiveLinkNotices(this.fd, this.datagram);
        if (notices === undefined) return;
        for (const { removed, link } of notices) {
          const watched = this.linkOf.get(link.ifindex);
          if (watched !== undefined) this.onState(watched, !removed && link.adminUp && link.carrier);
        }
      }
    } catch (error) {
      if (!hasCode(error, 'ENOBUFS')) throw error;
      // Notices were lost; the answers say what is.
      for (const ifindex of this.linkOf.keys()) this.askKernel(ifindex);
    }
  }

  /** The answer comes as a notice does. A link that is gone has none, but its removal was noticed. */
  private askKernel(ifindex: number): void {
    const request = new NetlinkRequest(RTM_GETLINK, 0)
      .u32(0)
      .u32(ifindex)
      .zeros(SIZEOF_IFINFOMSG - 8)
      .attributeU32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    native.sendNetlink(this.fd, request.finish(++this.sequence, false));
  }
}
