import { Fuzzer } from './fuzzing.js';
import { fuzzTargets } from './targets.js';

// Program: one decoder of a long run. Arguments: its name, the number of packets, the seed. It tells its progress to the
// process that started it; an error ends it.

/** What was done so far. */
export interface FuzzProgress {
  readonly packets: number;
  readonly accepted: number;
  readonly elapsedMs: number;
  /** Of V8's heap and array buffers together, at the end of a chunk, before garbage is collected. */
  readonly peakHeapBytes: number;
}

const CHUNK = 100_000;

const [name, count, seed] = process.argv.slice(2);
const target = fuzzTargets.find((candidate) => candidate.name === name);
if (target === undefined) throw new RangeError(`there is no decoder "${name}"`);
const fuzzer = new Fuzzer(target, Number(seed));
const beginMs = performance.now();
let peakHeapBytes = 0;
for (let packets = 0; packets < Number(count); ) {
  const chunk = Math.min(CHUNK, Number(count) - packets);
  fuzzer.run(chunk);
  packets += chunk;
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  peakHeapBytes = Math.max(peakHeapBytes, heapUsed + arrayBuffers);
  const progress: FuzzProgress = {
    packets,
    accepted: fuzzer.counts.accepted,
    elapsedMs: performance.now() - beginMs,
    peakHeapBytes,
  };
  await new Promise<void>((resolve) => process.send?.(progress, undefined, undefined, () => resolve()));
}
process.disconnect();
