import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SeededRandom } from '../../src/base/random.js';
import { readConversation, writeInput, writeOutput } from '../../src/ospf/conversation.js';
import { OspfInstance } from '../../src/ospf/instance.js';
import type { OspfAuthentication, OspfInput, OspfKey } from '../../src/ospf/messages.js';
import { toHex } from '../support/hex.js';
import { OspfNetwork } from '../support/ospf-network.js';
import { type Recorded, record } from '../support/ospf-recorder.js';

const ALWAYS = { fromMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY };

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function password(text: string): OspfAuthentication {
  return { kind: 'simple', password: bytes(text) };
}

function key(id: number, secret: string, algorithm: OspfKey['algorithm'] = 'md5'): OspfAuthentication {
  const one = { id, algorithm, secret: bytes(secret), send: ALWAYS, accept: ALWAYS };
  return { kind: 'cryptographic', keys: [one] };
}

/** What a new instance says to the inputs. */
function replay({ input }: Recorded): { readonly instance: OspfInstance; readonly outputs: string[] } {
  const { seed, inputs } = readConversation(input.join('\n'));
  const instance = new OspfInstance(new SeededRandom(seed));
  const outputs = inputs.flatMap((line) =>
    instance.handle(line.input, line.atMs).map((output) => writeOutput(line.atMs, output)),
  );
  return { instance, outputs };
}

/** What one of two routers on a wire records in two minutes. */
function conversation(ours: OspfAuthentication, theirs: OspfAuthentication) {
  const network = new OspfNetwork();
  const a = network.addRouter('a', { routerId: 1 });
  const b = network.addRouter('b', { routerId: 2 });
  const recorded = record(network, a);
  network.connect(a, b, { interface: { authentication: ours } });
  const interfaces = b.config.interfaces.map((config) => ({ ...config, authentication: theirs }));
  network.configure(b, { interfaces });
  network.run(60_000);
  return { network, a, recorded };
}

describe('a recorded conversation', () => {
  const cases: (readonly [name: string, ours: OspfAuthentication, theirs: OspfAuthentication])[] = [
    ['without authentication', { kind: 'none' }, { kind: 'none' }],
    ['with a password', password('our word'), password('our word')],
    ['with two passwords', password('our word'), password('their wd')],
    ['with MD5', key(3, 'our word'), key(3, 'our word')],
    ['with HMAC-SHA-256', key(3, 'our word', 'hmac-sha-256'), key(3, 'our word', 'hmac-sha-256')],
    ['with two secrets', key(3, 'our word'), key(3, 'their wd')],
    ['with two key IDs', key(3, 'our word'), key(4, 'our word')],
    ['with two kinds', key(3, 'our word'), password('our word')],
  ];
  for (const [name, ours, theirs] of cases) {
    test(`${name} is replayed as it was, and has no secret in it`, () => {
      const { a, network, recorded } = conversation(ours, theirs);
      const { instance, outputs } = replay(recorded);
      assert.ok(outputs.length > 5);
      assert.deepEqual(outputs, recorded.output);
      assert.deepEqual(instance.rejectionCounters(), a.instance.rejectionCounters());
      const states = (of: OspfInstance) => of.neighbors(network.nowMs).map(({ state }) => state);
      assert.deepEqual(states(instance), states(a.instance));
      const text = [...recorded.input, ...recorded.output].join('\n');
      for (const secret of ['our word', 'their wd']) {
        assert.ok(!text.includes(secret) && !text.includes(toHex(bytes(secret))), secret);
      }
    });
  }

  test('has no digest of a secret in it, right or wrong', () => {
    const digests = new Set<string>();
    const network = new OspfNetwork();
    network.onSend = (_router, { payload }) => digests.add(toHex(payload.subarray(-16)));
    const a = network.addRouter('a', { routerId: 1 });
    const b = network.addRouter('b', { routerId: 2 });
    const recorded = record(network, a);
    network.connect(a, b, { interface: { authentication: key(3, 'our word') } });
    network.run(30_000);
    network.configure(b, {
      interfaces: b.config.interfaces.map((config) => ({ ...config, authentication: key(3, 'their wd') })),
    });
    network.run(60_000);
    assert.ok(digests.size > 10);
    const text = [...recorded.input, ...recorded.output].join('\n');
    for (const digest of digests) assert.ok(!text.includes(digest), digest);
    assert.deepEqual(replay(recorded).outputs, recorded.output);
  });

  test('is replayed through a change of keys and a goodbye', () => {
    const { network, a, recorded } = conversation(key(3, 'our word'), key(3, 'our word'));
    network.configure(a, {
      interfaces: a.config.interfaces.map((config) => ({ ...config, authentication: key(4, 'the next') })),
    });
    network.run(70_000);
    network.configure(a, { interfaces: [] });
    network.handle(a, { kind: 'stop' });
    assert.deepEqual(replay(recorded).outputs, recorded.output);
    assert.ok(!recorded.output.join('').includes(toHex(bytes('the next'))));
  });
});

describe('the format', () => {
  test('keeps bytes and infinite times', () => {
    const input: OspfInput = {
      kind: 'packet',
      interface: 'eth0',
      source: 0x0a000001,
      destination: 0xe0000005,
      payload: Uint8Array.of(0, 1, 0xff),
    };
    const configure = { kind: 'configure', config: { authentication: key(1, 'x') } } as unknown as OspfInput;
    const { inputs } = readConversation(['{"seed":5}', writeInput(1.5, input), writeInput(2, configure)].join('\n'));
    assert.deepEqual(inputs, [
      { atMs: 1.5, input },
      { atMs: 2, input: configure },
    ]);
  });

  for (const [what, text] of [
    ['no seed', '{"atMs":0}'],
    ['half a byte', '{"seed":1}\n{"atMs":0,"input":{"kind":"packet","payload":"0"}}'],
    ['a line that is cut off', '{"seed":1}\n{"atMs":0,"inp'],
  ]) {
    test(`refuses ${what}`, () => {
      assert.throws(() => readConversation(text), SyntaxError);
    });
  }
});
