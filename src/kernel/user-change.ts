import { readFileSync } from 'node:fs';
import { LasthopError } from '../base/errors.js';
import { effectiveCapabilities, hasCapability, type UserIds } from './privileges.js';

/** Bit numbers of capabilities (linux/capability.h). */
const CAP_SETGID = 6;
const CAP_SETUID = 7;

/** What decides whether a process can become another user, each as the file of that name in /proc/self. */
export interface UserChangeFacts {
  readonly status: string;
  readonly uid_map: string;
  readonly gid_map: string;
}

/** Throws a LasthopError if `dropPrivileges` would fail, in this process or one that it starts. */
export function requireUserChange(ids: UserIds): void {
  const read = (name: keyof UserChangeFacts) => readFileSync(`/proc/self/${name}`, 'utf8');
  const missing = missingForUserChange(ids, {
    status: read('status'),
    uid_map: read('uid_map'),
    gid_map: read('gid_map'),
  });
  if (missing !== undefined) throw missing;
}

/** What a process lacks to become `ids`; undefined if nothing, or if it is to stay who it is. */
export function missingForUserChange({ uid, gid }: UserIds, facts: UserChangeFacts): LasthopError | undefined {
  const { status } = facts;
  if (hasOnly(status, 'Uid', uid) && hasOnly(status, 'Gid', gid)) return undefined;
  // Ids that the user namespace does not map are not taken on; the group is tried first.
  if (!isMapped(facts.gid_map, gid)) return undefined;
  const effective = effectiveCapabilities(status);
  const lacksSetgid = !hasCapability(effective, CAP_SETGID);
  const lacksSetuid = isMapped(facts.uid_map, uid) && !hasCapability(effective, CAP_SETUID);
  const missing = [lacksSetuid ? 'CAP_SETUID' : '', lacksSetgid ? 'CAP_SETGID' : ''].filter((name) => name !== '');
  if (missing.length === 0) return undefined;
  return new LasthopError(
    'CAPABILITY_MISSING',
    `the controller is to run as ${uid}:${gid}, which needs ${missing.join(' and ')}, which this process does not have`,
    'run it with these capabilities, or as a user other than root: then the controller stays that user',
  );
}

/** True if the real, effective and saved id are all `id`. */
function hasOnly(status: string, field: 'Uid' | 'Gid', id: number): boolean {
  const [real, effective, saved] =
    new RegExp(`^${field}:\\s*(\\d+)\\s+(\\d+)\\s+(\\d+)`, 'm').exec(status)?.slice(1) ?? [];
  return [real, effective, saved].every((each) => Number(each) === id);
}

/** `map` has a line for each range: first id inside, first id outside, number of ids (user_namespaces(7)). */
function isMapped(map: string, id: number): boolean {
  return map.split('\n').some((line) => {
    const [first, , count] = line.trim().split(/\s+/).map(Number);
    return count !== undefined && id >= first && id < first + count;
  });
}
