/**
 * P6 under the death of nodes: frozen and woken, killed, and still believing. Each case counts in MySQL what was set and what had its
 * effect, and when the partitions of the node that failed fired again. The nodes have names that tell nobody whether they live, as on
 * hosts of their own: what is measured is the leases, not a look into /proc.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@ordo/testing';
import { partitionsOfNode } from '@ordo/timers';
import { StaleMaster } from '../harness/stale-master.js';
import { EACH_ONCE, latenessOf, quantile } from '../harness/timer-ledger.js';
import type { TimerProcess } from '../harness/timer-process.js';
import { TimerStage } from '../harness/timer-stage.js';

const HEAP = 30_000;
/** Enough for a partition to have some of its own due in every second of the takeover. */
const TRICKLE_PER_SECOND = 256;
const TRICKLE_AHEAD_MS = 1_500;
const TAKEN_OVER_MS = 12_000;
const FROZEN_MS = 20_000;
const CASE_MS = 120_000;
const DRAINED_MS = 60_000;

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

describe('a node of timers', () => {
  let stage: TimerStage;

  beforeAll(async () => {
    stage = await TimerStage.open();
    await stage.start({ memberId: 'a' }, { memberId: 'b' }, { memberId: 'c' });
    await stage.shared();
  }, CASE_MS);

  afterEach(() => stage.turnPage());

  afterAll(() => stage.close(), CASE_MS);

  const unfired = async (): Promise<number> => HEAP - (await stage.drained());

  async function firedAgainMs(partitions: readonly number[], sinceMs: number, victim: TimerProcess): Promise<number> {
    return Math.max(...(await stage.firedElsewhere(partitions, sinceMs, victim)));
  }

  async function masterOfNode0(): Promise<TimerProcess> {
    const [master] = await stage.masters();
    const found = stage.living.find((node) => node.isNamedBy(master?.token ?? ''));
    if (found === undefined) throw new Error('nobody is master');
    return found;
  }

  it(
    'that is frozen for 20 s in mid-drain is replaced within 12 s, and refused by its epoch when it wakes',
    async () => {
      const trickle = stage.trickle('t', TRICKLE_PER_SECOND, TRICKLE_AHEAD_MS);
      const victim = await masterOfNode0();
      await stage.inMidDrain(HEAP);
      const partitions = await stage.partitionsOf(victim);
      const frozenMs = await stage.nowMs();
      victim.freeze();
      await pause(FROZEN_MS);
      const againMs = await firedAgainMs(partitions, frozenMs, victim);
      const leftAtWaking = await unfired();
      victim.thaw();
      await victim.report();
      await stage.shared();
      await trickle.stop();
      let fenced = 0;
      const account = await stage.settle('SIGSTOP 20 s and wake', DRAINED_MS, async () => {
        fenced = (await victim.report()).failures['TIMER_PARTITION_FENCED'] ?? 0;
        return `its ${partitions.length} partitions firing again after ${seconds(againMs)}, ${leftAtWaking} of the heap unfired when it woke, ${fenced} of its calls refused by their epoch`;
      });
      expect(account).toMatchObject(EACH_ONCE);
      expect(againMs).toBeLessThanOrEqual(TAKEN_OVER_MS);
      expect(leftAtWaking).toBe(0);
      expect(fenced).toBeGreaterThan(0);
    },
    CASE_MS,
  );

  it(
    'that is killed in mid-drain has its partitions firing elsewhere within 12 s, and nothing lost or done twice',
    async () => {
      const trickle = stage.trickle('t', TRICKLE_PER_SECOND, TRICKLE_AHEAD_MS);
      const master = await masterOfNode0();
      const victim = stage.living.find((node) => node !== master) as TimerProcess;
      await stage.inMidDrain(HEAP);
      const partitions = await stage.partitionsOf(victim);
      const killedMs = await stage.nowMs();
      await victim.kill();
      const left = await unfired();
      await stage.shared();
      await pause(TRICKLE_AHEAD_MS);
      await trickle.stop();
      let againMs = Number.NaN;
      const account = await stage.settle('kill -9 in mid-drain', DRAINED_MS, async () => {
        againMs = await firedAgainMs(partitions, killedMs, victim);
        return `${left} unfired at the kill, its ${partitions.length} partitions firing again after ${seconds(againMs)}`;
      });
      expect(account).toMatchObject(EACH_ONCE);
      expect(left).toBeGreaterThan(0);
      expect(againMs).toBeLessThanOrEqual(TAKEN_OVER_MS);
    },
    CASE_MS,
  );

  it(
    'that was the master leaves everyone else firing while another one is elected, who admits a newcomer',
    async () => {
      const trickle = stage.trickle('t', TRICKLE_PER_SECOND, TRICKLE_AHEAD_MS);
      const victim = await masterOfNode0();
      const [before] = await stage.masters();
      await stage.fired(TRICKLE_PER_SECOND, DRAINED_MS);
      const partitions = await stage.partitionsOf(victim);
      const others = (
        await Promise.all(stage.living.filter((node) => node !== victim).map((node) => stage.partitionsOf(node)))
      ).flat();
      const killedMs = await stage.nowMs();
      await victim.kill();
      await stage.start({ memberId: 'd' });
      await stage.shared();
      await trickle.stop();
      const [after] = await stage.masters();
      let againMs = Number.NaN;
      const account = await stage.settle('the master killed', DRAINED_MS, async () => {
        againMs = await firedAgainMs(partitions, killedMs, victim);
        const latest = quantile(latenessOf(stage.due, await stage.allEffects(others)), 1);
        return `mastership ${before?.epoch} → ${after?.epoch}, a newcomer admitted, its ${partitions.length} partitions firing again after ${seconds(againMs)}, those of others at most ${seconds(latest)} late`;
      });
      expect(account).toMatchObject(EACH_ONCE);
      expect(after?.epoch).toBeGreaterThan(before?.epoch ?? 0);
      expect(againMs).toBeLessThanOrEqual(TAKEN_OVER_MS);
    },
    CASE_MS,
  );

  it(
    'that believes for ever in what it owned changes nothing under its old epochs, nor does a master that is none',
    async () => {
      const [stubborn] = (await stage.start({ memberId: 'e', isStubborn: true })) as [TimerProcess];
      await stage.shared();
      const believed = (await stage.partitionsOf(stubborn)).length;
      const [newcomer] = (await stage.start({ memberId: 'f' })) as [TimerProcess];
      await stage.shared();
      const [master] = await stage.masters();
      const share = partitionsOfNode(0, stage.pools.all.length);
      const rival = new StaleMaster(stage.pools.at(0), stage.group, share, (master?.epoch ?? 1) - 1);
      stage.atEnd(() => rival.group.stop());
      const trickle = stage.trickle('t', TRICKLE_PER_SECOND, TRICKLE_AHEAD_MS);
      await stage.inMidDrain(HEAP);
      await eventually(() => rival.published >= 3, 'the stale master publishes', DRAINED_MS);
      await trickle.stop();
      const [after] = await stage.masters();
      let fenced = 0;
      const account = await stage.settle('two masters, two owners believed', DRAINED_MS, async () => {
        fenced = (await stubborn.report()).failures['TIMER_PARTITION_FENCED'] ?? 0;
        return `${rival.published} rosters of the stale master refused, ${fenced} calls of the owner that believes in ${believed} partitions refused by their epoch`;
      });
      expect(account).toMatchObject(EACH_ONCE);
      expect(fenced).toBeGreaterThan(0);
      expect(after?.epoch).toBe(master?.epoch);
      expect(after?.roster).toContain(newcomer.settings.memberId);
    },
    CASE_MS,
  );
});
