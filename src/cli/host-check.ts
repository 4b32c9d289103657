import { LasthopError } from '../base/errors.js';
import { DEFAULTS } from '../config/defaults.js';
import { controllerIds } from '../controller/confinement.js';
import { missingPrivilege, type Privileges, readPrivileges } from '../kernel/privileges.js';
import { requireUserChange } from '../kernel/user-change.js';

/** One thing that a machine needs to have, or had better have. */
export interface HostCheck {
  readonly name: string;
  readonly passed: boolean;
  /** Without it no router runs; otherwise something is slower or missing. */
  readonly required: boolean;
  readonly found: string;
  /** What to do about it; empty if nothing is to be done. */
  readonly fix: string;
}

/** Looks at what the kernel allows this process. `release` is the kernel's version as uname(2) gives it. */
export function checkKernel(release: string, privileges: Privileges = readPrivileges()): HostCheck[] {
  return [
    { name: 'native addon', passed: true, required: true, found: 'loaded', fix: '' },
    ...privilegeChecks(privileges),
    versionCheck('ingress drop by nftables', release, [5, 12], true, 'a kernel of version 5.12 or later is needed'),
    versionCheck('ingress drop by TCX', release, [6, 6], false, 'from version 6.6 on less work is done for each frame'),
  ];
}

/** Whether a controller could become the user that it runs as unless the configuration names another. */
export function checkUserChange(): HostCheck {
  const check = { name: 'change of user', required: true };
  try {
    requireUserChange(controllerIds(DEFAULTS.controllerUser));
    return { ...check, passed: true, found: 'possible', fix: '' };
  } catch (error) {
    if (!(error instanceof LasthopError)) throw error;
    return { ...check, passed: false, found: error.message, fix: error.hint ?? '' };
  }
}

function privilegeChecks(privileges: Privileges): HostCheck[] {
  const { netAdmin, netRaw, tunDevice } = privileges;
  return [
    privilegeCheck('CAP_NET_ADMIN', netAdmin, { ...ALL_PRIVILEGES, netAdmin }, netAdmin ? 'effective' : 'missing'),
    privilegeCheck('CAP_NET_RAW', netRaw, { ...ALL_PRIVILEGES, netRaw }, netRaw ? 'effective' : 'missing'),
    privilegeCheck('/dev/net/tun', tunDevice === 'usable', { ...ALL_PRIVILEGES, tunDevice }, tunDevice),
  ];
}

const ALL_PRIVILEGES: Privileges = { netAdmin: true, netRaw: true, tunDevice: 'usable' };

function privilegeCheck(name: string, passed: boolean, alone: Privileges, found: string): HostCheck {
  return { name, passed, required: true, found, fix: missingPrivilege(alone)?.hint ?? '' };
}

function versionCheck(
  name: string,
  release: string,
  [major, minor]: readonly [number, number],
  required: boolean,
  fix: string,
): HostCheck {
  const [, haveMajor = 0, haveMinor = 0] = (/^(\d+)\.(\d+)/.exec(release) ?? []).map(Number);
  const passed = haveMajor > major || (haveMajor === major && haveMinor >= minor);
  return { name, passed, required, found: `Linux ${release}`, fix: passed ? '' : fix };
}
