/** What a link takes joined; bits. */
export const COALESCE_TCP = 1;
export const COALESCE_UDP = 2;

/** What the configuration says is joined: nothing, packets of TCP flows, or datagrams of UDP too. */
export type CoalesceChoice = 'none' | 'tcp' | 'all';

/** The bits of a choice. */
export function coalesceKindsOf(choice: CoalesceChoice): number {
  if (choice === 'none') return 0;
  return choice === 'tcp' ? COALESCE_TCP : COALESCE_TCP | COALESCE_UDP;
}
