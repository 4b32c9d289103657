import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LasthopError } from '../../src/base/errors.js';
import { chooseIo, type IoChoice } from '../../src/forward/io-choice.js';
import type { LinkRequest } from '../../src/forward/messages.js';
import type { QueueShare } from '../../src/forward/queue-share.js';
import type { XdpBinding } from '../../src/forward/xdp-owner.js';
import { native } from '../../src/kernel/binding.js';
import type { KernelLink } from '../../src/kernel/rtnetlink.js';
import { systemError } from '../../src/kernel/system-error.js';
import { XDP_BASIC, XDP_ZERO_COPY } from '../../src/kernel/xdp-features.js';

const { EBUSY, EINVAL } = native.constants;

const NIC: KernelLink = {
  ifindex: 7,
  name: 'eth1',
  kind: '',
  hardware: 1,
  mtu: 1500,
  mac: Uint8Array.of(2, 0, 0, 0, 0, 1),
  adminUp: true,
  carrier: true,
};
const VETH: KernelLink = { ...NIC, kind: 'veth' };

/** Counts what is opened and not discarded. */
class ScriptedOwner {
  opened = 0;
  constructor(
    private readonly outcome: { readonly zeroCopy: boolean } | Error,
    private readonly share: QueueShare = { queues: 1, reason: '', hint: undefined },
  ) {}

  open(): XdpBinding {
    const { outcome, share } = this;
    if (outcome instanceof Error) throw outcome;
    this.opened++;
    const discard = () => void this.opened--;
    const sockets = [{ fd: 9, place: 0 }];
    const rest = { countMissed: () => 0, fits: () => true, release: () => {}, discard };
    return { sockets, zeroCopy: outcome.zeroCopy, share, ...rest };
  }
}

function choose(owner: ScriptedOwner, wanted: LinkRequest['io'], link: KernelLink, features: number): IoChoice {
  return chooseIo(link, wanted, owner, (ifindex) => (ifindex === 7 ? features : 0));
}

test('auto is AF_XDP where the driver copies nothing, and says so', () => {
  const owner = new ScriptedOwner({ zeroCopy: true });
  const choice = choose(owner, 'auto', NIC, XDP_BASIC | XDP_ZERO_COPY);
  assert.deepEqual(choice.detail, { reason: 'the driver offers it, without a copy' });
  assert.equal(choice.xdp?.sockets[0].fd, 9);
});

test('auto leaves a NIC alone that says nothing of zero-copy', () => {
  for (const features of [0, XDP_BASIC]) {
    const owner = new ScriptedOwner(new Error('was asked'));
    const choice = choose(owner, 'auto', VETH, features);
    assert.match(
      choice.detail.reason,
      /^AF_XDP would be no more than 1\.7 times as fast here, since the kernel copies/,
    );
    assert.deepEqual([choice.xdp, choice.passing], [undefined, false]);
  }
});

test('auto is AF_PACKET where zero-copy was promised and the kernel copies after all', () => {
  const owner = new ScriptedOwner({ zeroCopy: false });
  const choice = choose(owner, 'auto', NIC, XDP_ZERO_COPY);
  assert.deepEqual([choice.xdp, owner.opened, choice.passing], [undefined, 0, false]);
});

test('what is asked for is done, and the host at the other end of a veth pair told of', () => {
  const owner = new ScriptedOwner({ zeroCopy: false });
  assert.deepEqual(choose(owner, 'packet', VETH, XDP_ZERO_COPY).detail, { reason: 'as configured' });
  assert.deepEqual(choose(owner, 'xdp', NIC, 0).detail, { reason: 'as configured, the kernel copies' });
  assert.deepEqual(choose(owner, 'xdp', VETH, 0).detail, {
    reason: 'as configured, the kernel copies',
    hint: 'at the other end of eth1, which leaves checksums to us: ethtool -K PEER tx off txvlan off',
  });
});

test('how the workers share the queues is said too', () => {
  const share = { queues: 1, reason: '1 of 2 workers receive', hint: 'ethtool -L eth1 combined 2' };
  assert.deepEqual(choose(new ScriptedOwner({ zeroCopy: false }, share), 'xdp', VETH, 0).detail, {
    reason: 'as configured, the kernel copies, 1 of 2 workers receive',
    hint: `${share.hint}; at the other end of eth1, which leaves checksums to us: ethtool -K PEER tx off txvlan off`,
  });
});

test('a refusal is told from one that may pass', () => {
  const outcomes: readonly [Error, boolean, boolean][] = [
    [systemError(EBUSY, 'bind'), true, true],
    [new LasthopError('XDP_QUEUES', 'two queues', 'ethtool'), true, false],
    [systemError(EINVAL, 'bind'), false, false],
  ];
  for (const [error, passing, busy] of outcomes) {
    const choice = choose(new ScriptedOwner(error), 'xdp', NIC, 0);
    assert.equal(choice.detail.reason, `AF_XDP is not available: ${error.message}`);
    assert.deepEqual([choice.xdp, choice.passing, choice.busy], [undefined, passing, busy]);
  }
});

test('what is no refusal is not taken for one', () => {
  assert.throws(() => choose(new ScriptedOwner(new TypeError('wrong')), 'xdp', NIC, 0), TypeError);
});
