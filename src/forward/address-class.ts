/** This network (0/8), loopback (127/8), multicast (224/4), reserved and broadcast (240/4). Also for a signed number. */
export function isOutsideUnicast(address: number): boolean {
  const first = address >>> 24;
  return first === 0 || first === 127 || first >= 224;
}

export function isMulticast(address: number): boolean {
  return address >>> 28 === 0xe;
}
