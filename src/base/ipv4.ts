/** An IPv4 address inside lasthop is an unsigned 32-bit number; text exists only at the edges (config, CLI, logs). */
export type Ipv4 = number;

/**
 * Reads dotted-quad text strictly (RFC 6943 section 3.1.1): four decimal fields of 0 to 255, no leading zero, no white
 * space. Returns undefined for anything else.
 */
export function parseIpv4(text: string): Ipv4 | undefined {
  const match = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/.exec(text);
  if (match === null) return undefined;
  let address = 0;
  for (let field = 1; field <= 4; field++) {
    const value = Number(match[field]);
    if (value > 255) return undefined;
    address = address * 256 + value;
  }
  return address;
}

export function formatIpv4(address: Ipv4): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}
