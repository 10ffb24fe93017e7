/** One thing, many takers: a named lease on a real server, in a table of this spec's own. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock } from '@ordo/kernel';
import { type NodePool, NodePools, nodeUnavailable } from '@ordo/sharding';
import { eventually } from '@ordo/testing';
import { isFenced } from './lease.errors.js';
import { Lease, type LeaseOptions } from './lease.js';

const URL = (process.env['ORDO_MYSQL_NODES'] ?? '').split(',')[0] ?? '';
const SCHEMA = `ordo_spec_single_lease_${process.pid}`;
const TAKERS = 20;

let pools: NodePools;
let pool: NodePool;
let leases: Lease[];
let name: string;

function aLease(options: Partial<LeaseOptions> = {}): Lease {
  const lease = new Lease({
    ...{ pool, name, holderId: `taker-${leases.length}`, schema: SCHEMA, renewMs: 0 },
    ...options,
  });
  leases.push(lease);
  return lease;
}

const expire = (): Promise<unknown> =>
  pool.query(`UPDATE ${SCHEMA}.lease SET expires_at = UTC_TIMESTAMP(3) WHERE name = '${name}'`);

beforeAll(async () => {
  if (URL === '') throw new Error('ORDO_MYSQL_NODES is not set: run these specs with `npm test`');
  pools = new NodePools([URL]);
  pool = pools.at(0);
  await pool.query(`CREATE DATABASE ${SCHEMA}; CREATE TABLE ${SCHEMA}.lease LIKE ordo_node.lease`);
});

beforeEach(() => {
  leases = [];
  name = `l-${performance.now()}`;
});

afterEach(() => Promise.all(leases.map((lease) => lease.release())));

afterAll(async () => {
  await pool.query(`DROP DATABASE IF EXISTS ${SCHEMA}`);
  await pools.close();
});

describe('a named lease', () => {
  it('has one holder among 20 takers, and an epoch that rises with each', async () => {
    for (const round of [1, 2, 3]) {
      const takers = Array.from({ length: TAKERS }, () => aLease());
      const outcomes = await Promise.all(takers.map((taker) => taker.acquire()));
      expect(outcomes.filter((isOurs) => isOurs)).toHaveLength(1);
      const holder = takers.find((taker) => taker.isHeld);
      expect(holder?.epoch).toBe(round);
      if (round === 1) await holder?.release();
      else await expire();
    }
  });

  it('is trusted for 8.5 s after the request, is renewed, and is not trusted while the node does not answer', async () => {
    const clock = new ManualClock(Date.now());
    let isAway = false;
    const failures: unknown[] = [];
    const flaky: NodePool = {
      ...{
        index: 0,
        name: 'node-0',
        use: (work) => pool.use(work),
        ping: () => pool.ping(),
        stats: () => pool.stats(),
      },
      query: (sql, options) => (isAway ? Promise.reject(nodeUnavailable('node-0', 'down')) : pool.query(sql, options)),
    };
    const lease = aLease({ clock, pool: flaky, onRenewFailed: (error) => failures.push(error) });
    await lease.acquire();
    clock.advance(8_000);
    await lease.renew();
    clock.advance(8_000);
    expect(lease.isHeld).toBe(true);
    isAway = true;
    await lease.renew();
    expect(failures).toMatchObject([{ code: 'NODE_UNAVAILABLE' }]);
    expect(lease.isHeld).toBe(true);
    clock.advance(500);
    expect([lease.isHeld, lease.lost.aborted]).toEqual([false, false]);
    isAway = false;
    await lease.renew();
    expect([lease.isHeld, lease.epoch]).toEqual([true, 1]);
  });

  it('tells its holder that another one took it, fences what it does then, and may be acquired again', async () => {
    const first = aLease();
    await first.acquire();
    const { lost } = first;
    await expire();
    const second = aLease();
    expect(await second.acquire()).toBe(true);
    expect(await pool.query(first.fence(1))).toEqual([]);
    expect(isFenced(await pool.query(first.guard(1)).catch((error: unknown) => error))).toBe(true);
    expect(await pool.query(second.fence(2))).toHaveLength(1);
    await first.renew();
    expect([lost.aborted, first.isHeld, first.epoch]).toEqual([true, false, undefined]);
    await second.release();
    expect(await first.acquire()).toBe(true);
    expect([first.epoch, first.lost.aborted]).toEqual([3, false]);
  });

  it('is renewed in the background for as long as it is held', async () => {
    const lease = aLease({ ttlMs: 300, renewMs: 50, trustMarginMs: 100 });
    await lease.acquire();
    await new Promise((resolve) => setTimeout(resolve, 900));
    expect(lease.epoch).toBe(1);
    await lease.release();
    expect(await eventually(() => aLease().acquire(), 'the next one has it at once', 200)).toBe(true);
  });
});
