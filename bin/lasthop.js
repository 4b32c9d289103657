#!/usr/bin/env node
// The launcher. A source checkout is set up first (the set-up writes to stderr only, so that `--json` stays pure); an
// installed package has nothing to set up. No dependencies: it runs before there are any.
import { existsSync } from 'node:fs';

const [major, minor] = process.versions.node.split('.').map(Number);
if (process.platform !== 'linux' || major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `lasthop: needs Linux and Node.js 20.19 or later, this is ${process.platform}, ${process.version}\n`,
  );
  process.exit(1);
}

if (existsSync(new URL('../tsconfig.json', import.meta.url))) {
  const { setUp } = await import('../scripts/setup.js');
  if (!setUp()) process.exit(1);
}
await import('../dist/src/cli/main.js');
