/** Lateness at an even pace, from the true due time to the commit, by the database's clock; each firing leaves an effect. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Quantiles, quantilesOf } from '../reporting/quantiles.js';
import { countDoubles, latenessMs } from './timer-tables.js';
import type { TimersStage } from './timers-stage.js';

const AHEAD_MS = 5_000;
/** After the last one is due: a timer that is later than this is missing. */
const PATIENCE_MS = 3_000;

export interface PacedRun extends Quantiles {
  readonly early: number;
  readonly missing: number;
  readonly doubles: number;
}

export async function pacedRun(stage: TimersStage, perSec: number, seconds: number): Promise<PacedRun> {
  const subject = await stage.freshWheel({ hasEffects: true });
  subject.engine.start();
  const count = perSec * seconds;
  const startMs = Date.now() + AHEAD_MS;
  await subject.schedule(stage.requests(count, (at) => startMs + Math.floor((at * 1_000) / perSec)));
  await sleep(startMs - Date.now() + seconds * 1_000 + PATIENCE_MS);
  await subject.close();
  const late = await latenessMs(stage.pools);
  return {
    ...quantilesOf(late),
    early: late.filter((ms) => ms < 0).length,
    missing: count - late.length,
    doubles: await countDoubles(stage.pools),
  };
}
