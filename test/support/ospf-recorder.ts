import { SeededRandom } from '../../src/base/random.js';
import { OspfInstance } from '../../src/ospf/instance.js';
import { Journal, type JournalFile } from '../../src/ospf/journal.js';
import type { OspfNetwork, SimulatedRouter } from './ospf-network.js';

/** The lines of both files. */
export type Recorded = { readonly [file in JournalFile]: string[] };

/**
 * Gives a router of a simulation that has no links yet a new instance, and writes down all that it is told and says, as a
 * running router does.
 */
export function record(network: OspfNetwork, router: SimulatedRouter, seed = 7): Recorded {
  const recorded: Recorded = { input: [], output: [] };
  const journal = new Journal(seed, (file, line) => recorded[file].push(line));
  const instance = new OspfInstance(new SeededRandom(seed));
  const handle = instance.handle.bind(instance);
  instance.handle = (input, nowMs) => {
    journal.input(input, nowMs);
    const outputs = handle(input, nowMs);
    for (const output of outputs) journal.output(output, nowMs);
    return outputs;
  };
  router.instance = instance;
  network.configure(router, {});
  return recorded;
}
