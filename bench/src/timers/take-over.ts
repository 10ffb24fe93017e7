/**
 * Two processes share the partitions; one is killed, or frozen for twenty seconds. How long until the slowest of all partitions fires
 * again: every partition has a timer due each second, and the first one after the moment tells.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ALL_PARTITIONS } from '@ordo/timers';
import { ChildProgram } from '../programs/child-program.js';
import type { TimerNodeJob } from './timer-node-program.js';
import { countDoubles, countFired, databaseNowMs, firstFiringsMs, latenessMs } from './timer-tables.js';
import type { TimersStage } from './timers-stage.js';

/** Until both have their share and the first timers have been fired by each. */
const SETTLE_MS = 8_000;
const SECONDS = 35;
const FROZEN_MS = 20_000;
/** After the last one is due. */
const PATIENCE_MS = 5_000;

export interface TakeOver {
  readonly how: 'killed' | 'frozen';
  /** Until the last partition fired again. */
  readonly tookMs: number;
  readonly partitions: number;
  readonly set: number;
  readonly fired: number;
  readonly early: number;
  readonly doubles: number;
}

export async function takeOver(stage: TimersStage, how: TakeOver['how']): Promise<TakeOver> {
  const setter = await stage.freshSetter();
  const group = `bench-${randomUUID().slice(0, 8)}`;
  const entry = new URL('./timer-node-program.js', import.meta.url);
  const nodes = [1, 2].map(() => ChildProgram.start<TimerNodeJob, true>(entry));
  const [victim] = nodes;
  try {
    await Promise.all(nodes.map((node) => node.ask({ group })));
    const startMs = Date.now() + SETTLE_MS;
    const perSecond = ALL_PARTITIONS.length;
    const requests = stage.requests(SECONDS * perSecond, (at) => startMs + Math.floor((at * 1_000) / perSecond));
    await setter.schedule(requests);
    await sleep(startMs + 5_000 - Date.now());
    const sinceMs = await databaseNowMs(stage.pools);
    process.kill(victim?.pid ?? 0, how === 'killed' ? 'SIGKILL' : 'SIGSTOP');
    if (how === 'frozen') {
      await sleep(FROZEN_MS);
      process.kill(victim?.pid ?? 0, 'SIGCONT');
    }
    await sleep(startMs + SECONDS * 1_000 + PATIENCE_MS - Date.now());
    const first = await firstFiringsMs(stage.pools, sinceMs);
    return {
      ...{ how, tookMs: Math.max(...first), partitions: first.length, set: requests.length },
      fired: await countFired(stage.pools),
      early: (await latenessMs(stage.pools)).filter((ms) => ms < 0).length,
      doubles: await countDoubles(stage.pools),
    };
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
    await setter.close();
  }
}
