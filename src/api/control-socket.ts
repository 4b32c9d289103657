import { existsSync, lstatSync, mkdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';
import { dirname } from 'node:path';
import { LasthopError } from '../base/errors.js';
import { MAX_SOCKET_PATH_BYTES } from '../config/socket-path.js';

/**
 * Makes `path` free for a socket: creates its directory, removes what a router that was killed left there, and listens
 * for a moment, so that what makes the place unusable is told now. Returns the outermost directory that it had to
 * create, if any, for `removeControlSocket`. Throws a LasthopError if a router listens there, or if there is no place for
 * a socket.
 */
export async function prepareControlSocket(path: string): Promise<string | undefined> {
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
    throw socketError(path, `a path of at most ${MAX_SOCKET_PATH_BYTES} bytes is expected`);
  }
  try {
    const created = createDirectories(dirname(path));
    await clear(path);
    await tryListening(path, created);
    return created;
  } catch (error) {
    throw error instanceof LasthopError ? error : socketError(path, error);
  }
}

async function clear(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) {
    const message = `${path} exists and is no socket, expected a free place for the control socket`;
    throw new LasthopError('SOCKET_TAKEN', message);
  }
  if (await isListening(path)) {
    const hint = 'stop it first, or give this one another control-socket';
    throw new LasthopError('ALREADY_RUNNING', `another router is listening at ${path}`, hint);
  }
  unlinkSync(path);
}

async function tryListening(path: string, created: string | undefined): Promise<void> {
  const server = createServer();
  try {
    await listenAt(server, path);
  } catch (error) {
    removeControlSocket(path, created);
    throw error;
  }
  await new Promise((resolve) => server.close(resolve));
}

/** Listens at a path that `prepareControlSocket` has made free. Only the user of this process may connect. */
export async function listenAt(server: Server, path: string): Promise<void> {
  const umask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    throw socketError(path, error);
  } finally {
    process.umask(umask);
  }
}

/** Removes the socket of a router that has ended, and the directories from `created` on if nothing else is in them. */
export function removeControlSocket(path: string, created: string | undefined): void {
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSocket()) unlinkSync(path);
    if (created === undefined) return;
    for (let directory = dirname(path); directory.startsWith(created); directory = dirname(directory))
      rmdirSync(directory);
  } catch {
    // Somebody else took it away, or uses the directory: both are as it should be.
  }
}

/**
 * One level at a time, since Node's own recursive mkdir never ends in procfs. Returns the outermost directory that was
 * created.
 */
function createDirectories(directory: string): string | undefined {
  if (existsSync(directory)) return undefined;
  const outermost = createDirectories(dirname(directory));
  mkdirSync(directory, { mode: 0o755 });
  return outermost ?? directory;
}

function isListening(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createConnection(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false);
      else reject(error);
    });
  });
}

function socketError(path: string, error: unknown): LasthopError {
  const reason = error instanceof Error ? error.message : String(error);
  return new LasthopError('SOCKET', `cannot use ${path} as control socket: ${reason}`, undefined, { cause: error });
}
