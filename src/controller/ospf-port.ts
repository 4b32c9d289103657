import type { Ipv4 } from '../base/ipv4.js';
import type { ToForwarder } from '../forward/messages.js';
import type { OspfInput } from '../ospf/messages.js';
import { decodeIpv4, encodeIpv4, PROTOCOL_OSPF, TOS_INTERNETWORK_CONTROL } from '../wire/ipv4.js';
import { isMalformed } from '../wire/malformed.js';

type PacketInput = Extract<OspfInput, { kind: 'packet' }>;
type InjectMessage = Extract<ToForwarder, { type: 'inject' }>;

const NO_OPTIONS = new Uint8Array(0);

/** Turns OSPF packets into IPv4 packets for the forwarder (RFC 2328 appendix A.1), and back. */
export class OspfPort {
  private identification = 0;

  /** `source` is the address of the interface. */
  outgoing(link: string, source: Ipv4, destination: Ipv4, payload: Uint8Array): InjectMessage {
    this.identification = (this.identification + 1) & 0xffff;
    const packet = encodeIpv4({
      tos: TOS_INTERNETWORK_CONTROL,
      identification: this.identification,
      dontFragment: false,
      moreFragments: false,
      fragmentOffset: 0,
      ttl: 1,
      protocol: PROTOCOL_OSPF,
      source,
      destination,
      options: NO_OPTIONS,
      payload,
    });
    return { type: 'inject', link, via: destination, packet };
  }

  /** Undefined if the packet is not a whole, well-formed OSPF packet. */
  incoming(link: string, packet: Uint8Array): PacketInput | undefined {
    const decoded = decodeIpv4(packet);
    if (isMalformed(decoded) || decoded.protocol !== PROTOCOL_OSPF) return undefined;
    if (decoded.moreFragments || decoded.fragmentOffset !== 0) return undefined;
    const { source, destination, payload } = decoded;
    return { kind: 'packet', interface: link, source, destination, payload };
  }
}
