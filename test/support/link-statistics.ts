import type { ScratchNamespace } from './scratch-namespace.js';

/** Packets that the kernel of a host has received and sent by a link of its own. */
export function packetsOf(where: ScratchNamespace, name: string): { readonly rx: number; readonly tx: number } {
  const [{ stats64 }] = JSON.parse(where.ip('-j', '-s', 'link', 'show', 'dev', name));
  return { rx: stats64.rx.packets, tx: stats64.tx.packets };
}
