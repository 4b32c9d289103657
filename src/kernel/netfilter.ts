import { native } from './binding.js';
import { NetlinkRequest } from './netlink-message.js';

/**
 * The one nftables rule set that lasthop needs, as nfnetlink messages (linux/netfilter/nf_tables.h): pure, fields → bytes.
 * All its numbers are in network byte order.
 */

const { constants } = native;

const NFNETLINK_V0 = 0;
const AF_UNSPEC = 0;
const CHAIN_NAME = 'ingress';
/** Before every chain that a user would make. */
const PRIORITY = -500;

/** A transaction: the requests in order, and the one that the kernel acknowledges when it is done. */
export interface NetfilterBatch {
  readonly requests: readonly NetlinkRequest[];
  readonly last: NetlinkRequest;
}

/**
 * A table with one chain on the ingress of link `device` whose policy is to drop. The owner flag (Linux 5.12) makes it
 * private to the socket that sends this, and takes it away with that socket.
 */
export function ingressDropBatch(table: string, device: string): NetfilterBatch {
  const last = chainRequest(table, device);
  const requests = [
    batchRequest(constants.NFNL_MSG_BATCH_BEGIN),
    tableRequest(table),
    last,
    batchRequest(constants.NFNL_MSG_BATCH_END),
  ];
  return { requests, last };
}

function tableRequest(table: string): NetlinkRequest {
  return tablesRequest(constants.NFT_MSG_NEWTABLE)
    .attributeText(constants.NFTA_TABLE_NAME, table)
    .attributeBe32(constants.NFTA_TABLE_FLAGS, constants.NFT_TABLE_F_OWNER);
}

function chainRequest(table: string, device: string): NetlinkRequest {
  return tablesRequest(constants.NFT_MSG_NEWCHAIN)
    .attributeText(constants.NFTA_CHAIN_TABLE, table)
    .attributeText(constants.NFTA_CHAIN_NAME, CHAIN_NAME)
    .nested(constants.NFTA_CHAIN_HOOK, (hook) =>
      hook
        .attributeBe32(constants.NFTA_HOOK_HOOKNUM, constants.NF_NETDEV_INGRESS)
        .attributeBe32(constants.NFTA_HOOK_PRIORITY, PRIORITY)
        .attributeText(constants.NFTA_HOOK_DEV, device),
    )
    .attributeBe32(constants.NFTA_CHAIN_POLICY, constants.NF_DROP)
    .attributeText(constants.NFTA_CHAIN_TYPE, 'filter');
}

function tablesRequest(message: number): NetlinkRequest {
  const type = (constants.NFNL_SUBSYS_NFTABLES << 8) | message;
  return nfnetlinkRequest(type, constants.NLM_F_CREATE | constants.NLM_F_EXCL, constants.NFPROTO_NETDEV, 0);
}

/** Begin and end name in the resource field the subsystem whose messages lie between them. */
function batchRequest(type: number): NetlinkRequest {
  return nfnetlinkRequest(type, 0, AF_UNSPEC, constants.NFNL_SUBSYS_NFTABLES);
}

/** `struct nfgenmsg`: family, version, resource (big endian). */
function nfnetlinkRequest(type: number, flags: number, family: number, resource: number): NetlinkRequest {
  return new NetlinkRequest(type, flags)
    .u8(family)
    .u8(NFNETLINK_V0)
    .u8(resource >>> 8)
    .u8(resource);
}
