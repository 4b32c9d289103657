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
  readonly name: string;
  readonly ifindex: number;
  /** True if the kernel knows trains of UDP datagrams as super-packets (Linux 6.2). */
  readonly udpSegmentation: boolean;
}

/**
 * Makes the TUN device `name`, each packet with a virtio-net header, the kernel free to hand over super-packets and
 * partial checksums. Throws a LasthopError if the name is taken or the device cannot be had.
 */
export function openTun(name: string): Tun {
  // An existing persistent device would be taken over silently, and would outlive us with our addresses.
  if (native.interfaceIndex(name) !== 0) throw nameTaken(name);
  const tun = openWithOffload(name);
  return { ...tun, ifindex: native.interfaceIndex(tun.name) };
}

function openWithOffload(name: string): Omit<Tun, 'ifindex'> {
  try {
    return { ...open(name, TCP_OFFLOAD | UDP_OFFLOAD), udpSegmentation: true };
  } catch (error) {
    if (hasCode(error, 'EINVAL') && error.message.includes('TUNSETOFFLOAD')) {
      return { ...open(name, TCP_OFFLOAD), udpSegmentation: false };
    }
    if (hasCode(error, 'EBUSY')) throw nameTaken(name);
    throw explain(error, name);
  }
}

function open(name: string, offload: number): { fd: number; name: string } {
  return native.openTun({ name, vnetHeader: true, multiQueue: false, offload });
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
