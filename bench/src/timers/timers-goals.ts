/** The figures of TIMERS.md beside their goals. */
import { medianOf, round } from '../reporting/quantiles.js';
import type { Figure, Goal } from '../reporting/result-file.js';
import type { BacklogCosts, OperationCost } from './backlog-cost.js';
import type { BullBurst, OurBurst } from './burst-rounds.js';
import type { Cost } from './index-cost.js';
import type { PacedRun } from './paced-run.js';
import { type SettingRound, settingRatios } from './setting-rounds.js';
import type { TakeOver } from './take-over.js';

export interface TimersMeasured {
  readonly screened: readonly BullBurst[];
  readonly setting: readonly SettingRound[];
  readonly ours: readonly OurBurst[];
  readonly bull: readonly BullBurst[];
  readonly pace: PacedRun;
  readonly backlog: BacklogCosts;
  readonly takeOvers: readonly TakeOver[];
  readonly dense: readonly Cost[];
  readonly sparse: readonly Cost[];
}

/** What BullMQ gives and this does not; said with the figure, because a ratio alone would hide it. */
export const MORE_IN_BULLMQ = [
  'job data of any size, results, progress, logs and events of each job',
  'priorities, rate limits, flows of dependent jobs, repeatable jobs by cron, sandboxed processors',
  'delays by the millisecond; slots here are whole seconds, so a timer is half a second late on average',
  'needs no database: without rows it sets more jobs a second than with them, and loses them with its Redis',
] as const;

const operations = ['setManyUs', 'setOneUs', 'cancelUs', 'fireUs'] as const satisfies readonly (keyof OperationCost)[];

const atLeast = (what: string, goal: number, measured: number): Goal => ({
  ...{ what, goal: `≥ ${goal}`, measured, met: measured >= goal },
});
const atMost = (what: string, goal: number, measured: number): Goal => ({
  ...{ what, goal: `≤ ${goal}`, measured, met: measured <= goal },
});
const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

export function timersFigure(measured: TimersMeasured): Figure {
  const { ours, bull, pace } = measured;
  const perSec = medianOf(ours.map(({ firePerSec }) => firePerSec));
  const floorPerSec = medianOf(bull.map(({ firePerSec }) => firePerSec));
  const ratio = round(perSec / floorPerSec);
  return {
    ...{ name: 'timers', perSec, floorPerSec, ratio, p50Ms: pace.p50Ms, p99Ms: pace.p99Ms },
    goals: [
      ...settingGoals(measured.setting),
      atLeast('drain of a burst, times BullMQ, the same row and gate', 3, ratio),
      atLeast('drain of a burst, per second', 15_000, perSec),
      atMost('lateness p99 at the even pace, ms', 1_200, pace.p99Ms),
      ...countGoals(measured),
      ...backlogGoals(measured),
      ...measured.takeOvers.map(({ how, tookMs }) =>
        atMost(`a process is ${how}: its partitions fire again after, ms`, 12_000, tookMs),
      ),
    ],
    details: { moreInBullMq: MORE_IN_BULLMQ, settingRatios: settingRatios(measured.setting), ...measured },
  };
}

function settingGoals(setting: readonly SettingRound[]): Goal[] {
  const { withRow, alone } = settingRatios(setting);
  return [
    atLeast('setting with its row, times BullMQ with the same row', 3, withRow),
    atLeast('setting the index alone, times addBulk alone', 3, alone),
  ];
}

function countGoals({ ours, pace, takeOvers }: TimersMeasured): Goal[] {
  const missing = [...ours.map((each) => each.count - each.fired), ...takeOvers.map((each) => each.set - each.fired)];
  const all = [...ours, ...takeOvers, pace];
  return [
    atMost('early', 0, sumOf(all.map(({ early }) => early))),
    atMost('missing', 0, pace.missing + sumOf(missing)),
    atMost('double effects', 0, sumOf(all.map(({ doubles }) => doubles))),
  ];
}

function backlogGoals({ backlog, dense, sparse }: TimersMeasured): Goal[] {
  const { levels, smallestAgain, rebuild } = backlog;
  const bytes = (costs: readonly Cost[]): number => Math.max(...costs.map(({ bytesPerTimer }) => bytesPerTimer));
  const [smallest, largest] = [levels[0], levels.at(-1)];
  const flat = operations.map((operation) => {
    const base = medianOf([smallest?.[operation] ?? 0, smallestAgain[operation]]);
    const what = { setManyUs: 'set many', setOneUs: 'set one', cancelUs: 'cancel', fireUs: 'fire' }[operation];
    const name = `cost of '${what}' at ${largest?.pending} pending, times that at ${smallest?.pending}`;
    return atMost(name, 1.5, round((largest?.[operation] ?? 0) / base));
  });
  return [
    atMost('bytes of a pending timer, dense', 20, bytes(dense)),
    atMost('bytes of a pending timer, one in its slot', 110, bytes(sparse)),
    ...flat,
    atMost(`FLUSHALL with ${rebuild.pending} pending: back after, ms`, 15_000, rebuild.tookMs),
    atMost('of these not in the index again', 0, rebuild.pending - rebuild.indexed),
  ];
}
