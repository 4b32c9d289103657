import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { native } from '../../src/kernel/binding.js';
import { NetlinkRequest, readAnswer, readAttributes, splitMessages } from '../../src/kernel/netlink-message.js';
import {
  addAddressRequest,
  addRouteRequest,
  disableIpv6LinkLocalRequest,
  dumpAddressesRequest,
  dumpLinksRequest,
  dumpRoutesRequest,
  findRouteRequest,
  type KernelRoute,
  readAddress,
  readLinkNotice,
  readRoute,
  removeAddressRequest,
  removeRouteRequest,
  setLinkMtuRequest,
  setLinkUpRequest,
} from '../../src/kernel/rtnetlink.js';
import { systemError } from '../../src/kernel/system-error.js';
import { hex, toHex } from '../support/hex.js';

/** A request with sequence number 01020304, for which an acknowledgement is wanted. */
function finish(request: { finish(sequence: number, acknowledge: boolean): Uint8Array }): string {
  return toHex(request.finish(0x01020304, true));
}

/** Hexadecimal text without the spaces that make it readable. */
function plain(text: string): string {
  return text.replace(/\s/g, '');
}

const DEFAULT_ROUTE: KernelRoute = {
  destination: { address: 0, length: 0 },
  ifindex: 7,
  gateway: 0,
  priority: 100,
  source: 0x0a000001,
  table: 254,
  protocol: 4,
};

/** Answers of Linux 6.18, shortened to the attributes that matter and some that do not. */
const LINK = hex(`
  4c000000 1000 0000 00000000 00000000  00 00 0100 02000000 43100100 00000000
  0700 0300 743000 00  0800 0d00 e8030000  0500 1000 06 000000  0800 0400 dc050000  0a00 0100 020000000001 0000`);
const ADDRESS = hex(`
  30000000 1400 0200 01000000 0a7a0000  02 18 80 00 03000000
  0800 0100 0a000001  0800 0200 0a000001  0700 0300 743000 00`);
const GATEWAY_ROUTE = hex(`
  44000000 1800 2200 01000000 0a7a0000  02 00 00 00 fe 03 00 01 00000000
  0800 0f00 fe000000  0800 0600 32000000  0800 0700 0a000001  0800 0500 0a000002  0800 0400 03000000`);
const LOCAL_ROUTE = hex(`
  3c000000 1800 2200 01000000 0a7a0000  02 20 00 00 ff 02 fe 02 00000000
  0800 0f00 ff000000  0800 0100 0a000001  0800 0700 0a000001  0800 0400 03000000`);

describe('requests', () => {
  const cases: [name: string, request: string, bytes: string][] = [
    [
      'link up',
      finish(setLinkUpRequest(7, true)),
      '20000000 1300 0500 04030201 00000000 00000000 07000000 01000000 01000000',
    ],
    [
      'link down',
      finish(setLinkUpRequest(7, false)),
      '20000000 1300 0500 04030201 00000000 00000000 07000000 00000000 01000000',
    ],
    [
      'MTU',
      finish(setLinkMtuRequest(7, 1400)),
      '28000000 1300 0500 04030201 00000000 00000000 07000000 00000000 00000000 0800 0400 78050000',
    ],
    [
      'no IPv6 link-local address',
      finish(disableIpv6LinkLocalRequest(7)),
      `30000000 1300 0500 04030201 00000000 00000000 07000000 00000000 00000000
       1000 1a80 0c00 0a80 0500 0800 01 000000`,
    ],
    [
      'add an address',
      finish(addAddressRequest(7, { address: 0x0a000001, prefixLength: 32 })),
      '28000000 1400 0506 04030201 00000000 02 20 00 00 07000000 0800 0200 0a000001 0800 0100 0a000001',
    ],
    [
      'remove an address',
      finish(removeAddressRequest(7, { address: 0x0a000001, prefixLength: 24 })),
      '28000000 1500 0500 04030201 00000000 02 18 00 00 07000000 0800 0200 0a000001 0800 0100 0a000001',
    ],
    [
      'add the default route',
      finish(addRouteRequest(DEFAULT_ROUTE)),
      `3c000000 1800 0506 04030201 00000000 02 00 00 00 00 04 fd 01 00000000
       0800 0f00 fe000000 0800 0400 07000000 0800 0600 64000000 0800 0700 0a000001`,
    ],
    [
      'remove a route by a gateway',
      finish(
        removeRouteRequest({
          ...DEFAULT_ROUTE,
          destination: { address: 0x0a000000, length: 8 },
          gateway: 0x01020304,
          source: 0,
        }),
      ),
      `44000000 1900 0500 04030201 00000000 02 08 00 00 00 04 00 01 00000000
       0800 0f00 fe000000 0800 0400 07000000 0800 0600 64000000 0800 0100 0a000000 0800 0500 01020304`,
    ],
  ];
  for (const [name, request, bytes] of cases) test(name, () => assert.equal(request, plain(bytes)));

  test('the way from one address to another is asked for, not a table', () => {
    assert.equal(
      toHex(findRouteRequest(0xc0000201, 0x0a000001).finish(1, false)),
      plain(
        '2c000000 1a00 0100 01000000 00000000 02 20 20 00 00 00 00 00 00000000 0800 0100 c0000201 0800 0200 0a000001',
      ),
    );
  });

  test('dumps ask for all rows, and for routes only those of a link', () => {
    assert.equal(
      toHex(dumpLinksRequest().finish(1, false)),
      plain('28000000 1200 0103 01000000 00000000 00000000 00000000 00000000 00000000 0800 1d00 08000000'),
    );
    assert.equal(
      toHex(dumpAddressesRequest().finish(1, false)),
      plain('18000000 1600 0103 01000000 00000000 02 00 00 00 00000000'),
    );
    assert.equal(
      toHex(dumpRoutesRequest(7).finish(1, false)),
      plain('24000000 1a00 0103 01000000 00000000 02 00 00 00 00 00 00 00 00000000 0800 0400 07000000'),
    );
  });
});

describe('answers', () => {
  test('a link', () => {
    const [message] = splitMessages(LINK);
    assert.deepEqual(readLinkNotice(message), {
      removed: false,
      link: {
        ifindex: 2,
        name: 't0',
        kind: '',
        hardware: 1,
        mtu: 1500,
        mac: Uint8Array.of(2, 0, 0, 0, 0, 1),
        adminUp: true,
        carrier: true,
      },
    });
    const removed = LINK.slice();
    removed[4] = native.constants.RTM_DELLINK;
    assert.equal(readLinkNotice(splitMessages(removed)[0])?.removed, true);
  });

  test('a link that is no hardware says of which kind it is', () => {
    const { constants } = native;
    const message = new NetlinkRequest(constants.RTM_NEWLINK, 0)
      .zeros(constants.SIZEOF_IFINFOMSG)
      .attributeU32(constants.IFLA_MTU, 1500)
      .nested(constants.IFLA_LINKINFO, (information) => information.attributeText(constants.IFLA_INFO_KIND, 'veth'));
    assert.equal(readLinkNotice(splitMessages(message.finish(1, false))[0])?.link.kind, 'veth');
  });

  test("a bridge's word on its port is not about the link", () => {
    const bridge = LINK.slice();
    bridge[16] = 7;
    assert.equal(readLinkNotice(splitMessages(bridge)[0]), undefined);
  });

  test('a word about a link that leaves out what it is, as wireless drivers send it', () => {
    const event = new NetlinkRequest(native.constants.RTM_NEWLINK, 0)
      .zeros(native.constants.SIZEOF_IFINFOMSG)
      .attributeText(native.constants.IFLA_IFNAME, 'wlan0');
    assert.equal(readLinkNotice(splitMessages(event.finish(1, false))[0]), undefined);
  });

  test('an address', () => {
    const [message] = splitMessages(ADDRESS);
    assert.deepEqual(readAddress(message), { ifindex: 3, address: { address: 0x0a000001, prefixLength: 24 } });
  });

  test('a route, and one that is not unicast', () => {
    assert.deepEqual(readRoute(splitMessages(GATEWAY_ROUTE)[0]), {
      destination: { address: 0, length: 0 },
      ifindex: 3,
      gateway: 0x0a000002,
      priority: 50,
      source: 0x0a000001,
      table: 254,
      protocol: 3,
    });
    assert.equal(readRoute(splitMessages(LOCAL_ROUTE)[0]), undefined);
  });

  test('readers leave messages of other kinds alone', () => {
    const messages = [LINK, ADDRESS, GATEWAY_ROUTE].map((bytes) => splitMessages(bytes)[0]);
    const read = [readLinkNotice, readAddress, readRoute];
    for (const [i, reader] of read.entries()) {
      for (const [k, message] of messages.entries()) assert.equal(reader(message) !== undefined, i === k);
    }
  });

  test('a datagram of several messages, the last one cut off', () => {
    const datagram = Buffer.concat([LINK, ADDRESS, GATEWAY_ROUTE.subarray(0, 40)]);
    assert.deepEqual(
      splitMessages(datagram).map((message) => message.type),
      [16, 20],
    );
  });

  test('an acknowledgement, a refusal, and the words of the kernel', () => {
    const ok = splitMessages(hex('24000000 0200 0001 01000000 00000000 00000000 20000000 1300 0500 01000000 00000000'));
    assert.deepEqual(readAnswer(ok[0]), { errno: 0, text: '' });
    const refused = hex(`30000000 0200 0003 01000000 00000000 eaffffff 20000000 1300 0500 01000000 00000000
      0c00 0100 6d747520746f6f00`);
    assert.deepEqual(readAnswer(splitMessages(refused)[0]), { errno: 22, text: 'mtu too' });
  });
});

test('an error of the kernel has the form of those of Node', () => {
  const error = systemError(19, 'RTM_SETLINK', '(gone)');
  assert.equal(error.message, 'ENODEV: no such device, RTM_SETLINK (gone)');
  assert.deepEqual([error.code, error.errno, error.syscall], ['ENODEV', -19, 'RTM_SETLINK']);
});

test('no bytes at all make a reader throw or hang', () => {
  const seeds = [LINK, ADDRESS, GATEWAY_ROUTE, LOCAL_ROUTE];
  const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
  const property = fc.property(
    fc.constantFrom(...seeds),
    fc.array(change, { maxLength: 8 }),
    fc.nat(),
    (seed, changes, cut) => {
      const bytes = seed.slice(0, seed.length - (cut % 8));
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      for (const message of splitMessages(bytes)) {
        readLinkNotice(message);
        readAddress(message);
        readRoute(message);
        readAnswer(message);
        readAttributes(message.body, 0);
      }
    },
  );
  fc.assert(property, { numRuns: 2000 });
});
