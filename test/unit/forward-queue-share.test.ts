import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shareQueues } from '../../src/forward/queue-share.js';

const veth = (receive: number, transmit: number) => ({ receive, transmit, combined: 0 });
const nic = (combined: number) => ({ receive: 0, transmit: 0, combined });

test('one queue for one worker needs no word', () => {
  for (const channels of [veth(1, 1), veth(1, 4), nic(1)]) {
    assert.deepEqual(shareQueues('eth1', channels, 1), { queues: 1, reason: '', hint: undefined });
  }
});

test('as many queues as workers: each has its own', () => {
  for (const channels of [veth(4, 4), nic(4), { receive: 1, transmit: 1, combined: 3 }]) {
    const share = { queues: 4, reason: 'a queue for each worker', hint: undefined };
    assert.deepEqual(shareQueues('eth1', channels, 4), share);
  }
});

test('fewer queues than workers: the rest only send, and a command gives each a queue', () => {
  const reason = '2 of 3 workers receive';
  assert.deepEqual(shareQueues('eth1', veth(2, 2), 3), { queues: 2, reason, hint: 'ethtool -L eth1 rx 3 tx 3' });
  assert.deepEqual(shareQueues('eth1', nic(2), 3), { queues: 2, reason, hint: 'ethtool -L eth1 combined 3' });
});

test('more queues than workers are refused', () => {
  assert.throws(() => shareQueues('eth1', nic(8), 1), {
    code: 'XDP_QUEUES',
    message: 'link eth1 receives by 8 queues, expected 1: there is one worker',
    hint: 'ethtool -L eth1 combined 1',
  });
  assert.throws(() => shareQueues('eth1', veth(3, 3), 2), {
    message: 'link eth1 receives by 3 queues, expected at most 2, one a worker',
    hint: 'ethtool -L eth1 rx 2 tx 2',
  });
});

test('a queue that cannot send is refused', () => {
  assert.throws(() => shareQueues('eth1', veth(2, 1), 2), {
    code: 'XDP_QUEUES',
    message: 'link eth1 receives by 2 queues and sends by 1, expected as many',
    hint: 'ethtool -L eth1 rx 2 tx 2',
  });
});
