import { NetlinkSocket } from './netlink.js';
import { NetlinkRequest, readAttributes, viewOf } from './netlink-message.js';
import { isSystemError } from './system-error.js';

/*
 * The generic netlink family `netdev` (Linux 6.3). Its numbers are here and not in the addon, since the C headers of many
 * systems are older than the kernels that run on them: linux/genetlink.h, linux/netdev.h.
 */
const NETLINK_GENERIC = 16;
const GENERIC_HEADER_BYTES = 4;
const GENL_ID_CTRL = 16;
const CTRL_CMD_GETFAMILY = 3;
const CTRL_ATTR_FAMILY_ID = 1;
const CTRL_ATTR_FAMILY_NAME = 2;
const NETDEV_CMD_DEV_GET = 1;
const NETDEV_A_DEV_IFINDEX = 1;
const NETDEV_A_DEV_XDP_FEATURES = 3;

/** Bits of `readXdpFeatures` (`enum netdev_xdp_act`): XDP in the driver at all, and AF_XDP without a copy. */
export const XDP_BASIC = 1;
export const XDP_ZERO_COPY = 8;

/**
 * What the driver of a link says that it can do of XDP, as bits; 0 where the kernel has no word for it, or no such link.
 * The link is left alone, and no privilege is needed.
 */
export function readXdpFeatures(ifindex: number): number {
  let socket: NetlinkSocket | undefined;
  try {
    socket = new NetlinkSocket(NETLINK_GENERIC);
    const family = socket.ask(
      genericRequest(GENL_ID_CTRL, CTRL_CMD_GETFAMILY).attributeText(CTRL_ATTR_FAMILY_NAME, 'netdev'),
      'CTRL_CMD_GETFAMILY',
    );
    const id = readLowHalf(readAttributes(family.body, GENERIC_HEADER_BYTES).get(CTRL_ATTR_FAMILY_ID));
    const request = genericRequest(id, NETDEV_CMD_DEV_GET).attributeU32(NETDEV_A_DEV_IFINDEX, ifindex);
    const device = socket.ask(request, 'NETDEV_CMD_DEV_GET');
    return readLowHalf(readAttributes(device.body, GENERIC_HEADER_BYTES).get(NETDEV_A_DEV_XDP_FEATURES));
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return 0;
  } finally {
    socket?.close();
  }
}

function genericRequest(family: number, command: number): NetlinkRequest {
  return new NetlinkRequest(family, 0).u8(command).u8(1).u16(0);
}

/** The low 16 bits of a number of 16 bits or more; 0 if it is not there. */
function readLowHalf(attribute: Uint8Array | undefined): number {
  return attribute === undefined || attribute.length < 2 ? 0 : viewOf(attribute).getUint16(0, true);
}
