import { promises } from 'node:dns';
import type { DnsProbe } from '../config/config.js';
import { reasonOf } from './reason.js';

/** Asks a server for the IPv4 addresses of a name, and looks for one of them if the check wants so. */
export async function probeDns({ server, name, address }: DnsProbe, signal: AbortSignal): Promise<string | undefined> {
  // Ends by the signal; a retry of its own would outlive the run.
  const resolver = new promises.Resolver({ tries: 1 });
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    resolver.setServers([server]);
    const found = await resolver.resolve4(name);
    if (address === undefined || found.includes(address)) return undefined;
    return `${name} is ${found.join(', ')}, expected ${address}`;
  } catch (error) {
    return signal.aborted ? 'no answer in time' : reasonOf(error);
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
