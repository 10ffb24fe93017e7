/** The README's example, as an app would have it: one module, one decorated handler, leases of the coordination library. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type INestApplicationContext, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { NodePools, quote } from '@ordo/sharding';
import { eventually } from '@ordo/testing';
import { type DueTimer, type TimerEffects, TimerState, Timers, type TimerTask } from '@ordo/timers';
import { TimerHandler } from './timer-handler.js';
import { TimersModule } from './timers.module.js';

const QUEUE = `reminders-${process.pid}`;
const SCHEMA = `ordo_spec_reminders_${process.pid}`;
const GROUP = `spec-${process.pid}`;

@Injectable()
@TimerHandler(QUEUE)
class Reminders implements TimerTask {
  handle({ key, payload }: DueTimer): TimerEffects {
    return {
      inserts: [{ into: `INSERT INTO ${SCHEMA}.reminder (id, text)`, row: `(${quote(key)},${quote(payload ?? '')})` }],
    };
  }
}

let pools: NodePools;
let app: INestApplicationContext;
let timers: Timers;

beforeAll(async () => {
  pools = new NodePools((process.env['ORDO_MYSQL_NODES'] ?? '').split(','));
  for (const pool of pools.all) {
    await pool.query(
      `CREATE DATABASE ${SCHEMA}; CREATE TABLE ${SCHEMA}.reminder (id VARCHAR(64) PRIMARY KEY, text VARCHAR(64) NOT NULL)`,
    );
  }
});

beforeEach(async () => {
  app = await anApp({ keepEndedMs: 0 });
  timers = app.get(Timers);
});

afterEach(async () => {
  await app.close();
  for (const pool of pools.all) {
    await pool.query(`DELETE FROM ordo_node.timer WHERE queue='${QUEUE}'; DELETE FROM ${SCHEMA}.reminder`);
  }
});

afterAll(async () => {
  for (const pool of pools.all) {
    await pool.query(
      `DROP DATABASE ${SCHEMA}; DELETE FROM ordo_node.timer_switch WHERE queue='${QUEUE}'; DELETE FROM ordo_node.lease WHERE name='${GROUP}'`,
    );
  }
  await pools.close();
});

async function anApp(
  options: { readonly fires?: boolean; readonly keepEndedMs?: number },
  providers: (typeof Reminders)[] = [Reminders],
): Promise<INestApplicationContext> {
  const redisUrl = process.env['ORDO_REDIS_TIMERS_URL'] ?? '';
  const timersModule = TimersModule.forRoot({ pools: pools.all, redisUrl, group: GROUP, ...options });
  class AppModule {}
  Module({ imports: [timersModule], providers })(AppModule);
  return NestFactory.createApplicationContext(AppModule, { logger: false });
}

async function reminders(): Promise<string[]> {
  const rows = await Promise.all(pools.all.map((pool) => pool.query(`SELECT id, text FROM ${SCHEMA}.reminder`)));
  return rows.flat().map((row) => `${row['id']}: ${row['text']}`);
}

const remembered = (text: string): Promise<unknown> =>
  eventually(async () => (await reminders()).includes(text), `'${text}' is in the table`, 20_000);

describe('an app with the module', () => {
  it('has what its handler returns committed when a timer is due, once, by whoever owns the partition', async () => {
    await timers.schedule({ queue: QUEUE, key: 'order-17', dueMs: Date.now() + 500, payload: 'call back' });
    await remembered('order-17: call back');
    expect(await timers.find(QUEUE, 'order-17')).toMatchObject({ state: TimerState.FIRED });
  });

  it('moves a timer, and cancels one before it is due', async () => {
    const dueMs = Date.now() + 3_600_000;
    await timers.schedule({ queue: QUEUE, key: 'moved', dueMs, payload: 'sooner' });
    await timers.schedule({ queue: QUEUE, key: 'cancelled', dueMs });
    expect(await timers.reschedule(QUEUE, 'moved', Date.now() + 500)).toBe(true);
    expect(await timers.cancel(QUEUE, 'cancelled')).toBe(true);
    await remembered('moved: sooner');
    expect(await timers.find(QUEUE, 'cancelled')).toMatchObject({ state: TimerState.CANCELLED });
  });

  it('sets a timer in a transaction of its own, which takes it back with everything else', async () => {
    const request = { queue: QUEUE, key: 'within', dueMs: Date.now() + 300, payload: 'mine' };
    const set = async (end: 'COMMIT' | 'ROLLBACK'): Promise<void> => {
      const { insert, entry } = timers.writer.timerInsert(1, request);
      await pools.at(1).use((node) => node.query(`BEGIN; ${insert.into} VALUES ${insert.row}; ${end}`));
      if (end === 'COMMIT') await timers.index(QUEUE, [entry]);
    };
    await set('ROLLBACK');
    expect(await timers.find(QUEUE, 'within', 1)).toBeUndefined();
    await set('COMMIT');
    await remembered('within: mine');
  });

  it('refuses a queue that has no handler', async () => {
    await expect(timers.schedule({ queue: 'nobody', key: 'a', dueMs: 0 })).rejects.toMatchObject({
      code: 'TIMER_QUEUE_UNKNOWN',
    });
  });

  it('fires nothing where it is told not to', async () => {
    await app.close();
    app = await anApp({ fires: false });
    await app.get(Timers).schedule({ queue: QUEUE, key: 'left', dueMs: Date.now() - 1_000 });
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await reminders()).toEqual([]);
  });
});
