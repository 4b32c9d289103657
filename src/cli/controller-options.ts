import { parseArgs } from 'node:util';
import type { LogFormat } from './log.js';

/** What a controller process is told when it starts; the configuration comes from the forwarder. */
export interface ControllerOptions {
  /** Path of the control socket. */
  readonly socket: string;
  /** Who it becomes once its modules are loaded and its socket listens. */
  readonly uid: number;
  readonly gid: number;
  readonly log: LogFormat;
  /** Folder for recordings of OSPF; nothing is recorded without. */
  readonly record?: string | undefined;
}

/** The options as arguments of the controller's module. */
export function controllerArguments(options: ControllerOptions): string[] {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return given.map(([key, value]) => `--${key}=${value}`);
}

/** Reads what `controllerArguments` wrote. Throws if anything is missing. */
export function controllerOptions(args: string[]): ControllerOptions {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args, options: { socket: text, uid: text, gid: text, log: text, record: text } });
  const { socket, uid, gid, log, record } = values;
  if (socket === undefined || uid === undefined || gid === undefined) {
    throw new RangeError('a controller is started by "lasthop run", expected its options');
  }
  return { socket, uid: Number(uid), gid: Number(gid), log: log === 'json' ? 'json' : 'text', record };
}
