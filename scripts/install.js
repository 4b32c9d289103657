// The `install` script of the package: npm calls it when dependencies are in place. `npx lasthop` also calls it in a
// fresh clone, before there are any; then there is nothing to do yet, because the launcher does the whole set-up.
import { addonCanBeBuilt, addonIsCurrent, buildAddon } from './native-addon.js';

if (addonCanBeBuilt() && !addonIsCurrent() && !buildAddon()) process.exitCode = 1;
