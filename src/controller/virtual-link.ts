import type { Ipv4 } from '../base/ipv4.js';
import type { Config } from '../config/config.js';
import type { ToForwarder } from '../forward/messages.js';
import { ownAddresses } from './own-routes.js';

/** The virtual link: the addresses that it is to have, and those that the forwarder has given it. */
export class VirtualLink {
  private present: ReadonlySet<Ipv4> | undefined = undefined;
  /** What the forwarder was told last, as text to compare with. */
  private told = '';

  constructor(private readonly send: (message: ToForwarder) => void) {}

  /** The forwarder has made it. */
  get isReady(): boolean {
    return this.present !== undefined;
  }

  has(address: Ipv4): boolean {
    return this.present?.has(address) === true;
  }

  /** These are its addresses now. */
  take(addresses: readonly Ipv4[]): void {
    this.present = new Set(addresses);
  }

  /**
   * Tells the forwarder what it is to be, if that has changed: with the router's own addresses and those of VIPs, of which
   * `source` may be that of the host's own connections.
   */
  tell(config: Config, vips: readonly Ipv4[], source: Ipv4 | undefined): void {
    const { name, mtu, coalesce } = config.virtualLink;
    const addresses = [...new Set([...ownAddresses(config), ...vips])];
    const message: ToForwarder = { type: 'virtual-link', name, mtu, addresses, source, coalesce };
    const text = JSON.stringify(message);
    if (text !== this.told) this.send(message);
    this.told = text;
  }
}
