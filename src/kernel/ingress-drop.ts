import { LasthopError } from '../base/errors.js';
import { native } from './binding.js';
import { ingressDropBatch } from './netfilter.js';
import { NetlinkSocket } from './netlink.js';
import { hasCode, isSystemError, type SystemError } from './system-error.js';

export type IngressDropMethod = 'tcx' | 'nftables';

/** Keeps the host's own IP stack away from the frames of a link; packet sockets go on seeing them. */
export interface IngressDrop {
  readonly method: IngressDropMethod;
  /** Gives the link back to the kernel. The end of the process does so too, whatever its cause. */
  close(): void;
}

/**
 * Attaches a drop to the ingress of link `name` with index `ifindex`: a TCX program (Linux 6.6), or where that cannot be
 * had an nftables table that belongs to this process (Linux 5.12, also in a user namespace). Throws a LasthopError if
 * the kernel allows neither, and a system error ENODEV if there is no such link.
 */
export function attachDrop(ifindex: number, name: string): IngressDrop {
  const refusals: SystemError[] = [];
  for (const attach of [attachTcxDrop, attachNftablesDrop]) {
    try {
      return attach(ifindex, name);
    } catch (error) {
      if (!isSystemError(error) || hasCode(error, 'ENODEV')) throw error;
      refusals.push(error);
    }
  }
  throw new LasthopError(
    'INGRESS_DROP_UNAVAILABLE',
    `link ${name}: the kernel offers no way to keep its own IP stack off the link (${refusals.map(describe).join('; ')})`,
    'needs CAP_NET_ADMIN and either Linux 6.6 with BPF, or Linux 5.12 with nf_tables',
    { cause: refusals[0] },
  );
}

export function attachTcxDrop(ifindex: number, _name: string): IngressDrop {
  const fd = native.attachIngressDrop(ifindex);
  return { method: 'tcx', close: () => native.close(fd) };
}

export function attachNftablesDrop(ifindex: number, name: string): IngressDrop {
  const socket = new NetlinkSocket(native.constants.NETLINK_NETFILTER);
  try {
    const { requests, last } = ingressDropBatch(`lasthop-${ifindex}`, name);
    socket.batch(requests, last, 'nftables');
  } catch (error) {
    socket.close();
    throw error;
  }
  return { method: 'nftables', close: () => socket.close() };
}

function describe(error: SystemError): string {
  return error.message;
}
