import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nextState } from '../../src/bfd/session-fsm.js';
import {
  BFD_ADMIN_DOWN,
  BFD_DOWN,
  BFD_INIT,
  BFD_STATE_NAMES,
  BFD_UP,
  type BfdPacket,
  encodeBfd,
} from '../../src/wire/bfd.js';
import { BfdEnd, BfdPair, bfdPacket, MS, SECOND, timers } from '../support/bfd-pair.js';
import { toHex } from '../support/hex.js';

const ADMIN_DOWN_BY_OPERATOR = 7;

function pair(a = timers(50, 50, 3), b = a): BfdPair {
  return new BfdPair(new BfdEnd(0x0a, a, 0), new BfdEnd(0x0b, b, 0));
}

/** One end that a peer with 50 ms × 3 has brought up at time 0, its Poll answered. */
function up(settings = timers(50, 50, 3)): BfdEnd {
  const end = new BfdEnd(0x0a, settings, 0);
  end.receive({ state: BFD_DOWN }, 0);
  end.receive({ state: BFD_INIT, yourDiscriminator: 0x0a }, 0);
  end.step(0);
  end.receive({ state: BFD_UP, yourDiscriminator: 0x0a, final: true }, 0);
  assert.deepEqual(end.states, ['down', 'init', 'up']);
  return end;
}

const alive: Partial<BfdPacket> = { state: BFD_UP, yourDiscriminator: 0x0a };

describe('states', () => {
  // RFC 5880 section 6.8.6: what each state becomes by each state that is heard.
  const expected: { readonly [own: string]: string } = {
    'admin-down': 'admin-down admin-down admin-down admin-down',
    down: 'down init up down',
    init: 'down init up up',
    up: 'down down up up',
  };
  for (const [own, row] of Object.entries(expected)) {
    test(`${own} hears admin-down, down, init, up`, () => {
      const states = [BFD_ADMIN_DOWN, BFD_DOWN, BFD_INIT, BFD_UP];
      const next = states.map((heard) => BFD_STATE_NAMES[nextState(BFD_STATE_NAMES.indexOf(own), heard)]);
      assert.equal(next.join(' '), row);
    });
  }

  test('two ends come up by themselves, through init, within the first exchange', () => {
    const made = pair();
    made.run(10 * MS);
    assert.deepEqual([made.a.state, made.b.state], ['up', 'up']);
    assert.equal(made.a.states.join(), 'down,init,up');
    assert.equal(made.a.session.remoteDiscriminator, 0x0b);
    assert.equal(made.a.session.isLost, false);
  });

  test('the first packet, byte for byte: state Down, a second between packets, no discriminator of the peer', () => {
    const end = new BfdEnd(0x01020304, timers(300, 200, 3), 0);
    const bytes = end.step(0);
    assert.equal(
      toHex(bytes ?? new Uint8Array()),
      '20480318' + '01020304' + '00000000' + '000f4240' + '00030d40' + '00000000',
    );
  });
});

describe('detection', () => {
  test('silence for the multiplier of the peer at the slower of the two rates loses it, and not a microsecond earlier', () => {
    const end = up(timers(50, 70, 3));
    end.receive({ ...alive, multiplier: 4, desiredMinTxUs: 60 * MS }, 0);
    end.run(0, 280 * MS - 1);
    assert.equal(end.state, 'up');
    end.run(280 * MS, 280 * MS);
    assert.equal(end.state, 'down');
    assert.equal(end.session.diagnostic, 1);
    assert.equal(end.session.isLost, true);
    assert.equal(end.session.remoteDiscriminator, 0);
  });

  test('silence while nobody listened is excused, but no silence for longer than twice the detection time', () => {
    const end = up();
    end.session.excuse(20 * MS);
    assert.equal(end.session.detectionAtUs, 170 * MS);
    end.session.excuse(SECOND);
    assert.equal(end.session.detectionAtUs, 300 * MS);
    end.receive(alive, 290 * MS);
    assert.equal(end.session.detectionAtUs, 440 * MS);
  });

  test('a session whose peer is not expected to speak needs no excuse', () => {
    const end = new BfdEnd(0x0a, timers(50, 50, 3), 0);
    end.session.excuse(SECOND);
    assert.equal(end.session.detectionAtUs, Infinity);
  });

  test('a peer that is lost is told so, and a packet a second goes on', () => {
    const end = up();
    const sent = end.run(0, 10 * SECOND);
    const atLoss = sent.find(({ packet }) => packet.state === BFD_DOWN);
    assert.equal(atLoss?.atUs, 150 * MS);
    assert.equal(atLoss?.packet.diagnostic, 1);
    assert.equal(atLoss?.packet.yourDiscriminator, 0);
    assert.equal(atLoss?.packet.desiredMinTxUs, SECOND);
    const later = sent.filter(({ atUs }) => atUs > 150 * MS).map(({ atUs }) => atUs);
    assert.ok(later.length >= 9 && later.length <= 14, `${later.length} packets in 9.85 s`);
  });

  test('a peer that says Down is lost with the diagnostic for it', () => {
    const end = up();
    end.receive({ state: BFD_DOWN, diagnostic: 1 }, 10 * MS);
    assert.equal(end.state, 'down');
    assert.equal(end.session.diagnostic, 3);
    assert.equal(end.session.isLost, true);
  });

  test('one direction lost takes both ends down, and both come back', () => {
    const made = pair();
    made.run(SECOND);
    made.loses = (from) => from === made.a;
    made.run(160 * MS);
    assert.deepEqual([made.a.state, made.b.state], ['down', 'down']);
    assert.equal(made.a.session.diagnostic, 3);
    assert.equal(made.b.session.diagnostic, 1);
    made.loses = () => false;
    made.run(3 * SECOND);
    assert.deepEqual([made.a.state, made.b.state], ['up', 'up']);
    assert.deepEqual([made.a.session.isLost, made.b.session.isLost], [false, false]);
  });

  test('a session that was never up has lost nothing', () => {
    const end = new BfdEnd(0x0a, timers(50, 50, 3), 0);
    end.receive({ state: BFD_DOWN }, 0);
    end.run(0, 10 * SECOND);
    assert.deepEqual(end.states, ['down', 'init', 'down']);
    assert.equal(end.session.isLost, false);
  });

  test('10 ms × 3 stays up for an hour with every tenth packet lost but never three in a row', () => {
    const made = pair(timers(10, 10, 3));
    let sent = 0;
    made.loses = () => ++sent % 10 < 1;
    made.run(3600 * SECOND);
    assert.equal(made.a.states.join(), 'down,init,up');
    assert.equal(made.b.states.join(), 'down,init,up');
  });
});

describe('rates', () => {
  test('the interval is the slower of what we want and what the peer takes, less 0 to 25 %', () => {
    const end = up(timers(50, 50, 3));
    end.receive({ ...alive, requiredMinRxUs: 80 * MS, multiplier: 255 }, 0);
    assertIntervals(end, 60 * MS, 80 * MS);
  });

  test('with a multiplier of 1 it is less 10 to 25 %', () => {
    const end = up(timers(100, 50, 1));
    end.receive({ ...alive, multiplier: 255 }, 0);
    assertIntervals(end, 75 * MS, 90 * MS);
  });

  function assertIntervals(end: BfdEnd, least: number, most: number): void {
    const times = end.run(0, 5 * SECOND).map(({ atUs }) => atUs);
    const gaps = times.slice(1).map((at, index) => at - times[index]);
    assert.ok(gaps.length > 40);
    assert.ok(Math.min(...gaps) >= least, `${Math.min(...gaps)} us`);
    assert.ok(Math.max(...gaps) <= most, `${Math.max(...gaps)} us`);
    // Spread over the whole range, and not at its ends.
    assert.ok(Math.max(...gaps) - Math.min(...gaps) > (most - least) / 2);
  }

  test('a peer that takes no packets gets none, but its Poll is answered', () => {
    const end = up();
    end.receive({ ...alive, requiredMinRxUs: 0, multiplier: 255 }, 0);
    assert.deepEqual(end.run(1, SECOND), []);
    end.receive({ ...alive, requiredMinRxUs: 0, multiplier: 255, poll: true }, 2 * SECOND);
    assert.deepEqual(
      end.run(2 * SECOND, 4 * SECOND).map(({ packet }) => packet.final),
      [true],
    );
    end.receive({ ...alive, multiplier: 255 }, 5 * SECOND);
    assert.ok(end.run(5 * SECOND, 6 * SECOND).length >= 20);
  });

  test('a peer in demand mode is left alone while both are up', () => {
    const end = up();
    end.receive({ ...alive, demand: true, multiplier: 255 }, 0);
    assert.deepEqual(end.run(1, SECOND), []);
    end.receive({ ...alive, multiplier: 255 }, SECOND);
    assert.ok(end.run(SECOND, 2 * SECOND).length >= 20);
  });

  test('a peer that takes more is sent more at once', () => {
    const end = up();
    end.receive({ ...alive, requiredMinRxUs: 10 * SECOND, multiplier: 255 }, 0);
    end.run(0, SECOND);
    const before = end.sent.length;
    end.receive({ ...alive, multiplier: 255 }, SECOND);
    end.run(SECOND, SECOND + 50 * MS);
    assert.ok(end.sent.length > before);
  });

  test('the largest and the smallest intervals that a peer can name are numbers like others', () => {
    const end = up();
    const most = 0xffffffff;
    end.receive({ ...alive, desiredMinTxUs: most, requiredMinRxUs: most, multiplier: 255 }, 0);
    assert.equal(end.session.detectionTimeUs, 255 * most);
    assert.equal(end.session.transmitIntervalUs, most);
    end.receive({ ...alive, desiredMinTxUs: 0, requiredMinRxUs: 1, multiplier: 1 }, 0);
    assert.equal(end.session.detectionTimeUs, 50 * MS);
    assert.equal(end.session.transmitIntervalUs, 50 * MS);
  });
});

describe('Poll Sequence', () => {
  test('coming up asks for confirmation of the faster rate until it is there', () => {
    const end = new BfdEnd(0x0a, timers(50, 50, 3), 0);
    end.receive({ state: BFD_DOWN }, 0);
    assert.deepEqual(end.run(0, 0).map(flags), ['']);
    end.receive({ state: BFD_INIT, yourDiscriminator: 0x0a }, 0);
    const polls = end.run(1, 100 * MS).map(flags);
    assert.ok(polls.length >= 2 && polls.every((flag) => flag === 'P'), polls.join());
    end.receive({ ...alive, final: true }, 100 * MS);
    const after = end.run(100 * MS, 200 * MS).map(flags);
    assert.ok(after.length >= 2 && after.every((flag) => flag === ''), after.join());
  });

  test('a Poll is answered at once, by a packet with Final and without Poll', () => {
    const end = new BfdEnd(0x0a, timers(50, 50, 3), 0);
    end.receive({ state: BFD_DOWN }, 0);
    end.receive({ state: BFD_INIT, yourDiscriminator: 0x0a, poll: true }, 0);
    assert.deepEqual(end.run(0, 0).map(flags), ['F']);
    assert.ok(end.run(1, 60 * MS).every((sent) => flags(sent) === 'P'));
  });

  test('a flood of Polls is answered a thousand times a second at most', () => {
    const end = up();
    for (let at = 0; at < SECOND; at += 100) {
      end.receive({ ...alive, poll: true, multiplier: 255 }, at);
      end.step(at);
    }
    assert.ok(end.sent.length <= 1100, `${end.sent.length} packets`);
  });

  test('sending less often waits for the peer to know; sending more often does not', () => {
    const end = up(timers(50, 50, 3));
    end.receive({ ...alive, multiplier: 255 }, 0);
    end.session.configure(timers(400, 50, 3), 0);
    assert.equal(end.session.transmitIntervalUs, 50 * MS);
    const sent = end.run(1, 200 * MS);
    assert.ok(sent.length >= 3 && sent.every(({ packet }) => packet.poll && packet.desiredMinTxUs === 400 * MS));
    end.receive({ ...alive, multiplier: 255, final: true }, 200 * MS);
    assert.equal(end.session.transmitIntervalUs, 400 * MS);
    end.session.configure(timers(60, 50, 3), 200 * MS);
    assert.equal(end.session.transmitIntervalUs, 60 * MS);
    assert.ok(end.run(200 * MS, 270 * MS).length >= 1);
  });

  test('expecting more often waits for the peer to know; expecting less often does not', () => {
    const end = up(timers(50, 200, 3));
    end.receive(alive, 0);
    assert.equal(end.session.detectionTimeUs, 600 * MS);
    end.session.configure(timers(50, 100, 3), 0);
    assert.equal(end.session.detectionTimeUs, 600 * MS);
    end.step(1);
    end.receive({ ...alive, final: true }, 1);
    assert.equal(end.session.detectionTimeUs, 300 * MS);
    end.session.configure(timers(50, 300, 3), 2);
    assert.equal(end.session.detectionTimeUs, 900 * MS);
  });

  test('a change during a Poll Sequence is confirmed by one of its own', () => {
    const end = up(timers(50, 50, 3));
    end.receive({ ...alive, multiplier: 255 }, 0);
    end.session.configure(timers(400, 50, 3), 0);
    end.session.configure(timers(500, 50, 3), 0);
    end.receive({ ...alive, multiplier: 255, final: true }, 1);
    assert.equal(end.session.transmitIntervalUs, 50 * MS);
    assert.ok(end.run(1, 60 * MS).every((sent) => flags(sent) === 'P'));
    end.receive({ ...alive, multiplier: 255, final: true }, 60 * MS);
    assert.equal(end.session.transmitIntervalUs, 500 * MS);
  });

  test('an answer that nobody asked for is taken as any packet', () => {
    const end = up();
    assert.equal(end.receive({ ...alive, final: true }, 10 * MS), true);
    assert.equal(end.session.transmitIntervalUs, 50 * MS);
  });

  function flags({ packet }: { readonly packet: BfdPacket }): string {
    return `${packet.poll ? 'P' : ''}${packet.final ? 'F' : ''}`;
  }
});

describe('administratively down', () => {
  test('a peer that is switched off is down and not lost', () => {
    const end = up();
    end.receive({ state: BFD_ADMIN_DOWN, diagnostic: ADMIN_DOWN_BY_OPERATOR, yourDiscriminator: 0x0a }, 10 * MS);
    assert.equal(end.state, 'down');
    assert.equal(end.session.diagnostic, 3);
    assert.equal(end.session.isLost, false);
    end.run(10 * MS, 10 * SECOND);
    assert.equal(end.session.isLost, false);
    assert.equal(end.session.remoteState, BFD_ADMIN_DOWN);
  });

  test('a peer that was lost and says afterwards that it was switched off is not lost any more', () => {
    const end = up();
    end.run(0, SECOND);
    assert.equal(end.session.isLost, true);
    end.receive({ state: BFD_ADMIN_DOWN }, SECOND);
    assert.equal(end.state, 'down');
    assert.equal(end.session.isLost, false);
  });

  test('our end is told three times, 10 ms apart, whatever the rate, and then there is silence', () => {
    const end = up(timers(1000, 1000, 3));
    end.session.disable(5 * MS);
    assert.equal(end.session.isOver, false);
    const sent = end.run(5 * MS, 10 * SECOND);
    assert.deepEqual(
      sent.map(({ atUs, packet }) => [atUs / MS, packet.state, packet.diagnostic, packet.yourDiscriminator]),
      [5, 15, 25].map((atMs) => [atMs, BFD_ADMIN_DOWN, ADMIN_DOWN_BY_OPERATOR, 77]),
    );
    assert.equal(end.session.isOver, true);
    end.receive(alive, 11 * SECOND);
    assert.equal(end.state, 'admin-down');
    assert.deepEqual(end.run(11 * SECOND, 20 * SECOND), []);
  });

  test('who never had a peer has nobody to tell', () => {
    const end = new BfdEnd(0x0a, timers(50, 50, 3), 0);
    end.session.disable(0);
    assert.equal(end.session.isOver, true);
    assert.deepEqual(end.run(0, SECOND), []);
  });

  test('the other end of a session that ends goes down without losing anything, and waits', () => {
    const made = pair();
    made.run(SECOND);
    made.a.session.disable(made.nowUs);
    made.run(SECOND);
    assert.equal(made.b.states.join(), 'down,init,up,down');
    assert.equal(made.b.session.isLost, false);
  });
});

test('a packet with an authentication section is refused, since none is configured, and changes nothing', () => {
  const end = up();
  const bytes = encodeBfd(bfdPacket({ state: BFD_DOWN, authentication: Uint8Array.of(1, 4, 1, 120) }));
  assert.equal(end.session.receive(bytes, 0, 149 * MS), false);
  assert.equal(end.state, 'up');
  end.run(149 * MS, 150 * MS);
  assert.equal(end.state, 'down');
});
