/**
 * Finds what the index has lost: every ten seconds each partition is asked for timers that should have been claimed by now. All partitions
 * of a group are asked at once, because there is nearly never one; asking each apart was most of what an idle worker did.
 */
import { groupedBy } from '../slot/grouped-by.js';
import type { PartitionWheel, WheelPorts } from './partition-wheel.js';

/** With the grace of the sweep and a tick, a lost entry is late by some 20 s at worst. */
const LOOK_EVERY_MS = 10_000;

export type WatchPorts = Pick<WheelPorts, 'store' | 'recorder' | 'clock' | 'throttle'>;

export class OverdueWatch {
  /** The ten seconds in which a wheel was asked about last: wheels that came at different times are asked about together. */
  private readonly lookedAt = new WeakMap<PartitionWheel, number>();

  constructor(private readonly ports: WatchPorts) {}

  /** Those that have something to sweep. Before they turn: a wheel under way is asked about when it has come to its end. Never throws. */
  async look(wheels: readonly PartitionWheel[]): Promise<readonly PartitionWheel[]> {
    const period = Math.floor(this.ports.clock.monotonicMs() / LOOK_EVERY_MS);
    const due = wheels.filter((wheel) => wheel.sweptSlot !== undefined && this.lookedAt.get(wheel) !== period);
    for (const wheel of due) this.lookedAt.set(wheel, period);
    const asked = groupedBy(due, ({ owner, sweptSlot }) => `${this.ports.store.groupOf(owner.partition)}/${sweptSlot}`);
    const found = await Promise.all([...asked.values()].map((group) => this.overdueOf(group)));
    return found.flat();
  }

  private async overdueOf(group: readonly PartitionWheel[]): Promise<readonly PartitionWheel[]> {
    const { store, recorder, throttle } = this.ports;
    const toSlot = group[0]?.sweptSlot ?? 0;
    try {
      const overdue = await throttle(() =>
        store.overdue(
          group.map(({ owner }) => owner.partition),
          toSlot,
        ),
      );
      return group.filter(({ owner }) => overdue.includes(owner.partition));
    } catch (error) {
      recorder.failed(store.queue, 'overdue', error);
      return [];
    }
  }
}
