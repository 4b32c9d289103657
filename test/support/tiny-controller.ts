import type { FromForwarder, ToForwarder } from '../../src/forward/messages.js';

/*
 * A controller for tests, to be forked by a forwarder. Its configuration is JSON: the messages that it sends when it is
 * welcomed, one after the other.
 */

function send(message: ToForwarder): void {
  process.send?.(message, undefined, undefined, () => {});
}

process.on('SIGTERM', () => {});
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));
process.on('message', (message: FromForwarder) => {
  if (message.type === 'welcome') for (const wanted of JSON.parse(message.config) as ToForwarder[]) send(wanted);
  if (message.type === 'stop') send({ type: 'stopped' });
});
send({ type: 'hello', pid: process.pid });
