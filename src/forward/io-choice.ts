import { LasthopError } from '../base/errors.js';
import type { KernelLink } from '../kernel/rtnetlink.js';
import { hasCode, isSystemError } from '../kernel/system-error.js';
import { readXdpFeatures, XDP_ZERO_COPY } from '../kernel/xdp-features.js';
import type { LinkRequest } from './messages.js';
import type { XdpBinding, XdpOwner } from './xdp-owner.js';

/**
 * By which kind of socket the data of a link goes, and why. `auto` is AF_XDP where the driver says that it hands frames over
 * without a copy, and AF_PACKET elsewhere:
 *
 * | driver | frames of 60 bytes | TCP of hosts that leave segments to their NIC | `auto` |
 * |---|---|---|---|
 * | the kernel copies (veth) | 0.74 M/s by AF_XDP, 0.44 M/s by AF_PACKET | AF_PACKET: one unit of 64 KiB; AF_XDP: 45 frames, and checksums that the host has to complete | AF_PACKET |
 * | without a copy | twice the rate of sockets and more (scionproto/scion#4734) | the NIC cuts and checks: nothing is lost | AF_XDP |
 *
 * The first row is `lasthop perf veth` with each of the two, medians of 7 in turn with other routers, on 2 processors and Linux
 * 6.18. A stream of 1500-byte frames at 0.74 M/s is 8.9 Gbit/s at best, while units of 64 KiB carried 11.8 (`perf tcp`); a
 * packet that is not cut also costs its host less. Of the second row nothing was measured here.
 *
 * What a driver can do is read from what it says of itself: an attempt would set up the rings of the NIC anew, for which
 * some drivers take its carrier away for seconds. `auto` risks that only where AF_XDP is to stay.
 */
export interface IoChoice {
  /** The sockets that take the data; undefined for the packet socket, which there always is. */
  readonly xdp: XdpBinding | undefined;
  /** Why, in the words of an event. */
  readonly detail: { readonly reason: string; readonly hint?: string };
  /** What keeps the link from AF_XDP may pass: no fault of its driver. */
  readonly passing: boolean;
  /** A queue of the link has an AF_XDP socket or program of somebody else, or of ours that the kernel is about to free. */
  readonly busy: boolean;
}

const COPIED =
  'AF_XDP would be no more than 1.7 times as fast here, since the kernel copies; this way super-packets of 64 KiB pass ' +
  'whole, and checksums that hosts leave to their NIC are completed';

/** Refusals that another attempt may not meet: a queue or program of somebody else, memory, a link that is down. */
const PASSING_CODES = ['EBUSY', 'EEXIST', 'ENOMEM', 'ENOBUFS', 'ENETDOWN'];

/**
 * Chooses for a link that is up, and opens what it chose.
 *
 * @param featuresOf what the driver of the link with this index can do of XDP (`xdp-features.ts`)
 */
export function chooseIo(
  kernel: KernelLink,
  wanted: LinkRequest['io'],
  xdp: Pick<XdpOwner, 'open'>,
  featuresOf: (ifindex: number) => number = readXdpFeatures,
): IoChoice {
  if (wanted === 'packet') return byPacket('as configured');
  if (wanted === 'xdp') return openXdp(kernel, xdp, 'as configured');
  if ((featuresOf(kernel.ifindex) & XDP_ZERO_COPY) === 0) return byPacket(COPIED);
  const choice = openXdp(kernel, xdp, 'the driver offers it');
  if (choice.xdp?.zeroCopy !== false) return choice;
  choice.xdp.discard();
  return byPacket(COPIED);
}

function byPacket(reason: string): IoChoice {
  return { xdp: undefined, detail: { reason }, passing: false, busy: false };
}

function openXdp(kernel: KernelLink, owner: Pick<XdpOwner, 'open'>, why: string): IoChoice {
  try {
    const xdp = owner.open(kernel);
    const copies = xdp.zeroCopy ? 'without a copy' : 'the kernel copies';
    const reason = [why, copies, xdp.share.reason].filter((part) => part !== '').join(', ');
    const hint = [xdp.share.hint, hintFor(kernel)].filter((part) => part !== undefined).join('; ');
    return { xdp, detail: hint === '' ? { reason } : { reason, hint }, passing: false, busy: false };
  } catch (error) {
    if (!(error instanceof LasthopError) && !isSystemError(error)) throw error;
    const reason = `AF_XDP is not available: ${error.message}`;
    const hint = error instanceof LasthopError ? error.hint : undefined;
    return {
      xdp: undefined,
      detail: hint === undefined ? { reason } : { reason, hint },
      passing: error instanceof LasthopError || hasCode(error, ...PASSING_CODES),
      busy: hasCode(error, 'EBUSY'),
    };
  }
}

/** The end of a veth pair gets frames as their sender left them, which AF_XDP does not tell from finished ones. */
function hintFor({ name, kind }: KernelLink): string | undefined {
  if (kind !== 'veth') return undefined;
  return `at the other end of ${name}, which leaves checksums to us: ethtool -K PEER tx off txvlan off`;
}
