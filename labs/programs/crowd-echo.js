/** `crowd-echo.js COUNT NAME`: answers at port 7 of each address of `crowd-address.js` with NAME, whether the address is there or not. */
import { createSocket } from 'node:dgram';
import { argv } from 'node:process';
import { addressOf } from './crowd-address.js';

const [, , count, name] = argv;
for (let index = 0; index < Number(count); index++) {
  const socket = createSocket('udp4');
  socket.on('message', (_message, { port, address }) => socket.send(name, port, address, () => {}));
  socket.on('error', () => {});
  socket.bind(7, addressOf(index));
}
