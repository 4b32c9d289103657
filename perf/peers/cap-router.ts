import cap from 'cap';

// Program: a router on the package `cap` as its documentation suggests, an event and a call a packet: IPv4 from eth1 leaves
// by eth2 and the other way round. Arguments: MAC addresses of eth1, of eth2, and of the neighbors behind them.

const FRAME_BYTES = 65535;
/** libpcap's ring gives every frame the room of the longest one: the 10 MiB of the package's example are 150 frames. */
const RING_BYTES = 128 << 20;

interface Port {
  readonly capture: InstanceType<typeof cap.Cap>;
  readonly frame: Buffer;
  readonly mac: Buffer;
  readonly neighbor: Buffer;
}

function openPort(link: string, mac: string, neighbor: string): Port {
  const capture = new cap.Cap();
  const frame = Buffer.alloc(FRAME_BYTES);
  // Not what it has sent itself.
  capture.open(link, `ip and ether dst ${mac}`, RING_BYTES, frame);
  return { capture, frame, mac: toBytes(mac), neighbor: toBytes(neighbor) };
}

function toBytes(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex');
}

function forward(from: Port, to: Port, length: number): void {
  const packet = from.frame.subarray(14, length);
  const headerBytes = (packet[0] & 0x0f) * 4;
  if (packet[0] >> 4 !== 4 || headerBytes < 20 || packet[8] <= 1) return;
  if (checksum(packet.subarray(0, headerBytes)) !== 0) return;
  packet[8]--;
  packet.writeUInt16BE(0, 10);
  packet.writeUInt16BE(checksum(packet.subarray(0, headerBytes)), 10);
  to.neighbor.copy(from.frame, 0);
  to.mac.copy(from.frame, 6);
  to.capture.send(from.frame, length);
}

function checksum(header: Buffer): number {
  let sum = 0;
  for (let at = 0; at < header.length; at += 2) sum += header.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

const [mac1 = '', mac2 = '', neighbor1 = '', neighbor2 = ''] = process.argv.slice(2);
const eth1 = openPort('eth1', mac1, neighbor1);
const eth2 = openPort('eth2', mac2, neighbor2);
eth1.capture.on('packet', (length) => forward(eth1, eth2, length));
eth2.capture.on('packet', (length) => forward(eth2, eth1, length));
