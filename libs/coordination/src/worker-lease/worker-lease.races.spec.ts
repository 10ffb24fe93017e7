/** Many takers at once on a real server: an id has one holder, whatever the order in which they arrive. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type NodePool, NodePools, OrderNumberGenerator } from '@ordo/sharding';
import { WorkerLease, type WorkerLeaseOptions } from './worker-lease.js';

const URLS = process.env['ORDO_MYSQL_NODES'];
const SCHEMA = `ordo_spec_lease_race_${process.pid}`;

let pools: NodePools;
let pool: NodePool;

beforeAll(async () => {
  if (URLS === undefined)
    throw new Error('ORDO_MYSQL_NODES is not set: start the stack with `npm run stack -- up --profile test`');
  pools = new NodePools([URLS.split(',')[0] ?? '']);
  pool = pools.at(0);
  await pool.query(`CREATE DATABASE ${SCHEMA}`);
  await pool.query(`CREATE TABLE ${SCHEMA}.lease LIKE ordo_control.lease`);
});

beforeEach(async () => {
  await pool.query(`DELETE FROM ${SCHEMA}.lease`);
});

afterAll(async () => {
  await pool.query(`DROP DATABASE IF EXISTS ${SCHEMA}`);
  await pools.close();
});

function acquire(options: WorkerLeaseOptions = {}): Promise<WorkerLease> {
  return WorkerLease.acquire(pool, { schema: SCHEMA, renewEveryMs: 0, owner: 'racer:1', ...options });
}

describe('100 processes that start at once', () => {
  it('hold 100 different ids, on an empty table and on one of expired rows', async () => {
    for (const state of ['empty', 'expired']) {
      const leases = await Promise.all(Array.from({ length: 100 }, () => acquire()));
      expect([state, new Set(leases.map((lease) => lease.workerId)).size]).toEqual([state, 100]);
      await Promise.all(leases.map((lease) => lease.release()));
    }
  });

  it('hold 100 different ids when there are exactly 100, and the 101st is refused', async () => {
    const leases = await Promise.all(Array.from({ length: 100 }, () => acquire({ workerCount: 100 })));
    expect(new Set(leases.map((lease) => lease.workerId)).size).toBe(100);
    await expect(acquire({ workerCount: 100 })).rejects.toMatchObject({ code: 'WORKER_IDS_EXHAUSTED' });
    const numbers = leases.map((lease) =>
      new OrderNumberGenerator({ workerId: lease.workerId, clock: lease }).next(1, 2),
    );
    expect(new Set(numbers).size).toBe(100);
  });
});

describe('the race for one id', () => {
  it('has one winner among 20 takers of a free, an expired and a released id', async () => {
    for (let round = 1; round <= 3; round += 1) {
      const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => acquire({ workerCount: 1 })));
      const winners = outcomes.filter((each) => each.status === 'fulfilled').map((each) => each.value);
      expect(winners.map((winner) => winner.epoch)).toEqual([BigInt(round)]);
      const codes = outcomes
        .filter((each) => each.status === 'rejected')
        .map((each) => (each.reason as { code: string }).code);
      expect(new Set(codes)).toEqual(new Set(['WORKER_IDS_EXHAUSTED']));
      if (round === 1) await pool.query(`UPDATE ${SCHEMA}.lease SET expires_at = UTC_TIMESTAMP(3)`);
      else await winners[0]?.release();
    }
  });

  it('between a renewal under way and the release ends released', async () => {
    for (let round = 0; round < 20; round += 1) {
      const lease = await acquire({ workerCount: 1 });
      await Promise.all([lease.renew(), lease.release()]);
      const [row] = await pool.query(`SELECT expires_at <= UTC_TIMESTAMP(3) AS isFree FROM ${SCHEMA}.lease`);
      expect(Number(row?.['isFree'])).toBe(1);
    }
  });

  it('between a renewal and a taker leaves one holder, and the other knows', async () => {
    for (let round = 0; round < 20; round += 1) {
      const lease = await acquire({ workerCount: 1 });
      await pool.query(`UPDATE ${SCHEMA}.lease SET expires_at = UTC_TIMESTAMP(3)`);
      const [, taken] = await Promise.allSettled([lease.renew(), acquire({ workerCount: 1 })]);
      await lease.renew();
      expect(lease.lost.aborted).toBe(taken.status === 'fulfilled');
      if (taken.status === 'fulfilled') await taken.value.release();
      await lease.release();
    }
  });
});
