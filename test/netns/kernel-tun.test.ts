import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { checksum } from '../../src/base/checksum.js';
import { parseIpv4 } from '../../src/base/ipv4.js';
import { Coalescer } from '../../src/forward/coalesce.js';
import { COALESCE_UDP } from '../../src/forward/coalesce-kind.js';
import { native } from '../../src/kernel/binding.js';
import { openTun } from '../../src/kernel/tun.js';
import { configureTun, TUN_TABLE, type TunSettings, wayOut } from '../../src/kernel/tun-settings.js';
import { FrameArena, PACKET_START, PacketBatch, SLOT_BYTES } from '../../src/link/frame.js';
import { eventually, ScratchNamespace } from '../support/scratch-namespace.js';
import { datagram } from '../support/train.js';

const BATCH = 64;
const { VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_CSUM_START, VIRTIO_NET_HDR_CSUM_OFFSET } = native.constants;

let host: ScratchNamespace;
before(() => {
  host = new ScratchNamespace();
});
after(() => host.close());

function address(text: string): number {
  const parsed = parseIpv4(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

function settings(addresses: string[], priority = 100): TunSettings {
  const parsed = addresses.map(address);
  return { mtu: 1400, addresses: parsed, defaultRoute: { priority, source: parsed[0] ?? 0 } };
}

/** An ICMP echo request, IPv4 header included. */
function echoRequest(source: number, destination: number, sequence: number): Uint8Array {
  const packet = new Uint8Array(84);
  const view = new DataView(packet.buffer);
  packet.set([0x45, 0, 0, 84, 0, 0, 0, 0, 64, 1]);
  view.setUint32(12, source);
  view.setUint32(16, destination);
  view.setUint16(10, checksum(packet, 0, 20));
  packet[20] = 8;
  view.setUint16(26, sequence);
  view.setUint16(22, checksum(packet, 20, 64));
  return packet;
}

test('a packet of the kernel arrives behind its virtio-net header, and the kernel answers one of ours', async (t) => {
  const tun = host.inside(() => openTun('vip0'));
  t.after(() => native.close(tun.fd));
  host.inside(() => configureTun(tun.ifindex, settings(['10.9.9.9'])));
  const arena = new FrameArena(BATCH);
  const io = new native.PacketIo(arena.bytes, SLOT_BYTES, BATCH);
  const batch = new PacketBatch(BATCH);
  const receive = () => io.receiveTun(tun.fd, true, batch.offsets, batch.lengths, BATCH);
  assert.equal(receive(), 0);

  host.run('bash', '-c', 'echo -n hello > /dev/udp/192.0.2.1/9');
  assert.equal(receive(), 1);
  assert.deepEqual([batch.offsets[0], batch.lengths[0]], [PACKET_START, 33]);
  const packet = Buffer.from(arena.bytes.buffer, PACKET_START, 33);
  assert.equal(packet.readUInt32BE(12), address('10.9.9.9'));
  assert.equal(packet.readUInt32BE(16), address('192.0.2.1'));
  assert.equal(packet.toString('latin1', 28), 'hello');
  const view = new DataView(arena.bytes.buffer);
  assert.equal(arena.bytes[0], VIRTIO_NET_HDR_F_NEEDS_CSUM);
  assert.equal(view.getUint16(VIRTIO_NET_HDR_CSUM_START, true), 20);
  assert.equal(view.getUint16(VIRTIO_NET_HDR_CSUM_OFFSET, true), 6);

  for (let slot = 0; slot < BATCH; slot++) {
    const request = echoRequest(address('192.0.2.1'), address('10.9.9.9'), slot);
    batch.offsets[slot] = arena.packetOffset(slot);
    batch.lengths[slot] = request.length;
    arena.bytes.fill(0, slot * SLOT_BYTES, slot * SLOT_BYTES + PACKET_START);
    arena.bytes.set(request, batch.offsets[slot]);
  }
  assert.equal(io.transmitTun(tun.fd, true, batch.offsets, batch.lengths, BATCH), BATCH);
  let replies = 0;
  await eventually('64 echo replies', () => {
    const count = receive();
    for (let i = 0; i < count; i++) {
      assert.equal(arena.bytes[batch.offsets[i] + 20], 0);
      assert.equal(batch.lengths[i], 84);
    }
    replies += count;
    return replies === BATCH;
  });
  io.release();
});

test('a packet in pieces is gathered, a train of datagrams reaches an ordinary socket one by one', async (t) => {
  const tun = host.inside(() => openTun('vip6'));
  t.after(() => native.close(tun.fd));
  assert.equal(tun.udpSegmentation, true);
  host.inside(() => configureTun(tun.ifindex, settings(['10.9.9.6'])));
  const program =
    "const s = require('node:dgram').createSocket('udp4'); s.on('message', (m) => console.log(m.toString()));" +
    "s.bind(9000, '10.9.9.6', () => console.log('listening'))";
  const receiver = spawn('ip', ['netns', 'exec', host.name, process.execPath, '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => receiver.kill());
  let heard = '';
  receiver.stdout.on('data', (chunk: Buffer) => {
    heard += chunk.toString();
  });
  await eventually('the receiver listens', () => heard === 'listening\n');

  const arena = new FrameArena(BATCH);
  const io = new native.PacketIo(arena.bytes, SLOT_BYTES, BATCH);
  const batch = new PacketBatch(BATCH);
  ['one', 'two', 'six', 'ten', 'last'].forEach((text, slot) => {
    const header = { source: address('192.0.2.1'), destination: address('10.9.9.6') };
    const packet = datagram(Buffer.from(text), header);
    batch.offsets[slot] = arena.packetOffset(slot);
    batch.lengths[slot] = packet.length;
    arena.bytes.set(packet, batch.offsets[slot]);
  });
  batch.count = 5;
  const coalescer = new Coalescer(arena.bytes, new Uint32Array(arena.bytes.buffer));
  assert.equal(coalescer.coalesce(batch, COALESCE_UDP), 3);
  const { offsets, lengths, count, joined } = batch;
  assert.equal(io.transmitTun(tun.fd, true, offsets, lengths, count, joined), 5);
  await eventually('five datagrams', () => heard === 'listening\none\ntwo\nsix\nten\nlast\n');

  const request = echoRequest(address('192.0.2.1'), address('10.9.9.6'), 1);
  arena.bytes.fill(0, 0, PACKET_START);
  arena.bytes.set(request, PACKET_START);
  const cuts = [0, 20, 21, 60, request.length];
  for (let piece = 0; piece < 4; piece++) {
    offsets[piece] = PACKET_START + cuts[piece];
    lengths[piece] = cuts[piece + 1] - cuts[piece];
    joined[piece] = piece === 0 ? 0 : 1;
  }
  assert.equal(io.transmitTun(tun.fd, true, offsets, lengths, 4, joined), 4);
  await eventually('an echo reply', () => {
    const received = io.receiveTun(tun.fd, true, offsets, lengths, BATCH);
    return received === 1 && lengths[0] === request.length && arena.bytes[offsets[0] + 20] === 0;
  });
  assert.throws(() => io.transmitTun(tun.fd, true, offsets, lengths, 4, new Uint8Array(3)), RangeError);
  io.release();
});

test('without the header the slot gets an all-zero one', (t) => {
  const tun = host.inside(() => native.openTun({ name: '', vnetHeader: false, multiQueue: false, offload: 0 }));
  t.after(() => native.close(tun.fd));
  const ifindex = host.inside(() => native.interfaceIndex(tun.name));
  host.inside(() => configureTun(ifindex, settings(['10.9.9.8'])));
  const arena = new FrameArena(1);
  arena.bytes.fill(0xff);
  const io = new native.PacketIo(arena.bytes, SLOT_BYTES, 1);
  const batch = new PacketBatch(1);
  host.run('bash', '-c', 'echo -n hello > /dev/udp/192.0.2.1/9');
  assert.equal(io.receiveTun(tun.fd, false, batch.offsets, batch.lengths, 1), 1);
  assert.equal(batch.lengths[0], 33);
  assert.deepEqual([...arena.bytes.subarray(0, 10)], Array(10).fill(0));
  assert.equal(arena.bytes[PACKET_START], 0x45);
});

test('the device goes with its descriptor, and with it addresses and routes', () => {
  const tun = host.inside(() => openTun('vip1'));
  host.inside(() => configureTun(tun.ifindex, settings(['10.9.9.7'])));
  assert.match(host.ip('route', 'show', 'default'), /dev vip1/);
  native.close(tun.fd);
  assert.equal(host.ip('route', 'show', 'default'), '');
  assert.throws(() => host.ip('link', 'show', 'vip1'), /does not exist/);
});

test('settings are reached from any others, and setting them again changes nothing', (t) => {
  const tun = host.inside(() => openTun('vip2'));
  t.after(() => native.close(tun.fd));
  const configure = (wanted: TunSettings) => host.inside(() => configureTun(tun.ifindex, wanted));
  const addresses = () =>
    [...host.ip('-4', '-o', 'addr', 'show', 'dev', 'vip2').matchAll(/inet (\S+)/g)].map((m) => m[1]);

  configure(settings(['10.0.0.1', '10.0.0.2']));
  assert.deepEqual(addresses(), ['10.0.0.1/32', '10.0.0.2/32']);
  assert.match(host.ip('link', 'show', 'vip2'), /mtu 1400/);
  assert.match(host.ip('route', 'show', 'default'), /^default dev vip2 .*src 10\.0\.0\.1 metric 100 *\n$/);
  assert.equal(host.ip('-6', 'addr', 'show', 'dev', 'vip2'), '');

  configure(settings(['10.0.0.1', '10.0.0.2']));
  assert.deepEqual(addresses(), ['10.0.0.1/32', '10.0.0.2/32']);

  configure(settings(['10.0.0.3', '10.0.0.2'], 50));
  assert.deepEqual(addresses().sort(), ['10.0.0.2/32', '10.0.0.3/32']);
  assert.match(host.ip('route', 'show', 'default'), /^default dev vip2 .*src 10\.0\.0\.3 metric 50 *\n$/);

  configure({ mtu: 9000, addresses: [], defaultRoute: undefined });
  assert.deepEqual(addresses(), []);
  assert.equal(host.ip('route', 'show', 'default'), '');
  assert.match(host.ip('link', 'show', 'vip2'), /mtu 9000/);
});

test('a default route of the host is not taken over', (t) => {
  host.ip('link', 'add', 'name', 'uplink', 'type', 'veth', 'peer', 'name', 'uplink-far');
  t.after(() => host.ip('link', 'del', 'uplink'));
  host.ip('link', 'set', 'dev', 'uplink', 'up');
  host.ip('route', 'add', 'default', 'dev', 'uplink', 'metric', '100');
  const tun = host.inside(() => openTun('vip3'));
  t.after(() => native.close(tun.fd));
  const configure = () => host.inside(() => configureTun(tun.ifindex, settings(['10.0.0.1'])));
  assert.throws(configure, { name: 'LasthopError', code: 'DEFAULT_ROUTE_TAKEN', message: /metric 100$/ });
  assert.match(host.ip('route', 'show', 'default'), /dev uplink/);
});

test('a better default route of the host stays the better one; a rule leads around it', (t) => {
  host.ip('link', 'add', 'name', 'uplink', 'type', 'veth', 'peer', 'name', 'uplink-far');
  t.after(() => host.ip('link', 'del', 'uplink'));
  host.ip('link', 'set', 'dev', 'uplink', 'up');
  host.ip('addr', 'add', '172.16.0.1/24', 'dev', 'uplink');
  host.ip('route', 'add', 'default', 'via', '172.16.0.2', 'dev', 'uplink');
  const tun = host.inside(() => openTun('vip5'));
  t.after(() => native.close(tun.fd));
  host.inside(() => configureTun(tun.ifindex, settings(['10.0.0.1'])));
  const way = (source: string) => host.inside(() => wayOut(address(source)));
  const uplink = host.inside(() => native.interfaceIndex('uplink'));
  assert.deepEqual([way('172.16.0.1'), way('10.0.0.1')], [uplink, uplink]);
  host.ip('rule', 'add', 'from', '10.0.0.1', 'lookup', String(TUN_TABLE));
  t.after(() => host.ip('rule', 'del', 'from', '10.0.0.1'));
  assert.deepEqual([way('172.16.0.1'), way('10.0.0.1')], [uplink, tun.ifindex]);
});

test('a name that is taken is refused, by whatever kind of link', (t) => {
  host.ip('link', 'add', 'name', 'taken', 'type', 'veth', 'peer', 'name', 'taken-far');
  t.after(() => host.ip('link', 'del', 'taken'));
  const wanted = { name: 'LasthopError', code: 'TUN_NAME_TAKEN', message: /^virtual link taken: / };
  assert.throws(() => host.inside(() => openTun('taken')), wanted);
});

test('a wrong packet is refused by the kernel, and those before it are sent', (t) => {
  const tun = host.inside(() => openTun('vip4'));
  t.after(() => native.close(tun.fd));
  host.inside(() => configureTun(tun.ifindex, settings(['10.0.0.1'])));
  const arena = new FrameArena(2);
  const io = new native.PacketIo(arena.bytes, SLOT_BYTES, 2);
  const offsets = Int32Array.of(arena.packetOffset(0), arena.packetOffset(1));
  arena.bytes.set(echoRequest(address('192.0.2.1'), address('10.0.0.1'), 1), offsets[0]);
  // Neither version 4 nor 6.
  arena.bytes.fill(0xff, offsets[1], offsets[1] + 84);
  const lengths = Int32Array.of(84, 84);
  assert.equal(io.transmitTun(tun.fd, true, offsets, lengths, 2), 1);
  assert.equal(io.transmitTun(tun.fd, true, offsets.subarray(1), lengths, 1), -native.constants.EINVAL);
  host.ip('link', 'set', 'vip4', 'down');
  assert.equal(io.transmitTun(tun.fd, true, offsets, lengths, 1), -native.constants.EIO);
});
