// npm test [-- KIND…]: sets the checkout up, enters a private namespace, and runs the tests there, or those of some
// kinds (the folders of `test/`).
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, say } from './checkout.js';
import { installMissing } from './debian-packages.js';
import { compiled, runIsolated } from './isolated.js';
import { setUp } from './setup.js';

/** Programs that tests use as witnesses and peers. @type {readonly import('./debian-packages.js').Need[]} */
const TOOLS = [
  { package: 'iproute2', file: 'ip' },
  { package: 'ethtool', file: 'ethtool' },
  { package: 'nftables', file: 'nft', service: 'nftables' },
  { package: 'tcpdump', file: 'tcpdump' },
  { package: 'tshark', file: 'tshark' },
  { package: 'iperf3', file: 'iperf3' },
  { package: 'frr', file: 'zebra', service: 'frr' },
  { package: 'bird2', file: 'bird', service: 'bird' },
  { package: 'dnsmasq-base', file: 'dnsmasq' },
  { package: 'etcd-server', file: 'etcd', service: 'etcd' },
  { package: 'openssl', file: 'openssl' },
];

/** Quick ones first; what is not listed comes last. */
const ORDER = ['arch', 'unit', 'golden', 'property', 'fuzz', 'sim', 'netns', 'interop'];

/** A test that takes longer has hung. */
const TEST_TIMEOUT_MS = 240_000;

/** @param {string} kind */
function filesOf(kind) {
  return readdirSync(join(root, 'test', kind), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .map((name) => compiled(join('test', kind, name.replace(/\.ts$/, '.js'))));
}

function kinds() {
  const all = readdirSync(join(root, 'test'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const names = all.map((entry) => entry.name).filter((kind) => filesOf(kind).length > 0);
  return [...ORDER.filter((kind) => names.includes(kind)), ...names.filter((kind) => !ORDER.includes(kind))];
}

async function main() {
  if (!setUp()) return 1;
  for (const need of installMissing(TOOLS, 'tests')) {
    say(`${need.package} is not installed (apt-get install ${need.package}): tests that need it say so`);
  }
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((kind) => !kinds().includes(kind));
  if (unknown.length > 0) {
    say(`no tests of kind ${unknown.join(', ')}, expected ${kinds().join(', ')}`);
    return 2;
  }
  const files = kinds()
    .filter((kind) => wanted.length === 0 || wanted.includes(kind))
    .flatMap(filesOf);
  // One at a time: what runs beside a test would be in its measurements.
  return runIsolated([
    process.execPath,
    '--test',
    '--test-concurrency=1',
    `--test-timeout=${TEST_TIMEOUT_MS}`,
    '--test-reporter=spec',
    ...files,
  ]);
}

process.exitCode = await main();
