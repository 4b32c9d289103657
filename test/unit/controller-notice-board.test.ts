import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NoticeBoard, opaqueLsasOf } from '../../src/controller/notice-board.js';
import type { VipLsa } from '../../src/wire/ospf/vip-lsa.js';

const ROUTER = 0x0a000001;
/** Their opaque IDs are the same, or would be. */
const [FIRST, SECOND] = [0x0a000001, 0x14000001];

function noticeOf(address: number, more: Partial<VipLsa> = {}): VipLsa {
  const plain = { router: ROUTER, peer: 0, epoch: 0, state: 'serving', mode: 'anycast', rank: 100, name: 'r' } as const;
  return { address, ...plain, ...more };
}

describe('what routers say of VIPs', () => {
  it('is kept for a VIP whose LSA gets another ID, whichever comes first', () => {
    const [one, two] = opaqueLsasOf([noticeOf(FIRST), noticeOf(SECOND)]);
    const [renamed] = opaqueLsasOf([noticeOf(SECOND)]);
    assert.equal(renamed?.id, one?.id);
    for (const order of ['new first', 'old first']) {
      const board = new NoticeBoard();
      for (const { id, payload } of [one!, two!]) assert.ok(board.take(ROUTER, id, payload));
      const steps = [
        () => board.take(ROUTER, renamed!.id, renamed!.payload),
        () => board.take(ROUTER, two!.id, undefined),
      ];
      for (const step of order === 'new first' ? steps : steps.reverse()) step();
      assert.deepEqual([board.of(FIRST).length, board.of(SECOND).length], [0, 1], order);
      assert.deepEqual(board.routers(), [ROUTER]);
    }
  });

  it('is news only if it says something else', () => {
    const board = new NoticeBoard();
    const [{ id, payload }] = opaqueLsasOf([noticeOf(FIRST)]) as [{ id: number; payload: Uint8Array }];
    const [changed] = opaqueLsasOf([noticeOf(FIRST, { state: 'standby' })]);
    assert.deepEqual(
      [payload, payload, changed!.payload, undefined, undefined].map((body) => board.take(ROUTER, id, body)),
      [true, false, true, true, false],
    );
    assert.ok(board.isEmpty);
    assert.deepEqual(board.routers(), []);
  });
});
