import { existsSync } from 'node:fs';
import { LasthopError } from '../base/errors.js';
import { native } from './binding.js';

/** Where iproute2 keeps network namespaces that have a name. */
const NAMED_NAMESPACES = '/run/netns';

/** The path of a network namespace that is given by its name or by a path (one that has a slash). */
export function namespacePath(nameOrPath: string): string {
  return nameOrPath.includes('/') ? nameOrPath : `${NAMED_NAMESPACES}/${nameOrPath}`;
}

/** The network namespace of a process. */
export function namespaceOf(pid: number): string {
  return `/proc/${pid}/ns/net`;
}

/**
 * Runs `action` with this thread in a network namespace, given by name or path, and comes back whatever happens. What is
 * opened there stays there; asynchronous work would run at home, so that an action that returns a promise is an error.
 */
export function inNamespace<T>(nameOrPath: string, action: () => T): T {
  const path = namespacePath(nameOrPath);
  if (!existsSync(path)) {
    throw new LasthopError('NAMESPACE_MISSING', `network namespace ${nameOrPath}: there is none at ${path}`);
  }
  const result = native.inNamespace(path, action);
  if (result instanceof Promise) throw new TypeError('inNamespace: the action must not be asynchronous');
  return result;
}
