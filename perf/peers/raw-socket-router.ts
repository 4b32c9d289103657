import rawSocket from 'raw-socket';

// Program: a router on the package `raw-socket` as its documentation suggests, an event, a buffer and two calls a packet.
// The kernel is told to deliver what comes in at eth1 as if it were for this host, and finds the way out: routes, ARP and
// Ethernet are its own.

const PROTOCOL_UDP = 17;
const PROTOCOL_RAW = 255;
/** setsockopt(2): `IPPROTO_IP` and `IP_HDRINCL`. */
const LEVEL_IP = 0;
const HEADER_INCLUDED = 3;

const incoming = rawSocket.createSocket({ protocol: PROTOCOL_UDP });
const outgoing = rawSocket.createSocket({ protocol: PROTOCOL_RAW });
const on = Buffer.from([1, 0, 0, 0]);
outgoing.setOption(LEVEL_IP, HEADER_INCLUDED, on, on.length);

incoming.on('message', (received) => {
  // It shows the one buffer that the next packet will be in.
  const packet = Buffer.from(received);
  if (packet[0] >> 4 !== 4 || packet[8] <= 1) return;
  packet[8]--;
  const destination = `${packet[16]}.${packet[17]}.${packet[18]}.${packet[19]}`;
  // The kernel writes the checksum of a header that is included (raw(7)).
  outgoing.send(packet, 0, packet.length, destination, () => {});
});
// A packet that cannot be sent is lost, as with any router.
for (const socket of [incoming, outgoing]) socket.on('error', () => {});
// A socket that nothing refers to is collected, and receives no more.
process.once('SIGTERM', () => {
  for (const socket of [incoming, outgoing]) socket.close();
});
