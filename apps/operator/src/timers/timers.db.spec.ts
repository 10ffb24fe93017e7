/** `timers …` against the real servers: a queue that an engine fires, an order put in by hand, and the switch between them. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '@ordo/kernel';
import { dateTimeText, encodeOrderNumber, NodePools, Placement } from '@ordo/sharding';
import { eventually } from '@ordo/testing';
import {
  openTimersRedis,
  QueueState,
  QueueSwitches,
  RedisWheel,
  soleOwnership,
  TableTimerStore,
  TimerEngine,
  Timers,
  type TimersRedis,
} from '@ordo/timers';
import { type DrainOutcome, drain } from './drain.js';
import { readOrderTimers } from './order-timers.js';
import { orderTimersReport } from './order-timers-report.js';
import { readDepth } from './queue-depth.repository.js';
import { queueReport } from './queue-report.js';
import { readQueue, readQueues, type TimerServers } from './queue-view.js';
import { throwSwitch } from './throw-switch.js';

const QUEUE = `operator-${process.pid}`;
const HOME = { queue: QUEUE, schema: 'ordo_node' };
const DEADLINES = { queue: 'order-deadline', schema: 'ordo_node' };
const urls = (process.env['ORDO_MYSQL_NODES'] ?? '').split(',');
const placement = new Placement(urls.length);
// Second 1 of the number's epoch: no running generator can ever make this number again.
const orderId = encodeOrderNumber({ second: 1, userShard: 118, merchantShard: 118, worker: 255, sequence: 1022 });
const PLACED_MS = Date.now() - 1_000_000;

let pools: NodePools;
let redis: TimersRedis;
let servers: TimerServers;
let engines: TimerEngine[] = [];
let switches: QueueSwitches[] = [];

beforeAll(async () => {
  pools = new NodePools(urls, { connectionLimit: 6 });
  redis = openTimersRedis(process.env['ORDO_REDIS_TIMERS_URL'] ?? '', () => undefined);
  await eventually(() => redis.status === 'ready', 'Redis answers');
  servers = { pools, placement, redis };
});

afterEach(async () => {
  await Promise.all([...engines, ...switches].map((each) => each.stop()));
  engines = [];
  switches = [];
  for (const pool of pools.all) {
    await pool.query(
      `DELETE FROM ordo_node.timer WHERE queue='${QUEUE}'; DELETE FROM ordo_node.timer_switch WHERE queue='${QUEUE}'`,
    );
  }
  await pools.at(placement.userNode(118)).query(`DELETE FROM ordo_user_118.order_base WHERE order_id=${orderId}`);
  const merchant = pools.at(placement.merchantNode(118));
  await merchant.query(
    `DELETE FROM ordo_merchant_118.order_base WHERE order_id=${orderId}; DELETE FROM ordo_merchant_118.order_event WHERE order_id=${orderId}`,
  );
  const keys = await redis.keys(`{${QUEUE}:*`);
  if (keys.length > 0) await redis.del(...keys);
});

afterAll(async () => {
  await pools.close();
  redis.disconnect();
});

/** A process that announces the queue; it fires what is due once it is started. */
async function aProcess(): Promise<{ engine: TimerEngine; timers: Timers; looks: QueueSwitches }> {
  const looks = new QueueSwitches({ pools: pools.all, queues: [QUEUE], lookEveryMs: 100 });
  const engine = new TimerEngine({
    store: new TableTimerStore(QUEUE, pools.all, { handle: () => undefined }),
    index: new RedisWheel(redis, QUEUE),
    ownership: soleOwnership(Date.now()),
    mayFire: (node) => looks.mayFire(QUEUE, node),
  });
  engines.push(engine);
  switches.push(looks);
  await looks.look();
  return { engine, looks, timers: new Timers(pools.all, new Map([[QUEUE, engine]]), systemClock) };
}

const dueTimers = (timers: Timers, count: number): Promise<unknown> =>
  timers.scheduleAll(
    Array.from({ length: count }, (_, at) => ({ queue: QUEUE, key: `k${at}`, dueMs: Date.now() - 5_000 })),
  );

const drained = (patienceMs: number): Promise<DrainOutcome> =>
  drain(
    {
      nodes: pools.all.map((pool) => ({ node: pool.name, depth: (by) => readDepth(pool, placement, HOME, by) })),
      view: () => readQueue(servers, HOME),
      pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms / 5)),
      nowMs: () => performance.now(),
      tell: () => undefined,
    },
    patienceMs,
  );

const pause = { state: QueueState.PAUSED, reason: 'a spec', changedBy: 'a spec' };

describe('a queue of the timer table', () => {
  it('is listed as soon as a process announces it, with its depth and its index', async () => {
    const { engine, timers } = await aProcess();
    expect(await readQueues(servers)).toEqual(expect.arrayContaining([HOME, DEADLINES]));
    await engine.tick();
    await timers.schedule({ queue: QUEUE, key: 'far', dueMs: Date.now() + 60_000 });
    const lines = queueReport(await readQueue(servers, HOME));
    expect(lines.filter((line) => line.includes(' 1 pending, 0 due now; open'))).toHaveLength(1);
    expect(lines.at(-1)).toMatch(/64 of 64 partitions built, drained .*, loaded .* ahead, 1 entries, 0 claimed$/);
  });

  it('counts what is due and since when, and what was given up', async () => {
    const { timers } = await aProcess();
    await timers.schedule({ queue: QUEUE, key: 'due', dueMs: Date.now() - 90_000 }, 0);
    await timers.schedule({ queue: QUEUE, key: 'far', dueMs: Date.now() + 90_000 }, 0);
    await timers.schedule({ queue: QUEUE, key: 'bad', dueMs: Date.now() + 90_000 }, 0);
    await pools.at(0).query(`UPDATE ordo_node.timer SET state=3 WHERE queue='${QUEUE}' AND timer_key='bad'`);
    const depth = await readDepth(pools.at(0), placement, HOME);
    expect(depth).toMatchObject({ pending: 2, due: 1, failed: 1 });
    expect(Math.round((depth.nowMs - (depth.oldestDueMs ?? 0)) / 10_000)).toBe(9);
  });

  it('that is paused stands still under a drain, which says who paused it; resumed, it is drained', async () => {
    const { engine, timers, looks } = await aProcess();
    await throwSwitch(pools.all, HOME, pause);
    await looks.look();
    looks.start();
    engine.start();
    await dueTimers(timers, 300);
    const { isDrained, reasons } = await drained(1_500);
    expect(isDrained).toBe(false);
    expect(reasons).toHaveLength(urls.length);
    expect(reasons[0]).toMatch(/PAUSED .* by a spec: a spec/);
    await throwSwitch(pools.all, HOME, { ...pause, state: QueueState.OPEN });
    expect(await drained(15_000)).toEqual({ isDrained: true, reasons: [] });
    expect((await readDepth(pools.at(0), placement, HOME)).pending).toBe(0);
  });

  it('cannot be paused under a name that nobody has announced', async () => {
    await aProcess();
    await expect(throwSwitch(pools.all, { ...HOME, queue: `${QUEUE}-typo` }, pause)).rejects.toMatchObject({
      code: 'TIMER_QUEUE_UNKNOWN',
    });
    await expect(throwSwitch(pools.all, { ...HOME, queue: `${QUEUE}-typo` }, pause)).rejects.toThrow(QUEUE);
  });

  it('is paused on the node that is there, and says which one is not', async () => {
    await aProcess();
    const halfDead = new NodePools(urls.map((url, node) => (node === 0 ? url : 'mysql://nobody@127.0.0.1:1')));
    try {
      const thrown = await throwSwitch(halfDead.all, HOME, pause);
      expect(thrown[0]).toEqual({ node: 'node-0', isKnown: true });
      expect(thrown[1]).toMatchObject({ node: 'node-1', error: { code: 'NODE_UNAVAILABLE' } });
      expect(queueReport(await readQueue({ pools: halfDead, placement, redis: undefined }, HOME))).toEqual([
        QUEUE,
        expect.stringMatching(/^ {2}node-0 .* PAUSED/),
        expect.stringMatching(/owners: not known/),
        expect.stringMatching(/^ {2}node-1 {2}away/),
        expect.stringMatching(/Redis away: .*ORDO_REDIS_TIMERS_URL is not set/),
      ]);
    } finally {
      await halfDead.close();
    }
  });
});

describe('an order', () => {
  const COMMON =
    'order_id, user_id, merchant_id, biz_type, status, version, currency, pay_amount, goods_amount, packing_amount, delivery_amount, discount_amount, created_at, role';
  const at = (ms: number): string => `'${dateTimeText(ms)}'`;
  const valuesOf = (status: number, version: number): string =>
    `${orderId}, 118, 118, 1, ${status}, ${version}, 'CNY', 5, 5, 0, 0, 0, ${at(PLACED_MS)}, 1`;

  async function put(status: number, version: number, deadline: string): Promise<void> {
    await pools
      .at(placement.userNode(118))
      .query(
        `INSERT INTO ordo_user_118.order_base (${COMMON}, deadline_at, change_mark, idem_digest) VALUES (${valuesOf(status, version)}, ${deadline}, 1, x'${'01'.repeat(16)}')`,
      );
  }

  it('that is cancelled by its deadline is explained from its timeline', async () => {
    await put(90, 2, 'NULL');
    const merchant = pools.at(placement.merchantNode(118));
    const due = new Date(PLACED_MS + 900_000).toISOString();
    await merchant.query(`INSERT INTO ordo_merchant_118.order_base (${COMMON}) VALUES (${valuesOf(90, 2)})`);
    await merchant.query(
      `INSERT INTO ordo_merchant_118.order_event (order_id, version, merchant_id, type, status, role, reason_code, note, occurred_at) VALUES
       (${orderId}, 1, 118, 'order.created', 10, 1, NULL, 'leave it at the door of Li', ${at(PLACED_MS)}),
       (${orderId}, 2, 118, 'order.invalidated', 90, 2, 20, 'due ${due}', ${at(PLACED_MS + 900_037)})`,
    );
    const text = orderTimersReport(await readOrderTimers(servers, orderId)).join('\n');
    expect(text).toContain(`, version 2, by SYSTEM, PAY_TIMEOUT (20): its deadline of ${due}, 37 ms late`);
    expect(text).not.toContain('Li');
  });

  it('that waits is counted with its shard, foretold, and found or not found in the index', async () => {
    await put(20, 2, 'UTC_TIMESTAMP(3) + INTERVAL 300 SECOND');
    const depth = await readDepth(pools.at(placement.userNode(118)), placement, DEADLINES);
    expect(depth.pending).toBeGreaterThanOrEqual(1);
    await pools
      .at(1)
      .query(
        `INSERT INTO ordo_node.timer (id, queue, timer_key, due_at, slot, partition_no, version, state, attempts) VALUES (${process.pid}, '${QUEUE}', '${orderId}-1', UTC_TIMESTAMP(3), 1, 1, 1, 1, 0), (${process.pid + 1}, '${QUEUE}', '${orderId}1', UTC_TIMESTAMP(3), 1, 1, 1, 1, 0)`,
      );
    const text = orderTimersReport(await readOrderTimers(servers, orderId)).join('\n');
    expect(text).toMatch(/in (4 min 5\d s|5 min): it becomes INVALID \(ACCEPT_TIMEOUT \(21\)\) unless/);
    expect(text).toMatch(/^ {2}index: (none for this shard|missing|not yet)/m);
    expect(text).toContain(`${QUEUE} ${orderId}-1 on node-1: fired`);
    expect(text).not.toContain(`${orderId}1 on`);
  });
});
