import { readFileSync } from 'node:fs';
import { runForwarder } from '../../src/forward/forwarder.js';

/* A router for tests: a real forwarder with `tiny-controller` forked. It prints its events, one JSON object a line. */

const [configPath, holdTimeSeconds, workers] = process.argv.slice(2);
try {
  process.exitCode = await runForwarder({
    configPath,
    configText: readFileSync(configPath, 'utf8'),
    stateDirectory: `${configPath}.state`,
    controllerModule: new URL('./tiny-controller.js', import.meta.url),
    controllerArguments: [],
    workers: Number(workers ?? 1),
    holdTimeSeconds: Number(holdTimeSeconds),
    log: (event) => console.log(JSON.stringify(event)),
  });
} catch (error) {
  console.log(JSON.stringify({ name: 'failed', detail: { reason: error instanceof Error ? error.message : '' } }));
  process.exitCode = 1;
}
