/** The bytes of hexadecimal text; white space counts for nothing. */
export function hex(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new Error(`not hexadecimal bytes: ${text}`);
  return new Uint8Array(Buffer.from(digits, 'hex'));
}

/** Bytes as hexadecimal text without separators, as tshark prints them. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
