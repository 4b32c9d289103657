import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { say } from './checkout.js';

/**
 * @typedef {object} Need
 * @property {string} package the Debian package
 * @property {string} file a program's name, looked up in PATH, or an absolute path
 * @property {string} [service] a service that the package brings; it is neither started nor enabled
 */

const START_POLICY = '/usr/sbin/policy-rc.d';

/**
 * The needs that this machine does not meet.
 * @param {readonly Need[]} needs
 */
export function missing(needs) {
  return needs.filter((need) => !isPresent(need.file));
}

/**
 * Installs what is missing where that is possible (root on Debian), and returns what is still missing.
 * @param {readonly Need[]} needs
 * @param {string} purpose what the packages are for, in words
 */
export function installMissing(needs, purpose) {
  const absent = missing(needs);
  if (absent.length === 0) return absent;
  const packages = [...new Set(absent.map((need) => need.package))];
  if (process.getuid?.() !== 0 || !isPresent('apt-get')) return absent;
  say(`installing ${packages.join(' ')} (${purpose})`);
  keepingServicesStopped(absent, () => {
    if (aptGet('install', '--yes', '--no-install-recommends', ...packages)) return;
    if (aptGet('update')) aptGet('install', '--yes', '--no-install-recommends', ...packages);
  });
  return missing(needs);
}

/** @param {string[]} args */
function aptGet(...args) {
  const { status } = spawnSync('apt-get', ['-qq', ...args], {
    stdio: ['ignore', 'ignore', 'ignore'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return status === 0;
}

/**
 * Debian starts and enables the services of a package that it installs. Routing daemons must not run on the machine
 * because of a test.
 * @param {readonly Need[]} needs
 * @param {() => void} install
 */
function keepingServicesStopped(needs, install) {
  const services = needs.flatMap((need) => need.service ?? []);
  const policyIsOurs = services.length > 0 && !existsSync(START_POLICY);
  if (policyIsOurs) writeFileSync(START_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    install();
  } finally {
    if (policyIsOurs) rmSync(START_POLICY, { force: true });
  }
  if (existsSync('/run/systemd/system')) {
    for (const service of services) spawnSync('systemctl', ['disable', '--now', service], { stdio: 'ignore' });
  }
}

/** @param {string} file */
function isPresent(file) {
  if (file.startsWith('/')) return existsSync(file);
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/lib/frr'];
  return directories.some((directory) => directory !== '' && existsSync(join(directory, file)));
}
