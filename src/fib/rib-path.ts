import type { Ipv4 } from '../base/ipv4.js';

/** One way on; the kinds are explained at `Path` of `forward/messages.ts`. */
export type RibPath =
  | { readonly kind: 'neighbor'; readonly link: string; readonly via: Ipv4 }
  | { readonly kind: 'connected'; readonly link: string }
  | { readonly kind: 'local' }
  | { readonly kind: 'deliver' }
  | { readonly kind: 'deliver-leased' }
  | { readonly kind: 'carry'; readonly flows: 'unknown' | 'new'; readonly to: Ipv4; readonly leased: boolean }
  | { readonly kind: 'blackhole' }
  | { readonly kind: 'prohibit' };

export function samePath(a: RibPath | undefined, b: RibPath | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.kind !== b.kind) return false;
  if (a.kind === 'neighbor' && b.kind === 'neighbor') return a.link === b.link && a.via === b.via;
  if (a.kind === 'connected' && b.kind === 'connected') return a.link === b.link;
  if (a.kind === 'carry' && b.kind === 'carry') return a.flows === b.flows && a.to === b.to && a.leased === b.leased;
  return true;
}

/** True if both have the same paths, whatever their order; neither has one twice. */
export function sameSet(a: readonly RibPath[], b: readonly RibPath[]): boolean {
  if (a === b) return true;
  return a.length === b.length && a.every((path) => b.some((other) => samePath(path, other)));
}
