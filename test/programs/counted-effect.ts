/** The handler of a node: its effect is a row that says which timer fired, when by the database's clock, and by whom. */
import { Injectable, type Type } from '@nestjs/common';
import { TimerHandler } from '@ordo/nest-timers';
import { dateTimeText, quote } from '@ordo/sharding';
import type { DueTimer, TimerEffects, TimerTask } from '@ordo/timers';
import type { NodeDeath } from './node-death.js';
import type { NodeSettings } from './node-messages.js';

/** A key that begins so has a handler that does so. */
const THROWS = 'throws-';
const HANGS = 'hangs-';

export function countedEffect({ queue, effects, retries = {} }: NodeSettings, death: NodeDeath): Type<TimerTask> {
  const into = `INSERT INTO ${effects} (timer_id, timer_key, version, due_at, at, member)`;

  @Injectable()
  @TimerHandler(queue, retries)
  class CountedEffect implements TimerTask {
    handle(timer: DueTimer): TimerEffects | Promise<TimerEffects> {
      const { id, key, version, dueMs } = timer;
      if (key.startsWith(THROWS)) throw new Error('this handler always fails');
      if (key.startsWith(HANGS)) return new Promise(() => undefined);
      const row = `(${id},${quote(key)},${version},${quote(dateTimeText(dueMs))},UTC_TIMESTAMP(3),${process.pid})`;
      const answer = { inserts: [{ into, row }] };
      return death.isAt('handler') ? death.at('handler', async () => answer) : answer;
    }
  }
  return CountedEffect;
}
