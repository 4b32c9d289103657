import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ScratchNamespace } from './scratch-namespace.js';

/** For `Daemons.drop`: what leaves, or reaches, the programs of BFD. */
export const BFD_SILENCE = 'add rule inet quiet output udp dport 3784 drop';
export const BFD_DEAFNESS = 'add rule inet quiet input udp dport 3784 drop';

/** Routing programs in a namespace. */
export class Daemons {
  private readonly children: ChildProcess[] = [];

  constructor(readonly namespace: ScratchNamespace) {}

  /** Runs a program until `stop`. */
  start(...command: readonly string[]): void {
    const words = ['netns', 'exec', this.namespace.name, ...command];
    this.children.push(spawn('ip', words, { stdio: ['ignore', 'ignore', 'inherit'] }));
  }

  /** Runs BIRD with one BFD session on `eth0`, at 50 ms × 3. Its files are in `directory`, its control socket is `bird.ctl`. */
  startBirdBfd(directory: string, local: string, neighbor: string): void {
    const file = join(directory, 'bird.conf');
    writeFileSync(
      file,
      `router id ${local};
       protocol device {}
       protocol bfd {
         interface "eth0" { min rx interval 50 ms; min tx interval 50 ms; multiplier 3; };
         neighbor ${neighbor} dev "eth0" local ${local};
       }`,
    );
    this.start('bird', '-f', '-c', file, '-s', join(directory, 'bird.ctl'), '-P', join(directory, 'bird.pid'));
  }

  /** Makes the namespace drop what a rule of nftables says; without one it drops nothing any more. */
  drop(rule?: string): void {
    this.namespace.run('nft', 'flush', 'ruleset');
    if (rule === undefined) return;
    for (const command of [
      'add table inet quiet',
      'add chain inet quiet input { type filter hook input priority 0; }',
      'add chain inet quiet output { type filter hook output priority 0; }',
      rule,
    ])
      this.namespace.run('nft', command);
  }

  async stop(): Promise<void> {
    for (const child of this.children) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null && child.signalCode === null && child.kill('SIGTERM')) await ended;
    }
  }
}
