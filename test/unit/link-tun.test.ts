import assert from 'node:assert/strict';
import { test } from 'node:test';
import { native, type PacketIo } from '../../src/kernel/binding.js';
import { FrameArena, PacketBatch } from '../../src/link/frame.js';
import { TunLink } from '../../src/link/tun-link.js';

/** A device that answers every read with `result`. */
function deviceSaying(result: number): PacketIo {
  const unexpected = () => assert.fail('not asked for');
  return {
    receiveTun: () => result,
    transmitTun: unexpected,
    receivePacket: unexpected,
    transmitPacket: unexpected,
    release: unexpected,
  };
}

test('a packet that has no virtio form is lost, and does not take the virtual link with it', () => {
  const arena = new FrameArena(1);
  const batch = new PacketBatch();
  const link = new TunLink(deviceSaying(-native.constants.EINVAL), 'lasthop0', 9);
  assert.equal(link.receive(arena, batch), 1);
  assert.deepEqual([batch.count, batch.lengths[0]], [1, -1]);
});

test('a device that is gone says so', () => {
  const arena = new FrameArena(1);
  const batch = new PacketBatch();
  const link = new TunLink(deviceSaying(-native.constants.EBADFD), 'lasthop0', 9);
  assert.equal(link.receive(arena, batch), -native.constants.EBADFD);
  assert.equal(batch.count, 0);
});
