import { LasthopError } from '../base/errors.js';
import type { Channels } from '../kernel/binding.js';

/**
 * How workers share the receive queues of a link by AF_XDP: queue n is that of worker n, and of nobody else, since the
 * rings of a queue lead to the memory of one worker. The NIC puts each flow into one queue, so that it stays with one
 * worker, and so in order. A worker that has no queue here only sends, by its packet socket.
 */
export interface QueueShare {
  /** Queues, and workers that receive; 1 or more. */
  readonly queues: number;
  /** For people; empty where there is one worker. */
  readonly reason: string;
  /** What gives a queue to each worker that has none. */
  readonly hint: string | undefined;
}

/**
 * The share of so many workers in a link. Throws a LasthopError if it has more queues than workers, as nobody would come
 * for the frames of the rest, or if one of them cannot send: the socket of a queue sends by the queue of the same number.
 */
export function shareQueues(name: string, channels: Channels, workers: number): QueueShare {
  const receiving = channels.receive + channels.combined;
  const sending = channels.transmit + channels.combined;
  const hint = queueCommand(name, channels, workers);
  if (receiving > workers) {
    const expected = workers === 1 ? 'expected 1: there is one worker' : `expected at most ${workers}, one a worker`;
    throw new LasthopError('XDP_QUEUES', `link ${name} receives by ${receiving} queues, ${expected}`, hint);
  }
  if (sending < receiving) {
    const message = `link ${name} receives by ${receiving} queues and sends by ${sending}, expected as many`;
    throw new LasthopError('XDP_QUEUES', message, queueCommand(name, channels, receiving));
  }
  if (workers === 1) return { queues: receiving, reason: '', hint: undefined };
  if (receiving === workers) return { queues: receiving, reason: 'a queue for each worker', hint: undefined };
  return { queues: receiving, reason: `${receiving} of ${workers} workers receive`, hint };
}

/** The command that gives a link so many queues of each direction, in the words that its driver understands. */
function queueCommand(name: string, { combined }: Channels, queues: number): string {
  return combined > 0 ? `ethtool -L ${name} combined ${queues}` : `ethtool -L ${name} rx ${queues} tx ${queues}`;
}
