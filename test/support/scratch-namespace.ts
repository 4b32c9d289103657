import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { inNamespace } from '../../src/kernel/namespace.js';

let made = 0;

/**
 * Why a test cannot run where the tests run as root of a user namespace only (BPF programs, other users), or false: as an
 * option of `test`.
 */
export const needsRealRoot: string | false =
  readFileSync('/proc/self/uid_map', 'utf8').trim().split(/\s+/).join(' ') !== '0 0 4294967295' &&
  'needs root of the first user namespace';

/** A network namespace of a test's own, loopback up. Needs root and a private /run/netns. */
export class ScratchNamespace {
  readonly name = `t${process.pid}-${++made}`;

  constructor() {
    execFileSync('ip', ['netns', 'add', this.name]);
    this.ip('link', 'set', 'lo', 'up');
  }

  /** Runs `ip` there and returns what it prints. */
  ip(...words: readonly string[]): string {
    return execFileSync('ip', ['-n', this.name, ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** Runs a program there; throws if it fails. */
  run(program: string, ...words: readonly string[]): string {
    const inside = ['netns', 'exec', this.name, program, ...words];
    return execFileSync('ip', inside, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** True if the kernel at `address` answers within a second: a connection to a closed port is refused. */
  reaches(address: string): boolean {
    const attempt = `timeout 1 bash -c 'echo > /dev/tcp/${address}/9' 2>&1 || true`;
    return this.run('bash', '-c', attempt).includes('Connection refused');
  }

  /** Runs `action` with this thread in the namespace. */
  inside<T>(action: () => T): T {
    return inNamespace(this.name, action);
  }

  /** Joins `a` here and `b` in `other` by a veth pair, both up, without IPv6 noise. */
  connect(a: string, other: ScratchNamespace, b: string): void {
    this.ip('link', 'add', 'name', a, 'type', 'veth', 'peer', 'name', b, 'netns', other.name);
    for (const [namespace, link] of [[this, a] as const, [other, b] as const]) {
      namespace.ip('link', 'set', 'dev', link, 'addrgenmode', 'none');
      namespace.ip('link', 'set', 'dev', link, 'up');
    }
  }

  close(): void {
    execFileSync('ip', ['netns', 'del', this.name]);
  }
}

/** Waits until `condition` holds; fails with `what` after five seconds. */
export async function eventually(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await delay(5);
  }
}
