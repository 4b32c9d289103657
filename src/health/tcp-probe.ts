import { connect } from 'node:net';
import type { TcpProbe } from '../config/config.js';
import { reasonOf } from './reason.js';

/** Opens a connection and closes it. */
export function probeTcp({ host, port }: TcpProbe, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal });
    socket.once('connect', () => {
      resolve(undefined);
      // No FIN that the service would have to wait for.
      socket.resetAndDestroy();
    });
    socket.once('error', (error) => resolve(reasonOf(error)));
  });
}
