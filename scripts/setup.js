import { spawnSync } from 'node:child_process';
import { realpathSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { modifiedAt, newest, root, say } from './checkout.js';
import { installMissing } from './debian-packages.js';
import { addonIsCurrent, buildAddon } from './native-addon.js';

/**
 * The set-up of a source checkout: dependencies, native addon, TypeScript. Every step looks first whether there is
 * anything to do, so it can be repeated at any time and costs a few milliseconds when there is nothing.
 */

const INSTALLED = 'node_modules/.package-lock.json';
/** Argument of the call that holds the lock. */
const LOCKED = '--locked';
const COMPILED = 'dist/.compiled';
/** What the compiler reads. Not all of `perf`: a run leaves its results there. */
const SOURCES = [
  'src',
  'test',
  'perf/c-program.ts',
  'perf/convergence',
  'perf/forwarding',
  'perf/isolated-run.ts',
  'perf/micro',
  'perf/peers',
  'perf/prefix-table.ts',
  'perf/process-time.ts',
  'perf/processors.ts',
  'perf/report',
  'perf/result.ts',
  'perf/traffic',
  'tsconfig.base.json',
  'tsconfig.control.json',
  'tsconfig.json',
  'tsconfig.plane.json',
  'tsconfig.test.json',
];

/** What the lab and its captures need from the system. @type {readonly import('./debian-packages.js').Need[]} */
const SYSTEM = [
  { package: 'iproute2', file: 'ip' },
  { package: 'libpcap-dev', file: '/usr/include/pcap.h' },
];

/**
 * Does what is to do; true if lasthop can start. Two set-ups of one checkout wait for each other: the second one finds
 * nothing left to do.
 */
export function setUp() {
  if (dependenciesAreCurrent() && addonIsCurrent() && compilationIsCurrent()) return true;
  const { status } = spawnSync('flock', [root, process.execPath, fileURLToPath(import.meta.url), LOCKED], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status === 0) return true;
  say('the set-up failed; the lines above say why');
  return false;
}

function dependenciesAreCurrent() {
  return modifiedAt(INSTALLED) >= modifiedAt('package-lock.json') && modifiedAt(INSTALLED) > 0;
}

function compilationIsCurrent() {
  return modifiedAt(COMPILED) >= newest(SOURCES) && modifiedAt('dist/src/cli/main.js') > 0;
}

function installDependencies() {
  if (dependenciesAreCurrent()) return true;
  for (const need of installMissing(SYSTEM, 'labs and captures')) {
    say(`${need.package} is not installed: ${need.package === 'libpcap-dev' ? 'no captures' : 'no labs'}`);
  }
  say('installing dependencies (npm)');
  // Not `npm ci`: it refuses a lock file from which a registry mirror has left out other platforms' optional packages.
  // This takes the same versions with the same hashes, and leaves the lock file alone.
  if (!run('npm', 'install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error')) return false;
  const now = new Date();
  utimesSync(join(root, INSTALLED), now, now);
  return true;
}

function buildNativeAddon() {
  if (addonIsCurrent()) return true;
  // node-gyp comes with npm, which puts it on the path of its scripts.
  if (process.env.npm_lifecycle_event === 'install') return buildAddon();
  return run('npm', 'run', '--silent', 'install');
}

function compile() {
  if (compilationIsCurrent()) return true;
  say('compiling TypeScript');
  // The time from before the compiler started: a file that is saved meanwhile is newer.
  const startedAt = new Date();
  if (!run(process.execPath, 'node_modules/typescript/bin/tsc', '-b')) return false;
  writeFileSync(join(root, COMPILED), '');
  utimesSync(join(root, COMPILED), startedAt, startedAt);
  return true;
}

/**
 * @param {string} program
 * @param {string[]} args
 */
function run(program, ...args) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (error !== undefined) say(`${program} did not start: ${error.message}`);
  return status === 0;
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const done = process.argv[2] === LOCKED ? installDependencies() && buildNativeAddon() && compile() : setUp();
  process.exitCode = done ? 0 : 1;
}
