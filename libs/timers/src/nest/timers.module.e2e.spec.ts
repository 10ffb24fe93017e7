/** The README's example, as an app would have it: one module, one decorated handler, leases of the coordination library. */

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { NodePools } from '@ordo/sharding';
import { eventually } from '@ordo/testing';
import type { DueTimer, TimerTask } from '../table/timer-task.js';
import { Timers } from '../table/timers.js';
import { TimerHandler } from './timer-handler.js';
import { TimersModule } from './timers.module.js';

const QUEUE = `reminders-${process.pid}`;
const reminded: string[] = [];

@Injectable()
@TimerHandler(QUEUE)
class Reminders implements TimerTask {
  handle({ key, payload }: DueTimer): undefined {
    reminded.push(`${key}: ${payload}`);
  }
}

@Injectable()
class Desk {
  constructor(@Inject(Timers) private readonly timers: Timers) {}

  remind(key: string, dueMs: number, payload: string): Promise<unknown> {
    return this.timers.schedule({ queue: QUEUE, key, dueMs, payload });
  }
}

let pools: NodePools;

beforeAll(() => {
  pools = new NodePools((process.env['ORDO_MYSQL_NODES'] ?? '').split(','));
});

afterAll(async () => {
  for (const pool of pools.all) {
    for (const table of ['timer', 'timer_switch']) {
      await pool.query(`DELETE FROM ordo_node.${table} WHERE queue='${QUEUE}'`);
    }
  }
  await pools.close();
});

describe('an app with the module', () => {
  it('has its handler called when a timer is due, by whoever owns the partition', async () => {
    const timersModule = TimersModule.forRoot({
      pools: pools.all,
      redisUrl: process.env['ORDO_REDIS_TIMERS_URL'] ?? '',
      group: `spec-${process.pid}`,
    });
    class AppModule {}
    Module({ imports: [timersModule], providers: [Reminders, Desk] })(AppModule);
    const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
    await app.get(Desk).remind('call-back', Date.now() + 500, 'table 4');
    await eventually(() => reminded.includes('call-back: table 4'), 'the handler is called', 20_000);
    await app.close();
    expect(reminded).toHaveLength(1);
  });

  it('refuses a queue that has no handler', async () => {
    const timersModule = TimersModule.forRoot({
      pools: pools.all,
      redisUrl: process.env['ORDO_REDIS_TIMERS_URL'] ?? '',
      fires: false,
    });
    class AppModule {}
    Module({ imports: [timersModule] })(AppModule);
    const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
    await expect(app.get(Timers).schedule({ queue: 'nobody', key: 'a', dueMs: 0 })).rejects.toMatchObject({
      code: 'TIMER_QUEUE_UNKNOWN',
    });
    await app.close();
  });
});
