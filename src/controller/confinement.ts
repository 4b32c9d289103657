import { dropPrivileges, findUser, type UserIds } from '../kernel/privileges.js';

/**
 * The ids that a controller is to run with. Only root can become somebody else: without root it stays who it is, and
 * gives up capabilities only. Throws a LasthopError if the machine has no such user.
 */
export function controllerIds(user: string): UserIds {
  const uid = process.getuid?.() ?? 0;
  return uid === 0 ? findUser(user) : { uid, gid: process.getgid?.() ?? uid };
}

/**
 * Gives up, for good, everything that this process may do beyond what any user may: the controller parses what
 * strangers send. What it needs (modules, the control socket) has to be open by now. Throws a system error if the kernel
 * refuses.
 */
export function confine(ids: UserIds): void {
  dropPrivileges(ids);
}
