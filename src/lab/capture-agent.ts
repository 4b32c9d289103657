import { AgentSide } from './agent-side.js';
import { openFrameTap } from './frame-tap.js';

// Agent: counts the frames on a link that match a filter. Arguments: link, filter.

export interface CaptureFigures {
  readonly frames: number;
}

const STATUS_EVERY_MS = 20;

const [device = '', filter = ''] = process.argv.slice(2);
let frames = 0;
const lab = new AgentSide<CaptureFigures>(() => lab.final({ frames }));

try {
  await openFrameTap(device, filter, () => {
    frames++;
  });
  setInterval(() => lab.status({ frames }), STATUS_EVERY_MS);
  lab.ready();
} catch (error) {
  lab.failed((error as Error).message);
}
