import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { LasthopError } from '../base/errors.js';
import { native } from './binding.js';
import { hasCode } from './system-error.js';

const TUN_DEVICE = '/dev/net/tun';
/** Its device number, 10:200 (admin-guide/devices.txt of the kernel), as stat(2) has it. */
const TUN_DEVICE_NUMBER = (10 << 8) | 200;

/** Bit numbers of capabilities (linux/capability.h). */
const CAP_NET_ADMIN = 12;
const CAP_NET_RAW = 13;

/** What forwarding needs and whether this thread has it. */
export interface Privileges {
  readonly netAdmin: boolean;
  readonly netRaw: boolean;
  /** The TUN device file: `refused` if it is there but may not be opened, `foreign` if it is something else. */
  readonly tunDevice: 'usable' | 'absent' | 'refused' | 'foreign';
}

export interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

export function readPrivileges(): Privileges {
  const effective = effectiveCapabilities(readFileSync('/proc/thread-self/status', 'utf8'));
  return {
    netAdmin: hasCapability(effective, CAP_NET_ADMIN),
    netRaw: hasCapability(effective, CAP_NET_RAW),
    tunDevice: probeTunDevice(),
  };
}

/** The first thing that is missing, with what to do about it, or undefined if nothing is. */
export function missingPrivilege(privileges: Privileges): LasthopError | undefined {
  const capabilities = [privileges.netAdmin ? '' : 'CAP_NET_ADMIN', privileges.netRaw ? '' : 'CAP_NET_RAW'];
  const missing = capabilities.filter((name) => name !== '').join(' and ');
  if (missing !== '') {
    const message = `forwarding needs ${missing}, which this process does not have`;
    return new LasthopError('CAPABILITY_MISSING', message, 'run it as root, or as a service with AmbientCapabilities');
  }
  if (privileges.tunDevice === 'absent') {
    const message = `the virtual link needs ${TUN_DEVICE}, which does not exist or has no driver`;
    return new LasthopError('TUN_UNAVAILABLE', message, 'load the driver: modprobe tun');
  }
  if (privileges.tunDevice === 'refused') {
    const message = `the virtual link needs ${TUN_DEVICE}, which this process may not open`;
    return new LasthopError('TUN_REFUSED', message, `make ${TUN_DEVICE} readable and writable (mode 0666 is usual)`);
  }
  if (privileges.tunDevice === 'foreign') {
    const hint = `expected the character device 10:200: mknod ${TUN_DEVICE} c 10 200`;
    return new LasthopError('TUN_UNAVAILABLE', `${TUN_DEVICE} is not the TUN driver`, hint);
  }
  return undefined;
}

/** Throws a LasthopError if this process cannot forward. */
export function requirePrivileges(): void {
  const missing = missingPrivilege(readPrivileges());
  if (missing !== undefined) throw missing;
}

/** Looks a user up by name, or takes `UID:GID`. `accounts` is in the format of passwd(5). */
export function findUser(user: string, accounts: string = readFileSync('/etc/passwd', 'utf8')): UserIds {
  const numbers = /^(\d+):(\d+)$/.exec(user);
  if (numbers !== null) return { uid: Number(numbers[1]), gid: Number(numbers[2]) };
  for (const line of accounts.split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name === user && uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new LasthopError(
    'UNKNOWN_USER',
    `user ${user}: there is no such account on this host`,
    'add it, or name another',
  );
}

/**
 * Gives up the user, the groups and every capability of the process, for good. Returns false if the user namespace does
 * not know `ids`: then they stay, without any capability.
 */
export function dropPrivileges(ids: UserIds): boolean {
  return native.dropPrivileges(ids.uid, ids.gid);
}

/** `status` is the file of that name in a process's folder of procfs. */
export function effectiveCapabilities(status: string): bigint {
  const field = /^CapEff:\s*([0-9a-f]+)$/m.exec(status);
  return field === null ? 0n : BigInt(`0x${field[1]}`);
}

/** `capability` is a bit number of linux/capability.h. */
export function hasCapability(set: bigint, capability: number): boolean {
  return ((set >> BigInt(capability)) & 1n) === 1n;
}

function probeTunDevice(): Privileges['tunDevice'] {
  try {
    const fd = openSync(TUN_DEVICE, 'r+');
    const file = fstatSync(fd);
    closeSync(fd);
    return file.isCharacterDevice() && file.rdev === TUN_DEVICE_NUMBER ? 'usable' : 'foreign';
  } catch (error) {
    return hasCode(error, 'EACCES', 'EPERM') ? 'refused' : 'absent';
  }
}
