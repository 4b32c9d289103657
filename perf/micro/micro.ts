import Benchmark from 'benchmark';
import { checksum } from '../../src/base/checksum.js';
import { SeededRandom } from '../../src/base/random.js';
import { allocateEpochs, Epochs } from '../../src/fib/epoch.js';
import { allocatePoptrie, Poptrie } from '../../src/fib/poptrie.js';
import { PoptrieWriter } from '../../src/fib/poptrie-writer.js';
import { singleLookup } from '../../src/fib/single-lookup.js';
import {
  checkIpv4,
  decodeIpv4,
  fillIpv4Checksum,
  ipv4Destination,
  PROTOCOL_UDP,
  writeIpv4Header,
} from '../../src/wire/ipv4.js';
import { coveredAddresses, loadTable, type PrefixTable, randomAddresses, writeTable } from '../prefix-table.js';
import { describeMachine, median, type PerfResult } from '../result.js';

const NEXT_HOPS = 64;
const SEED = 1;

/** Different addresses, enough of them that the caches do not hold what they lead to. */
const ADDRESSES = 1 << 20;

/** Operations in one measured call, so that the call itself does not count. A power of two. */
const BATCH = 1024;

const MIN_RUNS = 20;
const MAX_SECONDS = 1;

/**
 * Does its work for the steps from `first` to before `end` (up to 2^20) and returns a sum over the results, so that no
 * compiler leaves the work out. Each has its own loop, in which the measured function can be inlined as in the router.
 */
type Operation = (first: number, end: number) => number;

/** Micro-benchmarks of the pure functions that every packet goes through; nanoseconds an operation. */
export async function runMicro(options: { readonly table?: string } = {}): Promise<PerfResult> {
  const machine = describeMachine();
  const table = loadTable(options.table);
  const random = new SeededRandom(SEED);
  const trie = compile(table);
  const measured = {
    lookupCoveredNs: measure(lookups(trie, coveredAddresses(table, ADDRESSES, random))),
    lookupRandomNs: measure(lookups(trie, randomAddresses(ADDRESSES, random))),
    checksum20BytesNs: measure(checksums(20)),
    checksum1500BytesNs: measure(checksums(1500)),
    ipv4CheckNs: measure(checks()),
    ipv4DecodeNs: measure(decodes()),
  };
  const figures = Object.entries(measured).map(([name, samples]) => [name, median(samples)] as const);
  return {
    name: 'micro',
    machine,
    runs: Math.min(...Object.values(measured).map((samples) => samples.length)),
    figures: {
      table: `${table.name}, ${table.addresses.length} IPv4 prefixes on ${NEXT_HOPS} next hops by a hash of the prefix`,
      ...Object.fromEntries(figures),
    },
    ratios: {},
  };
}

function compile(table: PrefixTable): Poptrie {
  const memory = allocatePoptrie();
  const writer = new PoptrieWriter(memory, new Epochs(allocateEpochs(1)));
  writeTable(table, writer, NEXT_HOPS);
  return new Poptrie(memory);
}

function lookups(trie: Poptrie, addresses: Uint32Array): Operation {
  const lookUp = singleLookup(trie);
  return (first, end) => {
    let groups = 0;
    for (let step = first; step < end; step++) groups += lookUp(addresses[step]);
    return groups;
  };
}

function checksums(length: number): Operation {
  const packets = newPackets();
  return (first, end) => {
    let sums = 0;
    for (let step = first; step < end; step++) sums += checksum(packets, packetAt(step), length);
    return sums;
  };
}

/** Validation as the forwarding step does it, and the destination. */
function checks(): Operation {
  const packets = newPackets();
  return (first, end) => {
    let sums = 0;
    for (let step = first; step < end; step++) {
      const offset = packetAt(step);
      sums += checkIpv4(packets, offset, PACKET_BYTES) + (ipv4Destination(packets, offset) & 1);
    }
    return sums;
  };
}

/** Decoding into an object, as the control plane does it. */
function decodes(): Operation {
  const packets = newPackets();
  const views = Array.from({ length: PACKETS }, (_, packet) =>
    packets.subarray(packetAt(packet), packetAt(packet) + PACKET_BYTES),
  );
  return (first, end) => {
    let sums = 0;
    for (let step = first; step < end; step++) {
      const packet = decodeIpv4(views[step % PACKETS]);
      if ('ttl' in packet) sums += packet.ttl;
    }
    return sums;
  };
}

/** More packets than the first-level cache holds. */
const PACKETS = 64;
const PACKET_BYTES = 1536;

function packetAt(step: number): number {
  return (step % PACKETS) * PACKET_BYTES;
}

function newPackets(): Uint8Array {
  const bytes = new Uint8Array(PACKETS * PACKET_BYTES);
  for (let packet = 0; packet < PACKETS; packet++) {
    writeIpv4Header(bytes, packetAt(packet), PACKET_BYTES, PROTOCOL_UDP, 0xc000_0201, 0xcb00_7100 + packet);
    fillIpv4Checksum(bytes, packetAt(packet));
  }
  return bytes;
}

let sum = 0;

/** Nanoseconds an operation, one figure for each sample. */
function measure(operation: Operation): number[] {
  let first = 0;
  const benchmark = new Benchmark({
    minSamples: MIN_RUNS,
    maxTime: MAX_SECONDS,
    fn: () => {
      sum = (sum + operation(first, first + BATCH)) | 0;
      first = (first + BATCH) & (ADDRESSES - 1);
    },
  });
  benchmark.run();
  const seconds: readonly number[] = benchmark.stats.sample;
  return seconds.map((second) => (second * 1e9) / BATCH);
}
