/**
 * A node of timers, as any Nest app has them: the module once and one decorated handler. A process of its own, so that a spec can kill,
 * freeze and skew it; `ORDO_TIMER_NODE` says how.
 */
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TimersModule } from '@ordo/nest-timers';
import { NodePools } from '@ordo/sharding';
import { Timers, type TimersOptions } from '@ordo/timers';
import { countedEffect } from './counted-effect.js';
import { nodeClock } from './node-clock.js';
import { NodeCounts } from './node-counts.js';
import { NodeDeath } from './node-death.js';
import {
  type NodeAnswer,
  type NodeReport,
  type NodeRequest,
  type NodeSettings,
  SETTINGS_VARIABLE,
} from './node-messages.js';
import { stubbornOwnership } from './stubborn-ownership.js';

const settings = JSON.parse(process.env[SETTINGS_VARIABLE] ?? '') as NodeSettings;
const death = new NodeDeath(settings.death);
const counts = new NodeCounts();
const pools = new NodePools((process.env['ORDO_MYSQL_NODES'] ?? '').split(','));
const clock = nodeClock(settings);

const options: TimersOptions = {
  ...{ pools: death.pools(pools.all), redisUrl: settings.redisUrl, group: settings.group },
  ...{ recorder: counts.recorder, clock },
  ...(settings.memberId === undefined ? {} : { memberId: settings.memberId }),
  ...(settings.isStubborn === true ? { ownership: stubbornOwnership(pools.all, settings) } : {}),
};
class NodeModule {}
Module({ imports: [TimersModule.forRoot(options)], providers: [countedEffect(settings, death)] })(NodeModule);
const app = await NestFactory.createApplicationContext(NodeModule, { logger: false });

async function answerTo(request: NodeRequest): Promise<NodeReport | null> {
  if (request.ask === 'report') return counts.report;
  const { prefix, count, dueMs } = request;
  const keys = Array.from({ length: count }, (_, at) => `${prefix}${at}`);
  await app.get(Timers).scheduleAll(keys.map((key) => ({ queue: settings.queue, key, dueMs })));
  return null;
}

const say = (answer: NodeAnswer): void => void process.send?.(answer);

process.on('message', ({ id, ...request }: NodeRequest & { id: number }) => {
  answerTo(request).then(
    (result) => say({ id, result }),
    (error: unknown) => say({ id, failure: String(error) }),
  );
});
// The spec that started it has ended: nobody would ever stop it.
process.on('disconnect', () => process.exit(1));
process.once('SIGTERM', () => {
  void app
    .close()
    .then(() => pools.close())
    .then(() => process.exit(0));
});
say({ ready: true });
