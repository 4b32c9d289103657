import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { modifiedAt, newest, root, say } from './checkout.js';

const ADDON = 'build/Release/lasthop.node';
const require = createRequire(import.meta.url);

/** True if the addon is built from the present C++ sources. */
export function addonIsCurrent() {
  return modifiedAt(ADDON) >= newest(['binding.gyp', 'native-bindings']) && modifiedAt(ADDON) > 0;
}

/** True if the headers that the addon is compiled against are installed. */
export function addonCanBeBuilt() {
  try {
    require.resolve('node-addon-api');
    return true;
  } catch {
    return false;
  }
}

/**
 * Builds the addon with node-gyp, which is only on the path of scripts that npm runs. Returns true if it worked.
 * Incremental: a build directory that is in use keeps its binary until the linker writes the new one.
 */
export function buildAddon() {
  say('building the native addon');
  const { status, error, output } = spawnSync('node-gyp', ['configure', 'build', '--jobs', String(cpus().length)], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  if (status === 0) return true;
  process.stderr.write((output ?? []).filter((text) => text !== null).join(''));
  say(error === undefined ? 'the native addon was not built' : `node-gyp did not start: ${error.message}`);
  return false;
}
