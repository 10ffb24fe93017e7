/**
 * Leases under faults of real servers and real processes: a MySQL node that is killed and comes back, and a worker that is stopped for
 * twenty seconds by SIGSTOP while another one stands beside it.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Held, PartitionGroup } from '@ordo/coordination';
import { NodePools } from '@ordo/sharding';
import { eventually, testStack } from '@ordo/testing';
import { NOTHING_WRONG } from '../harness/accountant.js';
import { FaultStage } from '../harness/fault-stage.js';
import { control } from '../harness/server-control.js';

const PARTITIONS = 64;
const MEMBERS = 5;
const short = { ttlMs: 2_000, renewMs: 500, trustMarginMs: 300, graceMs: 500, watchMs: 100 };
const FROZEN_MS = 20_000;
/** TTL, grace, and what two glances take: 12 s is the promise for a killed or frozen owner. */
const TAKEN_OVER_MS = 12_000;
const CASE_MS = 120_000;

describe('a MySQL node that is killed and started again', () => {
  const group = `restart-${process.pid}`;
  let pools: NodePools;
  let groups: PartitionGroup[];
  let violations: string[];
  let oracle: NodeJS.Timeout;

  /** All that is owned on a node at this moment; a second owner is a violation. */
  const ownedOn = (node: number): ReadonlyMap<number, number> => {
    const owned = new Map<number, number>();
    for (const { partition, epoch } of groups
      .slice(node * MEMBERS, (node + 1) * MEMBERS)
      .flatMap((each) => each.owned())) {
      if (owned.has(partition)) violations.push(`${partition} of node ${node}`);
      owned.set(partition, epoch);
    }
    return owned;
  };

  beforeAll(() => {
    pools = new NodePools(testStack().mysqlNodes);
    violations = [];
    groups = [0, 1].flatMap((node) =>
      Array.from({ length: MEMBERS }, (_, at) => {
        return new PartitionGroup({
          ...{ pool: pools.at(node), group, partitions: PARTITIONS, memberId: `m${at}` },
          ...short,
        });
      }),
    );
    for (const each of groups) each.start();
    oracle = setInterval(() => [ownedOn(0), ownedOn(1)], 5);
  });

  afterAll(async () => {
    clearInterval(oracle);
    await control('start', 'mysql-1').catch(() => undefined);
    await Promise.all(groups.map((each) => each.stop()));
    await Promise.all(pools.all.map((pool) => pool.query(`DELETE FROM ordo_node.lease WHERE name = '${group}'`)));
    await pools.close();
  });

  it(
    'stops its own group alone, whose epochs never fall, and all of it is owned again when it is back',
    async () => {
      await eventually(() => ownedOn(0).size + ownedOn(1).size === 2 * PARTITIONS, 'both groups own all');
      const before = [ownedOn(0), ownedOn(1)];
      await control('kill', 'mysql-1');
      await eventually(() => ownedOn(1).size === 0, 'nobody trusts a lease of the node that is away', short.ttlMs);
      await pause(short.ttlMs);
      expect(ownedOn(0)).toEqual(before[0]);
      await control('start', 'mysql-1');
      await eventually(() => ownedOn(1).size === PARTITIONS, 'all is owned again', 2 * short.ttlMs);
      const after = ownedOn(1);
      for (const [partition, epoch] of before[1] ?? []) expect(after.get(partition)).toBeGreaterThanOrEqual(epoch);
      expect(violations).toEqual([]);
    },
    CASE_MS,
  );
});

describe('a worker that is frozen for 20 s in the middle of a load, beside another one', () => {
  let stage: FaultStage;
  let pools: NodePools;

  const lanesOf = async (node: number): Promise<ReadonlyMap<string, Held[]>> => {
    const rows = await pools
      .at(node)
      .query(`SELECT slot, owner, epoch FROM ordo_node.lease WHERE name = 'relay.lanes' AND slot >= 0 AND owner <> ''`);
    const lanes = new Map<string, Held[]>();
    for (const row of rows) {
      const held = { partition: Number(row['slot']), epoch: Number(row['epoch']) };
      lanes.set(String(row['owner']), [...(lanes.get(String(row['owner'])) ?? []), held]);
    }
    return lanes;
  };

  beforeEach(async () => {
    pools = new NodePools(testStack().mysqlNodes);
    stage = await FaultStage.open();
  }, CASE_MS);

  afterEach(async () => {
    stage.worker.thaw();
    await stage.close();
    await pools.close();
  }, CASE_MS);

  it(
    'has its lanes taken over within 12 s, changes nothing when it wakes up, and gets its share again',
    async () => {
      await stage.fleet.start('worker');
      await eventually(async () => (await lanesOf(0)).size === 2 && (await lanesOf(1)).size === 2, 'two workers share');
      const load = stage.load({ clients: 4, steps: ['pay'] });
      await pause(1_000);
      stage.worker.freeze();
      const frozenAtMs = performance.now();
      await eventually(
        async () => (await lanesOf(0)).size === 1 && (await lanesOf(1)).size === 1,
        'the other worker has every lane of both nodes',
        TAKEN_OVER_MS,
      );
      await pause(frozenAtMs + FROZEN_MS - performance.now());
      stage.worker.thaw();
      await eventually(async () => (await lanesOf(0)).size === 2 && (await lanesOf(1)).size === 2, 'they share again');
      const account = await stage.accountant.settle('worker frozen', await load.stop());
      expect(account).toMatchObject({ ...NOTHING_WRONG, failed: 0 });
    },
    CASE_MS,
  );
});
