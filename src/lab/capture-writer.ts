import { writeSync } from 'node:fs';
import { LasthopError } from '../base/errors.js';
import { openFrameTap } from './frame-tap.js';
import { pcapFileHeader, pcapFrame } from './pcap-file.js';

// Program: writes the frames of a link in the format of capture files to stdout until SIGINT or SIGTERM. Arguments: link,
// what stdout is called in messages, filter. It opens no file: its mounts are the lab's, not those of whoever asked.
// Times are those at which this process saw a frame: libpcap's own do not come through the package.

const STDOUT = 1;
const [device = '', output = 'stdout', filter = ''] = process.argv.slice(2);
let frames = 0;

try {
  const tap = await openFrameTap(device, filter, (frame) => {
    frames++;
    write(pcapFrame(performance.timeOrigin + performance.now(), frame));
  });
  const header = pcapFileHeader(tap.linkType);
  if (header === undefined)
    throw new LasthopError('CAPTURE', `${device} has frames of type ${tap.linkType}, expected Ethernet`);
  write(header);
  process.stderr.write(`capturing on ${device}, Ctrl-C ends it\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      tap.close();
      process.stderr.write(`${frames} frames captured\n`);
      process.exit(0);
    });
  }
} catch (error) {
  fail(error as Error);
}

function write(bytes: Uint8Array): void {
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(STDOUT, bytes, written);
  } catch (error) {
    fail(error as Error);
  }
}

/** A full disk ends the capture with one line; what was written up to then can be read. */
function fail(error: Error): never {
  const reason = error instanceof LasthopError ? error.message : `cannot write to ${output}: ${error.message}`;
  process.stderr.write(`lasthop: ${reason}, after ${frames} frames\n`);
  process.exit(1);
}
