import { workerData } from 'node:worker_threads';
import { ForwardingLoop, type WorkerInput } from './forwarding-loop.js';
import { rehearseForwarding } from './forwarding-rehearsal.js';
import { FORWARDING_PRECEDENCE, takePrecedence, takeShortTurns } from './precedence.js';

/** The entry of a worker thread: forwards until it is told to stop. */
rehearseForwarding();
takePrecedence(FORWARDING_PRECEDENCE);
takeShortTurns();
new ForwardingLoop(workerData as WorkerInput).run();
