import { prepareControlSocket, removeControlSocket } from '../api/control-socket.js';
import { type Config, readConfig } from '../config/config.js';
import { ConfigError } from '../config/problem.js';
import { controllerIds } from '../controller/confinement.js';
import { requireRecordingDirectory } from '../controller/ospf-recording.js';
import { runForwarder } from '../forward/forwarder.js';
import { requirePrivileges } from '../kernel/privileges.js';
import { requireUserChange } from '../kernel/user-change.js';
import { readConfigFile } from './config-file.js';
import { controllerArguments } from './controller-options.js';
import { createLateLog, type LogFormat } from './log.js';

/** What `lasthop run` was asked for. */
export interface RunOptions {
  readonly config: string;
  /** In place of the configured control socket. */
  readonly socket?: string;
  readonly log: LogFormat;
  /** Folder for recordings of OSPF. */
  readonly record?: string;
}

/** Runs a router until it is told to stop; returns the exit code. Throws a LasthopError if it cannot start. */
export async function run(options: RunOptions): Promise<number> {
  const { path, text, config } = readConfigFile(options.config);
  const socket = options.socket ?? config.controlSocket;
  const ids = controllerIds(config.controller.user);
  // Before anything is touched.
  requirePrivileges();
  requireUserChange(ids);
  if (options.record !== undefined) requireRecordingDirectory(options.record);
  const created = await prepareControlSocket(socket);
  // Whoever reads the log may go away; forwarding goes on.
  process.stderr.on('error', () => {});
  try {
    return await runForwarder({
      configPath: path,
      configText: text,
      stateDirectory: config.stateDirectory,
      isGoodConfig: (next) => isGoodConfig(path, next, config),
      controllerModule: new URL('./controller-main.js', import.meta.url),
      controllerArguments: controllerArguments({ socket, ...ids, log: options.log, record: options.record }),
      workers: config.workers,
      holdTimeSeconds: config.controller.holdTimeSeconds,
      log: createLateLog(options.log, (line) => process.stderr.write(line)),
    });
  } finally {
    removeControlSocket(socket, created);
  }
}

/** True if a controller that starts later could go on with `text` where `running` began. */
function isGoodConfig(path: string, text: string, running: Config): boolean {
  try {
    readConfig(path, text, running);
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}
