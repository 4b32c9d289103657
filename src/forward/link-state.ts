import { formatMac } from '../base/mac.js';
import type { KernelLink } from '../kernel/rtnetlink.js';
import type { LinkRequest, LinkState } from './messages.js';

/** The largest IPv4 packet; a loopback-like device may say more. */
const MAX_MTU = 65_535;

/**
 * What the controller is told about a link.
 *
 * @param kernel undefined if there is no such link
 * @param refusal why it could not be taken over; empty if nothing was in the way
 */
export function stateOf(request: LinkRequest, refusal: string, kernel: KernelLink | undefined): LinkState {
  const { name } = request;
  if (kernel === undefined) {
    return {
      type: 'link',
      name,
      present: false,
      up: false,
      ifindex: 0,
      mtu: 0,
      mac: '',
      reason: 'there is no such link',
    };
  }
  const reason = refusal === '' ? reasonOf(kernel) : refusal;
  const mac = kernel.mac.length === 0 ? '' : formatMac(kernel.mac);
  const { ifindex } = kernel;
  return {
    type: 'link',
    name,
    present: true,
    up: reason === '',
    ifindex,
    mtu: effectiveMtu(request, kernel),
    mac,
    reason,
  };
}

export function isSameState(a: LinkState, b: LinkState): boolean {
  return a.up === b.up && a.ifindex === b.ifindex && a.mtu === b.mtu && a.mac === b.mac && a.reason === b.reason;
}

/** Octets of an IPv4 packet. The NIC's own MTU is left alone, and is the limit. */
export function effectiveMtu(request: LinkRequest, kernel: KernelLink): number {
  return Math.min(request.mtu ?? kernel.mtu, kernel.mtu, MAX_MTU);
}

function reasonOf({ adminUp, carrier }: KernelLink): string {
  if (!adminUp) return 'administratively down';
  return carrier ? '' : 'no carrier';
}
