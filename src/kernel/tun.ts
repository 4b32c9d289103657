import { LasthopError } from '../base/errors.js';
import { native } from './binding.js';
import { hasCode } from './system-error.js';

const { TUN_F_CSUM, TUN_F_TSO4, TUN_F_TSO6, TUN_F_TSO_ECN, TUN_F_USO4, TUN_F_USO6 } = native.constants;

const TCP_OFFLOAD = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
/** Linux 6.2; the kernel takes both families or none. */
const UDP_OFFLOAD = TUN_F_USO4 | TUN_F_USO6;

/** A TUN device of this process. It vanishes, with its addresses and routes, when the descriptor is closed. */
export interface Tun {
  readonly fd: number;
  /** Of the queues after the first one. The kernel gives a flow to the queue by which it came, else to one by its hash. */
  readonly furtherFds: readonly number[];
  readonly name: string;
  readonly ifindex: number;
  /** True if the kernel knows trains of UDP datagrams as super-packets (Linux 6.2). */
  readonly udpSegmentation: boolean;
}

/**
 * Makes the TUN device `name`, each packet with a virtio-net header, the kernel free to hand over super-packets and
 * partial checksums, in one or more queues. Throws a LasthopError if the name is taken or the device cannot be had.
 */
export function openTun(name: string, queues = 1): Tun {
  // An existing persistent device would be taken over silently, and would outlive us with our addresses.
  if (native.interfaceIndex(name) !== 0) throw nameTaken(name);
  const tun = openWithOffload(name, queues > 1);
  const furtherFds: number[] = [];
  try {
    const offload = TCP_OFFLOAD | (tun.udpSegmentation ? UDP_OFFLOAD : 0);
    while (furtherFds.length < queues - 1) furtherFds.push(open(tun.name, offload, true).fd);
  } catch (error) {
    for (const fd of [tun.fd, ...furtherFds]) native.close(fd);
    throw explain(error, name);
  }
  return { ...tun, furtherFds, ifindex: native.interfaceIndex(tun.name) };
}

function openWithOffload(name: string, multiQueue: boolean): Omit<Tun, 'ifindex' | 'furtherFds'> {
  try {
    return { ...open(name, TCP_OFFLOAD | UDP_OFFLOAD, multiQueue), udpSegmentation: true };
  } catch (error) {
    if (hasCode(error, 'EINVAL') && error.message.includes('TUNSETOFFLOAD')) {
      return { ...open(name, TCP_OFFLOAD, multiQueue), udpSegmentation: false };
    }
    if (hasCode(error, 'EBUSY')) throw nameTaken(name);
    throw explain(error, name);
  }
}

function open(name: string, offload: number, multiQueue: boolean): { fd: number; name: string } {
  return native.openTun({ name, vnetHeader: true, multiQueue, offload });
}

function nameTaken(name: string): LasthopError {
  return new LasthopError(
    'TUN_NAME_TAKEN',
    `virtual link ${name}: a link of this name exists already`,
    'choose another name for the virtual link, or remove the link',
  );
}

function explain(cause: unknown, name: string): unknown {
  if (hasCode(cause, 'ENOENT', 'ENODEV', 'ENXIO')) {
    const message = `virtual link ${name}: the kernel has no TUN driver (/dev/net/tun: ${cause.code})`;
    return new LasthopError('TUN_UNAVAILABLE', message, 'load it: modprobe tun', { cause });
  }
  if (hasCode(cause, 'EACCES', 'EPERM')) {
    const message = `virtual link ${name}: not allowed to make a TUN device (${cause.message})`;
    return new LasthopError('TUN_REFUSED', message, 'needs CAP_NET_ADMIN and access to /dev/net/tun', { cause });
  }
  return cause;
}
