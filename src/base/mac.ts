/** MAC addresses (EUI-48) are six bytes in some byte array; text exists only at the edges. */
export const MAC_BYTES = 6;

/** The six bytes at `offset` in lower case, as the kernel writes them. */
export function formatMac(bytes: Uint8Array, offset = 0): string {
  let text = hexByte(bytes[offset]);
  for (let at = offset + 1; at < offset + MAC_BYTES; at++) text += `:${hexByte(bytes[at])}`;
  return text;
}

export function sameMac(a: Uint8Array, aOffset: number, b: Uint8Array, bOffset: number): boolean {
  for (let i = 0; i < MAC_BYTES; i++) {
    if (a[aOffset + i] !== b[bOffset + i]) return false;
  }
  return true;
}

export function copyMac(from: Uint8Array, fromOffset: number, to: Uint8Array, toOffset: number): void {
  for (let i = 0; i < MAC_BYTES; i++) to[toOffset + i] = from[fromOffset + i];
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
