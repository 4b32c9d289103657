import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { native } from '../../src/kernel/binding.js';
import { CONSTANT_NAMES } from '../../src/kernel/constant-names.js';
import { allocateHuge } from '../../src/kernel/huge-pages.js';
import { ServiceNotifier } from '../../src/kernel/service-notify.js';
import * as virtio from '../../src/wire/virtio-net.js';
import { eventually } from '../support/scratch-namespace.js';

const { POLLIN, POLLNVAL } = native.constants;
const addon = new URL('../../src/kernel/binding.js', import.meta.url).href;

test('the addon offers exactly the constants that TypeScript knows', () => {
  assert.deepEqual(Object.keys(native.constants).sort(), [...CONSTANT_NAMES].sort());
  assert.ok(Object.values(native.constants).every(Number.isSafeInteger));
});

test('the virtio header is laid out as the C headers say', () => {
  const { constants } = native;
  const pairs: readonly (readonly [number, number])[] = [
    [virtio.VIRTIO_FLAGS, constants.VIRTIO_NET_HDR_FLAGS],
    [virtio.VIRTIO_GSO_TYPE, constants.VIRTIO_NET_HDR_GSO_TYPE],
    [virtio.VIRTIO_HEADER_LENGTH, constants.VIRTIO_NET_HDR_HDR_LEN],
    [virtio.VIRTIO_GSO_SIZE, constants.VIRTIO_NET_HDR_GSO_SIZE],
    [virtio.VIRTIO_CHECKSUM_START, constants.VIRTIO_NET_HDR_CSUM_START],
    [virtio.VIRTIO_CHECKSUM_OFFSET, constants.VIRTIO_NET_HDR_CSUM_OFFSET],
    [virtio.VIRTIO_HEADER_BYTES, constants.VIRTIO_NET_HDR_BYTES],
    [virtio.VIRTIO_NEEDS_CHECKSUM, constants.VIRTIO_NET_HDR_F_NEEDS_CSUM],
    [virtio.VIRTIO_CHECKSUM_VALID, constants.VIRTIO_NET_HDR_F_DATA_VALID],
    [virtio.VIRTIO_GSO_NONE, constants.VIRTIO_NET_HDR_GSO_NONE],
    [virtio.VIRTIO_GSO_TCPV4, constants.VIRTIO_NET_HDR_GSO_TCPV4],
    [virtio.VIRTIO_GSO_UDP, constants.VIRTIO_NET_HDR_GSO_UDP],
    [virtio.VIRTIO_GSO_TCPV6, constants.VIRTIO_NET_HDR_GSO_TCPV6],
    [virtio.VIRTIO_GSO_UDP_L4, constants.VIRTIO_NET_HDR_GSO_UDP_L4],
    [virtio.VIRTIO_GSO_ECN, constants.VIRTIO_NET_HDR_GSO_ECN],
  ];
  for (const [ours, theirs] of pairs) assert.equal(ours, theirs);
});

test('memory that is read at random is on huge pages where the kernel has them', () => {
  const bytes = new Uint8Array(allocateHuge(48 << 20).buffer);
  assert.equal(bytes.length, 48 << 20);
  assert.ok(bytes.every((byte) => byte === 0));
  const present = existsSync('/sys/kernel/mm/transparent_hugepage/enabled');
  assert.equal(native.adviseHugePages(bytes), present);
  if (present) assert.match(readFileSync('/proc/self/smaps', 'utf8'), /^VmFlags:.* hg\b/m);
  assert.equal(native.adviseHugePages(new Uint8Array(0)), false);
  assert.throws(() => native.adviseHugePages(new Uint16Array(8) as unknown as Uint8Array), TypeError);
});

test('poll tells which descriptor is ready, and gives up in time', (t) => {
  const [quiet, loud] = [native.createEvent(), native.createEvent()];
  t.after(() => [quiet, loud].forEach(native.close));
  const entries = Int32Array.of(quiet, POLLIN, loud, POLLIN);
  assert.equal(native.poll(entries, 2, 0), 0);
  native.signalEvent(loud);
  assert.equal(native.poll(entries, 2, -1), 1);
  assert.deepEqual([entries[1] >>> 16, entries[3] >>> 16], [0, POLLIN]);
  native.clearEvent(loud);
  native.clearEvent(loud);
  assert.equal(native.poll(entries, 2, 1000), 0);
  assert.equal(native.poll(Int32Array.of(999_999, POLLIN), 1, -1), 1);
  assert.equal(native.poll(Int32Array.of(-1, POLLIN), 1, 0), 0);
  const invalid = Int32Array.of(999_999, POLLIN);
  native.poll(invalid, 1, 0);
  assert.equal(invalid[1] >>> 16, POLLNVAL);
  assert.throws(() => native.poll(entries, 3, 0), RangeError);
  assert.throws(() => native.poll(entries, 2, Number.NaN), RangeError);
});

test('a worker blocked in poll is woken by an event of another thread', async () => {
  const fd = native.createEvent();
  const code = `import { parentPort, workerData } from 'node:worker_threads';
    const { native } = await import(${JSON.stringify(addon)});
    parentPort.postMessage('ready');
    const count = native.poll(Int32Array.of(workerData, native.constants.POLLIN), 1, -1);
    parentPort.postMessage(count);`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), { workerData: fd });
  assert.deepEqual(await once(worker, 'message'), ['ready']);
  native.signalEvent(fd);
  assert.deepEqual(await once(worker, 'message'), [1]);
  await once(worker, 'exit');
  native.close(fd);
});

test('the clock is CLOCK_MONOTONIC in microseconds', () => {
  const now = new Float64Array(1);
  const before = Number(process.hrtime.bigint() / 1000n);
  native.readClock(now);
  const after = Number(process.hrtime.bigint() / 1000n);
  assert.ok(now[0] >= before && now[0] <= after);
  assert.throws(() => native.readClock(new Float64Array(0)), RangeError);
});

test('a watcher calls back while there is something to read, and not after it is closed', async () => {
  const fd = native.createEvent();
  let calls = 0;
  const watcher = native.watch(fd, () => {
    calls++;
    if (calls === 3) native.clearEvent(fd);
  });
  native.signalEvent(fd);
  await eventually('three calls', () => calls === 3);
  watcher.close();
  watcher.close();
  native.signalEvent(fd);
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  assert.equal(calls, 3);
  native.close(fd);
});

test('a watcher that throws is an uncaught exception, like in any other callback', async () => {
  const code = `const { native } = await import(${JSON.stringify(addon)});
    process.on('uncaughtException', (error) => { console.log(error.message); process.exit(7); });
    const fd = native.createEvent();
    native.watch(fd, () => { throw new Error('thrown'); });
    native.signalEvent(fd);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.on('data', (chunk) => (printed += String(chunk)));
  assert.deepEqual(await once(child, 'close'), [7, null]);
  assert.equal(printed, 'thrown\n');
});

test('a worker ends though a watcher is open, by itself or by force', async () => {
  const code = `import { parentPort } from 'node:worker_threads';
    const { native } = await import(${JSON.stringify(addon)});
    native.watch(native.createEvent(), () => {});
    parentPort.postMessage('ready');
    parentPort.once('message', () => process.exit(3));`;
  for (const end of [(worker: Worker) => void worker.terminate(), (worker: Worker) => worker.postMessage('end')]) {
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
    await once(worker, 'message');
    const exit = once(worker, 'exit');
    end(worker);
    await exit;
  }
});

test('arguments of a wrong type or range throw, and name the argument', () => {
  const fd = native.createEvent();
  const wrong = (call: (argument: never) => unknown, value: unknown) => () => call(value as never);
  assert.throws(wrong(native.close, 'x'), { name: 'TypeError', message: 'fd: expected a number' });
  assert.throws(wrong(native.close, -1), { name: 'RangeError', message: /^fd: / });
  assert.throws(wrong(native.close, 1.5), { name: 'RangeError' });
  assert.throws(wrong(native.close, Number.NaN), { name: 'RangeError' });
  assert.throws(wrong(native.openTun, undefined), TypeError);
  assert.throws(wrong(native.openTun, {}), { name: 'TypeError', message: 'name: expected a string' });
  assert.throws(() => native.interfaceIndex('sixteen-letters!'), { name: 'RangeError', message: /^name: / });
  assert.throws(() => native.interfaceIndex('a\0b'), RangeError);
  assert.throws(wrong(native.readClock, new Float32Array(1)), {
    name: 'TypeError',
    message: 'into: expected a Float64Array',
  });
  assert.throws(() => native.joinPacketMulticast(fd, 1, new Uint8Array(5)), { name: 'RangeError', message: /^mac: / });
  assert.throws(
    wrong((callback) => native.watch(fd, callback), 1),
    TypeError,
  );
  assert.throws(
    wrong((action) => native.inNamespace('/proc/self/ns/net', action), 1),
    TypeError,
  );
  native.close(fd);
});

test('errors of the kernel are system errors', () => {
  const refused = { code: 'EBADF', errno: -9, syscall: 'close', message: 'EBADF: bad file descriptor, close' };
  assert.throws(() => native.close(999_999), refused);
  const file = openSync('/dev/null', 'r');
  assert.throws(() => native.packetStatistics(file), { code: 'ENOTSOCK', syscall: 'getsockopt' });
  assert.throws(() => native.watch(file, () => {}), { code: 'EPERM', syscall: 'uv_poll_init' });
  closeSync(file);
  assert.equal(native.interfaceIndex('absent'), 0);
});

test('descriptors are closed on exec', async () => {
  const fd = native.createEvent();
  const child = spawn('readlink', [`/proc/self/fd/${fd}`], { stdio: 'ignore' });
  assert.deepEqual(await once(child, 'exit'), [1, null]);
  native.close(fd);
});

/** A service manager's end of the socket: prints each datagram on a line. */
const LISTENER = `import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1].replace("@", "\\0"))
print("bound", flush=True)
while True: print(s.recv(100).decode(), flush=True)`;

test('a service manager is told of ready, watchdog and stop', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'lasthop-'));
  t.after(() => rmSync(directory, { recursive: true }));
  for (const path of [join(directory, 'notify'), `@lasthop-test-${process.pid}`]) {
    const listener = spawn('python3', ['-c', LISTENER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    let heard = '';
    listener.stdout.on('data', (chunk) => (heard += String(chunk)));
    await eventually('the listener', () => heard === 'bound\n');
    const notifier = new ServiceNotifier({ NOTIFY_SOCKET: path, WATCHDOG_USEC: '30000000', WATCHDOG_PID: '12' }, 12);
    assert.equal(notifier.watchdogIntervalMs, 30_000);
    notifier.ready();
    notifier.watchdog();
    notifier.stopping();
    await eventually('three lines', () => heard === 'bound\nREADY=1\nWATCHDOG=1\nSTOPPING=1\n');
    listener.kill();
    await once(listener, 'exit');
    notifier.ready();
  }
});

test('without a service manager nothing is sent and nobody watches', () => {
  const notifier = new ServiceNotifier({}, 12);
  notifier.ready();
  assert.equal(notifier.watchdogIntervalMs, 0);
  const others = new ServiceNotifier({ NOTIFY_SOCKET: '/absent', WATCHDOG_USEC: '1000', WATCHDOG_PID: '13' }, 12);
  assert.equal(others.watchdogIntervalMs, 0);
  assert.throws(() => native.sendUnixDatagram('/absent', 'x'), { code: 'ENOENT', syscall: 'sendto' });
});
