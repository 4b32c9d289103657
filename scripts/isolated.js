import { fileURLToPath } from 'node:url';
import { say } from './checkout.js';

/**
 * Runs a command in an isolation of its own with this terminal, and returns its exit code. It ends with this process.
 * @param {readonly string[]} command
 * @returns {Promise<number>}
 */
export async function runIsolated(command) {
  // Compiled code: there only after the set-up.
  const { isolationFlags, spawnIsolated } = await import('../dist/src/lab/isolation.js');
  const child = spawnIsolated(isolationFlags(), command, { bound: true, stdio: 'inherit' });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => child.kill('SIGKILL'));
  }
  return new Promise((resolve) => {
    child.once('error', (error) => {
      say(`cannot enter a private namespace: ${error.message}`);
      resolve(1);
    });
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** Path of a compiled file. @param {string} path relative to `dist` */
export function compiled(path) {
  return fileURLToPath(new URL(`../dist/${path}`, import.meta.url));
}
