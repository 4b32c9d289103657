/** Address of the VIP of a number: 3.3.1.1 to 3.3.1.200, 3.3.2.1 … */
export function addressOf(index) {
  return `3.3.${1 + Math.floor(index / 200)}.${1 + (index % 200)}`;
}
