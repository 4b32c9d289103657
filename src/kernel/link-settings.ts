import type { InterfaceAddress } from '../base/prefix.js';
import { type Channels, native } from './binding.js';
import { withNetlink } from './netlink.js';
import { dumpAddressesRequest, readAddress, setLinkMtuRequest, setLinkUpRequest } from './rtnetlink.js';
import { hasCode } from './system-error.js';

/** Settings of one link in the thread's network namespace. Errors are system errors (ENODEV: there is no such link). */

/** Sets the link administratively up or down. */
export function setLinkUp(ifindex: number, up: boolean): void {
  withNetlink((socket) => socket.request(setLinkUpRequest(ifindex, up), 'RTM_SETLINK'));
}

/** `mtu` in octets. */
export function setLinkMtu(ifindex: number, mtu: number): void {
  withNetlink((socket) => socket.request(setLinkMtuRequest(ifindex, mtu), 'RTM_SETLINK'));
}

/** The IPv4 addresses that the kernel has on the link. */
export function readLinkAddresses(ifindex: number): InterfaceAddress[] {
  const rows = withNetlink((socket) => socket.dump(dumpAddressesRequest, 'RTM_GETADDR'));
  const all = rows.flatMap((row) => readAddress(row) ?? []);
  return all.filter((row) => row.ifindex === ifindex).map((row) => row.address);
}

/** The queues of a link, or undefined if there is no link of this name. Needs no privilege. */
export function readChannels(name: string): Channels | undefined {
  try {
    return native.readChannels(name);
  } catch (error) {
    if (hasCode(error, 'ENODEV')) return undefined;
    throw error;
  }
}
