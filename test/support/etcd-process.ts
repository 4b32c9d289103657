import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why tests that need an etcd are left out; false: they are not. */
export const lacksEtcd = spawnSync('etcd', ['--version']).error === undefined ? false : 'etcd-server not installed';

/** An etcd of one member on loopback, with an empty store of its own. */
export class EtcdProcess {
  private constructor(
    readonly url: string,
    private readonly directory: string,
    private readonly process: ChildProcess,
  ) {}

  /** It may not answer yet. `flags` are for the server. */
  static async start(scheme: 'http' | 'https' = 'http', flags: readonly string[] = []): Promise<EtcdProcess> {
    const [url, peerUrl] = [`${scheme}://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
    const directory = mkdtempSync(join(tmpdir(), 'lasthop-etcd-'));
    const urls = ['--listen-client-urls', url, '--advertise-client-urls', url, '--listen-peer-urls', peerUrl];
    const cluster = ['--initial-advertise-peer-urls', peerUrl, '--initial-cluster', `default=${peerUrl}`];
    const all = ['--data-dir', directory, ...urls, ...cluster, ...flags];
    return new EtcdProcess(url, directory, spawn('etcd', all, { stdio: 'ignore' }));
  }

  pause(): void {
    this.process.kill('SIGSTOP');
  }

  resume(): void {
    this.process.kill('SIGCONT');
  }

  async end(): Promise<void> {
    if (this.process.exitCode === null && this.process.kill('SIGKILL')) await once(this.process, 'exit');
    rmSync(this.directory, { recursive: true });
  }
}

/** A port of loopback that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
