/** A small lunch: many orders on the straight way, a few at a time, checked as thoroughly as the ones that were shown. */
import { type Cast, castOf } from './cast.js';
import { type JourneyResult, runJourney, type Stage } from './journey-run.js';
import { straightWays } from './journeys.js';

/** Some 360 events: enough for a p99 that is not the worst case by definition, few enough to take seconds. */
const ORDERS = 80;
/** Hungry people at once. A measure of feeling, not of capacity: that is what `npm run bench` is for. */
const AT_ONCE = 4;

export interface CrowdResult {
  readonly results: readonly JourneyResult[];
  readonly elapsedMs: number;
}

export async function runCrowd(stage: Stage): Promise<CrowdResult> {
  const casts = await Promise.all(Array.from({ length: ORDERS }, (_, index) => castOf(index)));
  const startedMs = performance.now();
  const waiting = casts.entries();
  const results: JourneyResult[] = [];
  const guest = async (): Promise<void> => {
    for (const [index, cast] of waiting) {
      // One that went wrong waited for its events in vain; the others would do the same, one after the other.
      if (results.some(({ problems }) => problems.length > 0)) return;
      results.push(await order(index, cast, stage));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, guest));
  return { results, elapsedMs: performance.now() - startedMs };
}

function order(index: number, cast: Cast, stage: Stage): Promise<JourneyResult> {
  const journey = straightWays[index % straightWays.length];
  if (journey === undefined) throw new Error('there is no straight way');
  return runJourney(journey, cast, stage, () => undefined);
}
