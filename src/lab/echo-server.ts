import { createSocket } from 'node:dgram';
import { AgentSide } from './agent-side.js';
import { takePrecedence } from './instrument.js';

// Agent: answers UDP datagrams with themselves. Arguments: address, port. Bound to the address, so that answers come
// from where the question went.

const [address = '', port = ''] = process.argv.slice(2);
const socket = createSocket('udp4');
const lab = new AgentSide<{ readonly answered: number }>(() => lab.final({ answered }));
let answered = 0;

takePrecedence();
socket.on('message', (message, sender) => {
  answered++;
  socket.send(message, sender.port, sender.address);
});
// An answer that finds no way back is a lost probe, which the sender counts.
socket.on('error', (error) => {
  if ('syscall' in error && error.syscall === 'bind') lab.failed(error.message);
});
socket.bind(Number(port), address, () => lab.ready());
