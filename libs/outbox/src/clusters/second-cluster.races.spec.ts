/** Two clusters on the real outbox: each is told everything that is meant for it, in order, whatever becomes of the other. Each law counts. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NODE_SCHEMA, type NodePool, NodePools, Placement } from '@ordo/sharding';
import { append, ScriptedApp, ScriptedBroker, silent, until, versionsOf } from '../rehearsal/scripted-relay.js';
import { OutboxRepository, OutboxTable } from '../relay/outbox.repository.js';
import { Relay } from '../relay/relay.js';
import { BroadcastSwitchRepository, type SwitchPosition } from './broadcast-switch.repository.js';
import { Cluster, SwitchState } from './broadcast-switch.state.js';
import { BroadcastSwitches } from './broadcast-switches.js';
import { bucketOf } from './ramp.rules.js';

const nodes = process.env['ORDO_MYSQL_NODES'];
const VERSIONS = [1, 2, 3, 4];
const CLEARED = ['outbox', 'outbox_second', 'broadcast_switch'].map((name) => `DELETE FROM ${NODE_SCHEMA}.${name}`);

describe('two clusters', () => {
  let pools: NodePools;
  let pool: NodePool;
  let first: ScriptedBroker;
  let second: ScriptedBroker;
  let app: ScriptedApp;
  let relay: Relay;
  let switches: BroadcastSwitches;
  let orders: number[];
  let next = 40_000;

  const depthOf = async (table: OutboxTable): Promise<number> => {
    const { ready, parked, projected } = await new OutboxRepository(pool, NODE_SCHEMA, table).depth();
    return ready + parked + projected;
  };
  const areEmpty = async (): Promise<boolean> =>
    (await depthOf(OutboxTable.FIRST)) + (await depthOf(OutboxTable.SECOND)) === 0;

  const throwSwitch = async (
    cluster: Cluster,
    position: Omit<SwitchPosition, 'reason' | 'changedBy'>,
  ): Promise<void> => {
    for (const { query } of pools.all.map((each) => ({ query: each.query.bind(each) }))) {
      await new BroadcastSwitchRepository({ query }).change(cluster, {
        ...position,
        reason: 'spec',
        changedBy: 'spec',
      });
    }
  };

  /** One version of every order, all at once. */
  const appendAll = (version: number): Promise<unknown> =>
    Promise.all(orders.map((orderId) => append(pool, orderId, version)));

  function openRelay(): void {
    switches = new BroadcastSwitches({ pools: pools.all, lookEveryMs: 50 });
    relay = new Relay(pools, new Placement(2), app, first, silent, {
      ...{ pollMs: 20, refusedRetryMs: 300, probeMs: 100, switches },
      second: { publisher: second, recorder: silent },
    });
    switches.start();
    relay.start();
  }

  beforeAll(() => {
    if (nodes === undefined) throw new Error('ORDO_MYSQL_NODES is not set: run these specs with `npm test`');
    pools = new NodePools(nodes.split(','));
    pool = pools.at(0);
  });

  beforeEach(async () => {
    for (const each of pools.all) await each.query(CLEARED.join(';'));
    [first, second, app] = [new ScriptedBroker(), new ScriptedBroker(), new ScriptedApp()];
    orders = Array.from({ length: 20 }, () => (next += 1));
  });

  afterEach(async () => {
    await relay.stop();
    await switches.stop();
    for (const each of pools.all) await each.query(CLEARED.join(';'));
  });

  afterAll(() => pools.close());

  it('are both told every event of every order in version order', async () => {
    await throwSwitch(Cluster.SECOND, { percent: 100 });
    openRelay();
    for (const version of VERSIONS) await appendAll(version);
    await until(areEmpty, 'both are drained');
    for (const broker of [first, second]) {
      for (const orderId of orders) expect(versionsOf(broker.confirmed, orderId)).toEqual(VERSIONS);
    }
  });

  it.each([Cluster.SECOND, Cluster.FIRST])(
    'do not wait for each other: while the %s is away the other hears everything, and then it does too',
    async (away) => {
      const [absent, present] = away === 'first' ? [first, second] : [second, first];
      await throwSwitch(Cluster.SECOND, { percent: 100 });
      absent.isConnected = false;
      absent.verdict = () => 'unconfirmed';
      openRelay();
      for (const version of VERSIONS) await appendAll(version);
      await until(() => present.confirmed.length === 80, 'the present one has heard all 80');
      expect(absent.confirmed).toEqual([]);
      absent.verdict = () => 'confirmed';
      absent.isConnected = true;
      await until(areEmpty, 'both are drained');
      for (const orderId of orders) expect(versionsOf(absent.confirmed, orderId)).toEqual(VERSIONS);
      expect([present.confirmed.length, absent.confirmed.length]).toEqual([80, 80]);
    },
  );

  it('refuse by themselves: what the first refuses again and again the second hears once', async () => {
    await throwSwitch(Cluster.SECOND, { percent: 100 });
    let refusals = 0;
    const [stubborn] = orders;
    first.verdict = ({ messageId }) => {
      if (messageId !== `${stubborn}-1` || refusals > 2) return 'confirmed';
      refusals += 1;
      return 'refused';
    };
    openRelay();
    await appendAll(1);
    await until(areEmpty, 'both are drained');
    expect(refusals).toBe(3);
    expect(versionsOf(second.confirmed, stubborn ?? 0)).toEqual([1]);
    expect([first.confirmed.length, second.confirmed.length]).toEqual([20, 20]);
  });

  it('hear the orders of the ramp and the types that were named, and the first hears all', async () => {
    await throwSwitch(Cluster.SECOND, { percent: 50 });
    openRelay();
    for (const version of VERSIONS) await appendAll(version);
    await until(areEmpty, 'both are drained');
    const ramped = orders.filter((orderId) => bucketOf(String(orderId)) < 50);
    expect(ramped.length).toBeGreaterThan(0);
    expect(second.confirmed).toHaveLength(ramped.length * VERSIONS.length);
    expect(first.confirmed).toHaveLength(80);
    await throwSwitch(Cluster.SECOND, { percent: 100, types: ['order.paid'] });
    await until(() => switches.positionOf(Cluster.SECOND, 0)?.types !== undefined, 'the switch is seen');
    await appendAll(5); // all of type order.created
    await until(areEmpty, 'both are drained');
    expect(second.confirmed).toHaveLength(ramped.length * VERSIONS.length);
  });

  it.each([Cluster.FIRST, Cluster.SECOND])(
    'that are paused (%s) hear nothing, projections go on, and nothing is lost',
    async (cluster) => {
      const [paused, other] = cluster === Cluster.FIRST ? [first, second] : [second, first];
      await throwSwitch(Cluster.SECOND, { percent: 100 });
      await throwSwitch(cluster, { state: SwitchState.PAUSED });
      openRelay();
      for (const version of VERSIONS) await appendAll(version);
      await until(() => other.confirmed.length === 80 && app.projected.size === 80, 'the other hears all 80');
      expect(paused.confirmed).toEqual([]);
      await throwSwitch(cluster, { state: SwitchState.OPEN });
      await until(areEmpty, 'both are drained');
      for (const orderId of orders) expect(versionsOf(paused.confirmed, orderId)).toEqual(VERSIONS);
    },
  );
});
