import type { InterfaceAddress } from '../base/prefix.js';
import type { Config, LinkConfig } from './config.js';

/**
 * True if the link has no address of its own: it borrows the router's, as a /32, for a point-to-point network whose other
 * end OSPF finds (RFC 2328 section 9, "unnumbered").
 */
export function isUnnumbered(config: Config, link: LinkConfig): boolean {
  const settings = config.ospf?.interfaces.find((item) => item.link === link.name);
  const [primary] = link.addresses;
  return settings?.type === 'point-to-point' && primary !== undefined && isRouterAddress(config, primary);
}

/** True for the router's own address as that of a link. */
export function isRouterAddress(config: Config, { address, prefixLength }: InterfaceAddress): boolean {
  return prefixLength === 32 && address === config.virtualLink.address;
}
