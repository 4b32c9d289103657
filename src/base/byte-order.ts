/** Throws a RangeError on a big-endian machine: headers are read by words, and the virtio header has the byte order of the host. */
export function requireLittleEndian(): void {
  const isLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  if (!isLittle) throw new RangeError('a big-endian machine, expected a little-endian one');
}
