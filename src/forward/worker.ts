import { workerData } from 'node:worker_threads';
import { ForwardingLoop, type WorkerInput } from './forwarding-loop.js';

/** The entry of a worker thread: forwards until it is told to stop. */
new ForwardingLoop(workerData as WorkerInput).run();
