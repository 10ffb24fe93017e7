/** A process that fires timers as an app does, its partitions leased: what the take-over kills and freezes. */
import { NodePools } from '@ordo/sharding';
import { TimersRuntime } from '@ordo/timers';
import { answerJobs } from '../programs/child-program.js';
import { BENCH_QUEUE, effectOf } from './timer-tables.js';

export interface TimerNodeJob {
  readonly group: string;
}

/** Answers when it takes part. */
answerJobs<TimerNodeJob, true>(async ({ group }) => {
  const pools = new NodePools((process.env['ORDO_MYSQL_NODES'] ?? '').split(','));
  const redisUrl = process.env['ORDO_REDIS_TIMERS_URL'] ?? '';
  const task = { handle: ({ id }: { readonly id: string }) => ({ inserts: [effectOf(id)] }) };
  const runtime = new TimersRuntime({ pools: pools.all, redisUrl, group }, [{ queue: BENCH_QUEUE, retries: {}, task }]);
  runtime.start();
  return true;
});
