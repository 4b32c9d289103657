import type { Play } from '../base/rehearse.js';
import { Rehearsal } from '../ospf/rehearsal.js';
import { FailureRehearsal } from './failure-rehearsal.js';

/** What a controller rehearses, the most urgent first. */
export const REPERTOIRE: readonly (() => Play)[] = [() => new FailureRehearsal(), () => new Rehearsal()];
