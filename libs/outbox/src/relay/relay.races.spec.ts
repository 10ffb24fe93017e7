/** The relay on the real outbox, against apps and brokers that fail on purpose. Each law counts what arrived, and in which order. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Clock, Transient } from '@ordo/kernel';
import { NODE_SCHEMA, type NodePool, NodePools, Placement } from '@ordo/sharding';
import { outboxInsert } from '../append/outbox-entry.js';
import { append, ScriptedApp, ScriptedBroker, silent, until, versionsOf } from '../rehearsal/scripted-relay.js';
import { OutboxRepository } from './outbox.repository.js';
import { Relay } from './relay.js';

const nodes = process.env['ORDO_MYSQL_NODES'];
/** Undoes the theft of a lane, also when the case that needed it failed. */
const RETURNED = `UPDATE ${NODE_SCHEMA}.lease SET owner = '', expires_at = UTC_TIMESTAMP(3) WHERE owner = 'thief'`;

describe('the relay', () => {
  let pools: NodePools;
  let pool: NodePool;
  let broker: ScriptedBroker;
  let app: ScriptedApp;
  let relay: Relay;
  let outbox: OutboxRepository;

  const isEmpty = async (): Promise<boolean> => {
    const { ready, parked, projected } = await outbox.depth();
    return ready + parked + projected === 0;
  };

  const laneOwners = (): Promise<unknown[]> =>
    pool.query(
      `SELECT DISTINCT owner FROM ${NODE_SCHEMA}.lease WHERE name = 'relay.lanes' AND slot >= 0 AND owner <> ''`,
    );

  beforeAll(() => {
    if (nodes === undefined) throw new Error('ORDO_MYSQL_NODES is not set: run these specs with `npm test`');
    pools = new NodePools(nodes.split(','));
    pool = pools.at(0);
    outbox = new OutboxRepository(pool);
  });

  beforeEach(async () => {
    await pool.query(`DELETE FROM ${NODE_SCHEMA}.outbox`);
    broker = new ScriptedBroker();
    app = new ScriptedApp();
    relay = new Relay(pools, new Placement(2), app, broker, silent, { pollMs: 20, refusedRetryMs: 300, probeMs: 100 });
  });

  afterEach(async () => {
    await relay.stop();
    await pool.query(RETURNED);
    await pool.query(`DELETE FROM ${NODE_SCHEMA}.outbox`);
  });

  afterAll(() => pools.close());

  it('publishes the events of each order in version order, never two of one order in a window', async () => {
    relay.start();
    for (let version = 1; version <= 5; version += 1) {
      await Promise.all(Array.from({ length: 20 }, (_, index) => append(pool, 100 + index, version)));
    }
    await until(isEmpty, 'the outbox is drained');
    for (let orderId = 100; orderId < 120; orderId += 1)
      expect(versionsOf(broker.confirmed, orderId)).toEqual([1, 2, 3, 4, 5]);
    for (const window of broker.windows) {
      const orders = window.map((id) => id.split('-')[0]);
      expect(new Set(orders).size).toBe(orders.length);
    }
  });

  it('publishes nothing that is not projected', async () => {
    const early: string[] = [];
    broker.verdict = ({ messageId }) => {
      if (!app.projected.has(messageId)) early.push(messageId);
      return 'confirmed';
    };
    relay.start();
    await Promise.all(Array.from({ length: 50 }, (_, index) => append(pool, 200 + index, 1)));
    await until(isEmpty, 'the outbox is drained');
    expect(early).toEqual([]);
    expect(broker.confirmed).toHaveLength(50);
  });

  it('relays a row whose id was given before, and committed after, those of rows that it has relayed', async () => {
    relay.start();
    await pool.use(async (late) => {
      const { into, row } = outboxInsert({
        ...{ orderId: '300', version: 1, userShard: 0, merchantShard: 1, type: 'order.created' },
        ...{ occurredAt: Date.now(), traceParent: null, payload: '{}' },
      });
      await late.query(`START TRANSACTION; ${into} VALUES ${row}`);
      await append(pool, 306, 1);
      await until(() => broker.confirmed.includes('306-1'), 'the younger row is published');
      await late.query('COMMIT');
    });
    await until(() => broker.confirmed.includes('300-1'), 'the late row is published');
  });

  it('keeps projecting while the broker is away, and then sends what waited, in order, before anything newer', async () => {
    broker.isConnected = false;
    broker.verdict = () => 'unconfirmed';
    relay.start();
    for (const version of [1, 2, 3])
      await Promise.all([400, 401, 402].map((orderId) => append(pool, orderId, version)));
    await until(() => app.projected.size === 9, 'all nine are projected without a broker');
    await until(async () => (await outbox.depth()).projected === 9, 'all nine wait for the broker');
    expect(broker.confirmed).toEqual([]);
    broker.verdict = () => 'confirmed';
    broker.isConnected = true;
    await append(pool, 400, 4);
    await until(isEmpty, 'the outbox is drained');
    expect(versionsOf(broker.confirmed, 400)).toEqual([1, 2, 3, 4]);
    expect(versionsOf(broker.confirmed, 402)).toEqual([1, 2, 3]);
  });

  it('sends again what was not confirmed, and loses none of it', async () => {
    let calls = 0;
    broker.verdict = () => {
      calls += 1;
      return calls % 3 === 0 ? 'unconfirmed' : 'confirmed';
    };
    relay.start();
    for (const version of [1, 2, 3]) {
      await Promise.all(Array.from({ length: 12 }, (_, index) => append(pool, 500 + index, version)));
    }
    await until(isEmpty, 'the outbox is drained');
    for (let orderId = 500; orderId < 512; orderId += 1)
      expect(versionsOf(broker.confirmed, orderId)).toEqual([1, 2, 3]);
  });

  it('holds back an order whose message was returned, later versions behind it, and no other order', async () => {
    let routable = false;
    broker.verdict = ({ messageId }) => (messageId === '600-1' && !routable ? 'returned' : 'confirmed');
    relay.start();
    await append(pool, 600, 1);
    await until(async () => (await outbox.depth()).parked === 1, 'the returned message is parked');
    await append(pool, 600, 2);
    await append(pool, 601, 1);
    await until(() => broker.confirmed.includes('601-1'), 'the other order goes on');
    expect(versionsOf(broker.confirmed, 600)).toEqual([]);
    routable = true;
    await until(isEmpty, 'the outbox is drained');
    expect(versionsOf(broker.confirmed, 600)).toEqual([1, 2]);
  });

  it('parks the orders of a merchant node that is away, in order, and no others', async () => {
    let away = true;
    app.refuse = (_row, node) => (node === 1 && away ? new Transient('NODE_UNAVAILABLE', 'away', 100) : undefined);
    relay.start();
    for (const version of [1, 2, 3]) {
      await Promise.all([append(pool, 700, version, 0), append(pool, 701, version, 1), append(pool, 702, version, 0)]);
    }
    await until(() => versionsOf(broker.confirmed, 701).length === 3, 'the order of the living node goes on');
    expect(versionsOf(broker.confirmed, 700)).toEqual([]);
    away = false;
    await until(isEmpty, 'the outbox is drained');
    expect(versionsOf(broker.confirmed, 700)).toEqual([1, 2, 3]);
    expect(versionsOf(broker.confirmed, 702)).toEqual([1, 2, 3]);
  });

  it('finds a row that cannot be projected and parks it alone', async () => {
    app.refuse = (row) => (row.orderId === '805' ? new Error('poison') : undefined);
    relay.start();
    await Promise.all(Array.from({ length: 16 }, (_, index) => append(pool, 800 + index, 1)));
    await until(() => broker.confirmed.length === 15, 'the fifteen others are published');
    expect(versionsOf(broker.confirmed, 805)).toEqual([]);
    app.refuse = () => undefined;
    await until(isEmpty, 'the repaired row follows');
  });

  it('parks a row of which no message can be made, with its later versions, tells it, and publishes all others', async () => {
    const parked = new Map<string, number>();
    const recorder = { ...silent, parked: (_: string, reason: string, rows: number) => void parked.set(reason, rows) };
    relay = new Relay(pools, new Placement(2), app, broker, recorder, { pollMs: 20, refusedRetryMs: 300 });
    app.hasNoEvent = (row) => row.orderId === '855' && row.version === 1;
    relay.start();
    for (const version of [1, 2]) {
      await Promise.all(Array.from({ length: 16 }, (_, index) => append(pool, 850 + index, version)));
    }
    await until(() => broker.confirmed.length === 30, 'both versions of the fifteen others are published');
    expect(versionsOf(broker.confirmed, 855)).toEqual([]);
    expect(parked.get('no-event')).toBe(1);
    app.hasNoEvent = () => false;
    await until(isEmpty, 'the mended row follows');
    expect(versionsOf(broker.confirmed, 855)).toEqual([1, 2]);
  });

  it('shares the lanes among two relays, and hands them over when one stops', async () => {
    const successor = new Relay(pools, new Placement(2), app, broker, silent, { pollMs: 20 });
    relay.start();
    await append(pool, 900, 1);
    await until(isEmpty, 'the first drains');
    successor.start();
    await until(async () => (await laneOwners()).length === 2, 'both own lanes');
    for (let version = 2; version <= 6; version += 1) {
      await Promise.all(Array.from({ length: 12 }, (_, index) => append(pool, 900 + index, version)));
    }
    await until(isEmpty, 'both drain');
    await relay.stop();
    await append(pool, 900, 7);
    await until(isEmpty, 'the successor drains');
    await successor.stop();
    expect(versionsOf(broker.confirmed, 900)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(versionsOf(broker.confirmed, 907)).toEqual([2, 3, 4, 5, 6]);
  });

  it('publishes nothing more for a lane that it lost in the middle of a pass, and leaves its row to the next owner', async () => {
    let clockMs = 0;
    const clock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() + clockMs };
    relay = new Relay(pools, new Placement(2), app, broker, silent, { pollMs: 20, clock });
    app.refuse = () => {
      clockMs += 9_000;
      return undefined;
    };
    relay.start();
    await append(pool, 910, 1);
    await until(() => app.projected.size === 1, 'the row is projected, and the process was frozen then');
    await new Promise((resolve) => setImmediate(resolve));
    expect(broker.windows).toEqual([]);
    expect((await outbox.depth()).ready).toBe(1);
    app.refuse = () => undefined;
    await until(isEmpty, "its lease was nobody else's yet, so it goes on with it");
    expect(versionsOf(broker.confirmed, 910)).toEqual([1]);
  });

  it('deletes and moves no row of a lane that another one took while it was publishing', async () => {
    const stolen = `UPDATE ${NODE_SCHEMA}.lease SET owner = 'thief', epoch = epoch + 1,
      expires_at = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR WHERE name = 'relay.lanes' AND slot >= 0`;
    const publish = broker.publishWindow.bind(broker);
    let thefts = 0;
    broker.publishWindow = async (events) => {
      thefts += 1;
      if (thefts === 1) await pool.query(stolen);
      return publish(events);
    };
    relay.start();
    await append(pool, 920, 1);
    await until(() => broker.confirmed.length === 1, 'it was published');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await outbox.depth()).toMatchObject({ ready: 1, parked: 0, projected: 0 });
    await pool.query(RETURNED);
    await until(isEmpty, 'it has the lane again');
    expect(versionsOf(broker.confirmed, 920)).toEqual([1, 1]);
  });
});
