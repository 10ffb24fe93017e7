/**
 * Timers beside BullMQ 6 at its best settings, on the same servers, with the same row and the same gate in MySQL on both sides. Rounds
 * take turns. What BullMQ gives beyond that is said with the figure. `--full` goes to five million pending instead of one.
 */
import type { Figure } from './reporting/result-file.js';
import { backlogCosts } from './timers/backlog-cost.js';
import type { BullSettings } from './timers/bull-subject.js';
import { type BullBurst, bullSettings, burstBull, burstOurs, type OurBurst } from './timers/burst-rounds.js';
import { measureIndex } from './timers/index-cost.js';
import { pacedRun } from './timers/paced-run.js';
import { type SettingRound, settingRatios, settingRound } from './timers/setting-rounds.js';
import { takeOver } from './timers/take-over.js';
import { MORE_IN_BULLMQ, timersFigure } from './timers/timers-goals.js';
import { TimersStage } from './timers/timers-stage.js';

const BURST = 100_000;
const BURST_ROUNDS = 3;
const SET = 50_000;
const SETTING_ROUNDS = 5;
const WARM_UP = 5_000;
/** Enough to tell BullMQ's settings apart; the rounds are run at the best of them. */
const SCREENED = 20_000;
const SCREENED_ONE_BY_ONE = 2_000;
const PACED_PER_SEC = 2_000;
const PACED_SECONDS = 10;
const REBUILT = 1_000_000;
const BACKLOGS = [10_000, 100_000, REBUILT];
const FULL_BACKLOGS = [...BACKLOGS, 5_000_000];
/** Of the index alone, without rows. */
const DENSE_COUNTS = [10_000, 100_000, 1_000_000, 5_000_000];
const DENSE_PER_SLOT = 100;
const SPARSE_COUNTS = [10_000, 300_000];

const say = (line: string): void => console.log(`  ${line}`);

export async function benchTimers(): Promise<Figure> {
  const isFull = process.argv.includes('--full');
  const stage = await TimersStage.open();
  try {
    say('BullMQ does more than what is compared here:');
    for (const line of MORE_IN_BULLMQ) say(`- ${line}`);
    const screened = await screenBull(stage);
    const setting = await settingRounds(
      stage,
      bestOf(screened, ({ setPerSec }) => setPerSec),
    );
    const bursts = await burstRounds(
      stage,
      bestOf(screened, ({ firePerSec }) => firePerSec),
    );
    const pace = await pacedRun(stage, PACED_PER_SEC, PACED_SECONDS);
    say(`at ${PACED_PER_SEC}/s: ${JSON.stringify(pace)}`);
    const backlog = await backlogCosts(stage, isFull ? FULL_BACKLOGS : BACKLOGS, REBUILT);
    for (const level of [...backlog.levels, backlog.smallestAgain]) say(`µs per operation: ${JSON.stringify(level)}`);
    say(`FLUSHALL: ${JSON.stringify(backlog.rebuild)}`);
    const takeOvers = [await takeOver(stage, 'killed'), await takeOver(stage, 'frozen')];
    for (const each of takeOvers) say(JSON.stringify(each));
    await stage.empty();
    const dense = await measureIndex(stage.redisUrl, DENSE_COUNTS, DENSE_PER_SLOT);
    const sparse = await measureIndex(stage.redisUrl, SPARSE_COUNTS, 1);
    say(`index: ${JSON.stringify({ dense, sparse })}`);
    return timersFigure({ screened, setting, ...bursts, pace, backlog, takeOvers, dense, sparse });
  } finally {
    await stage.empty();
    await stage.close();
  }
}

async function screenBull(stage: TimersStage): Promise<BullBurst[]> {
  const screened: BullBurst[] = [];
  for (const settings of bullSettings) {
    const isOneByOne = settings.queues * settings.concurrency === 1;
    const run = await burstBull(stage, isOneByOne ? SCREENED_ONE_BY_ONE : SCREENED, settings);
    screened.push(run);
    say(`BullMQ ${JSON.stringify(settings)}: set ${run.setPerSec}/s, fired ${run.firePerSec}/s`);
  }
  return screened;
}

function bestOf(screened: readonly BullBurst[], of: (run: BullBurst) => number): BullSettings {
  const [best] = [...screened].sort((one, other) => of(other) - of(one));
  return best?.settings ?? { queues: 1, concurrency: 100 };
}

async function settingRounds(stage: TimersStage, { queues }: BullSettings): Promise<SettingRound[]> {
  await settingRound(stage, { count: WARM_UP, queues });
  const rounds: SettingRound[] = [];
  for (let count = 1; count <= SETTING_ROUNDS; count += 1) {
    const round = await settingRound(stage, { count: SET, queues });
    rounds.push(round);
    say(`setting, round ${count}: ${JSON.stringify(round)}`);
  }
  say(`setting, times BullMQ: ${JSON.stringify(settingRatios(rounds))}`);
  return rounds;
}

async function burstRounds(
  stage: TimersStage,
  settings: BullSettings,
): Promise<{ ours: OurBurst[]; bull: BullBurst[] }> {
  const ours: OurBurst[] = [];
  const bull: BullBurst[] = [];
  for (let count = 1; count <= BURST_ROUNDS; count += 1) {
    const theirs = await burstBull(stage, BURST, settings);
    const mine = await burstOurs(stage, BURST);
    bull.push(theirs);
    ours.push(mine);
    say(`burst, round ${count}: BullMQ fired ${theirs.firePerSec}/s, ours ${mine.firePerSec}/s`);
  }
  return { ours, bull };
}
