/** The rows behind the switch, on a real node: what is announced, what is changed, and what is left alone. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type NodePool, NodePools } from '@ordo/sharding';
import { QueueSwitchRepository } from './queue-switch.repository.js';
import { QueueState } from './queue-switch.state.js';

const QUEUE = `switch-${process.pid}`;
let pools: NodePools;
let pool: NodePool;
let repository: QueueSwitchRepository;

beforeAll(() => {
  pools = new NodePools((process.env['ORDO_MYSQL_NODES'] ?? '').split(','), { connectionLimit: 4 });
  pool = pools.at(0);
  repository = new QueueSwitchRepository(pool);
});

afterEach(async () => {
  await pool.query(`DELETE FROM ordo_node.timer_switch WHERE queue LIKE '${QUEUE}%'`);
});

afterAll(() => pools.close());

describe('the switch of a queue', () => {
  it('is open when it is announced, by the owners of its group', async () => {
    await repository.announce(QUEUE, 'timers');
    expect(await repository.read([QUEUE])).toMatchObject([
      { queue: QUEUE, group: 'timers', state: QueueState.OPEN, reason: null, changedBy: null },
    ]);
  });

  it('says since when, by whom and why it is paused, and stays so when it is announced again', async () => {
    const beforeMs = Date.now();
    await repository.announce(QUEUE, 'timers');
    expect(
      await repository.change(QUEUE, { state: QueueState.PAUSED, reason: "it's late", changedBy: 'li@desk' }),
    ).toBe(true);
    await repository.announce(QUEUE, 'timers.new');
    const [found] = await repository.read([QUEUE]);
    expect(found).toMatchObject({
      ...{ group: 'timers.new', state: QueueState.PAUSED, reason: "it's late", changedBy: 'li@desk' },
    });
    // The clock of the database is its own; a minute is far beyond any difference on one machine.
    expect(Math.abs((found?.changedMs ?? 0) - beforeMs)).toBeLessThan(60_000);
  });

  it('can be thrown twice to the same side', async () => {
    await repository.announce(QUEUE, null);
    const change = { state: QueueState.OPEN, reason: null, changedBy: 'li@desk' };
    expect(await repository.change(QUEUE, change)).toBe(true);
    expect(await repository.change(QUEUE, change)).toBe(true);
  });

  it('of a queue that nobody has announced is not made by a change', async () => {
    const change = { state: QueueState.PAUSED, reason: null, changedBy: 'li@desk' };
    expect(await repository.change(`${QUEUE}-typo`, change)).toBe(false);
    expect(await repository.read([`${QUEUE}-typo`])).toEqual([]);
  });

  it('is announced once when two processes start at the same time', async () => {
    await Promise.all([repository.announce(QUEUE, 'timers'), repository.announce(QUEUE, 'timers')]);
    expect(await repository.read([QUEUE])).toHaveLength(1);
  });
});
