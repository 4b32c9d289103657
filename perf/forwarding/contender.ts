import { LasthopError } from '../../src/base/errors.js';
import type { Inspection } from '../traffic/sink.js';
import { searchThroughput, type Throughput } from './throughput-search.js';
import { TransitNetwork } from './transit-network.js';
import type { TransitRouter } from './transit-router.js';
import {
  atRate,
  inspected,
  type Load,
  overload,
  type RateTrial,
  type Traffic,
  type TrialSetting,
  untilForwarding,
} from './trial.js';

/** What one turn of a router says. */
export interface Turn extends Load {
  /** What came through at the highest rate with no more loss than `TURN_LOSS_RATIO`; 0 if there was no such rate. */
  readonly pps: number;
  /** What came through when the generator sent all it could. */
  readonly overloadPps: number;
  /** At the next higher rate it was the generator's processor, on which veth also receives, that had too much to do. */
  readonly limitedBySender: boolean;
}

/** A turn finds the throughput at this loss: less is decided by single pauses of a virtual machine. */
export const TURN_LOSS_RATIO = 0.005;
const TURN_TRIAL_MS = 500;
const SEARCH_TRIAL_MS = 1000;
const SEARCH_TRIALS = 3;
const SEARCH_WIDTH = 0.02;
const WARM_UP_MS = 2000;

/** A router on a network of its own. */
export class Contender {
  private constructor(
    private readonly router: TransitRouter,
    private readonly setting: TrialSetting,
    private readonly turnTrials: number,
  ) {}

  /**
   * Starts it and warms it up; a turn tries each rate up to `turnTrials` times. Throws LasthopError (`PERF`) if it is not
   * installed or does not forward.
   */
  static async start(router: TransitRouter, traffic: Traffic, turnTrials: number): Promise<Contender> {
    const problem = router.missing();
    if (problem !== undefined) throw new LasthopError('PERF', problem);
    const setting = { network: await TransitNetwork.build(router.name.toLowerCase()), traffic };
    await router.start(setting.network);
    await untilForwarding(setting, () => router.failure);
    await overload(setting, WARM_UP_MS);
    router.pause();
    return new Contender(router, setting, turnTrials);
  }

  /** Why its program has ended although nobody stopped it. */
  get failure(): string | undefined {
    return this.router.failure;
  }

  /** Throws LasthopError (`PERF`) if the router has ended. */
  async takeTurn(highestRate: number): Promise<Turn> {
    this.router.resume();
    try {
      return await this.measureTurn(highestRate);
    } finally {
      this.router.pause();
    }
  }

  /** The throughput at several losses, more exactly than a turn finds it. `onTrial` hears of each trial. */
  async search(
    highest: number,
    lossRatios: readonly number[],
    onTrial: (trial: RateTrial) => void,
  ): Promise<Throughput[]> {
    const { forwardedPps: guess } = await overload(this.setting, TURN_TRIAL_MS);
    const lossAt = async (rate: number) => {
      const trial = await atRate(this.setting, rate, SEARCH_TRIAL_MS);
      onTrial(trial);
      return trial.lossRatio;
    };
    return searchThroughput(lossAt, { lossRatios, guess, highest, width: SEARCH_WIDTH, trials: SEARCH_TRIALS });
  }

  /** Frames at a rate, each looked at. */
  inspect(rate: number): Promise<RateTrial & { readonly inspection: Inspection }> {
    return inspected(this.setting, rate, SEARCH_TRIAL_MS);
  }

  private async measureTurn(highestRate: number): Promise<Turn> {
    const { router, setting } = this;
    const { forwardedPps: overloadPps } = await overload(setting, TURN_TRIAL_MS);
    const trials: (RateTrial & Load)[] = [];
    const lossAt = async (rate: number) => {
      const trial = await atRate(setting, rate, TURN_TRIAL_MS, router.pids);
      trials.push(trial);
      return trial.lossRatio;
    };
    const [found] = await searchThroughput(lossAt, {
      lossRatios: [TURN_LOSS_RATIO],
      guess: overloadPps,
      highest: highestRate,
      width: SEARCH_WIDTH,
      trials: this.turnTrials,
    });
    if (router.failure !== undefined) throw new LasthopError('PERF', router.failure);
    const best = trials.find(({ rate }) => rate === found.rate);
    const tooMuch = trials.find(({ rate }) => rate === found.beyond);
    return {
      pps: found.forwardedPps,
      overloadPps,
      limitedBySender: tooMuch === undefined || isLimitedBySender(tooMuch),
      userPercent: best?.userPercent ?? 0,
      systemPercent: best?.systemPercent ?? 0,
    };
  }
}

/** Most of what is missing was never sent. */
function isLimitedBySender({ sent, received }: RateTrial): boolean {
  return (sent.intended - sent.sent) * 2 > sent.intended - received;
}
