/** A TimerStore in memory with a clock of its own, as a database has one; passes the contract suite of the port. */
import type { Clock } from '@ordo/kernel';
import { type IndexEntry, lastDueSlot, slotOf } from '../slot/slot.js';
import type { FiringVerdict, PendingDepth, PendingPage, SlotRange, TimerStore } from '../store/timer-store.js';

export interface MemoryTimer {
  readonly id: string;
  readonly partition: number;
  dueMs: number;
  state: 'pending' | 'fired' | 'cancelled';
  version: number;
}

export interface MemoryEffect {
  readonly id: string;
  readonly version: number;
  readonly lateMs: number;
}

const POISON_BACK_OFF_MS = 5_000;

export class MemoryTimerStore implements TimerStore {
  readonly queue = 'memory';
  readonly timers = new Map<string, MemoryTimer>();
  readonly effects: MemoryEffect[] = [];
  /** Ids whose handler fails. */
  readonly poison = new Set<string>();
  /** The database's clock against the others'. */
  skewMs = 0;
  before: (step: string) => void = () => undefined;
  after: (step: string) => void = () => undefined;

  constructor(private readonly clock: Clock) {}

  nowMs(): number {
    return this.clock.nowMs() + this.skewMs;
  }

  set(id: string, partition: number, dueMs: number): IndexEntry {
    this.timers.set(id, { id, partition, dueMs, state: 'pending', version: 1 });
    return { id, partition, slot: slotOf(dueMs) };
  }

  cancel(id: string): void {
    const timer = this.timers.get(id);
    if (timer?.state === 'pending') timer.state = 'cancelled';
  }

  /** The entry at its old place, if the timer was pending. */
  reschedule(id: string, dueMs: number): IndexEntry | undefined {
    const timer = this.timers.get(id);
    if (timer?.state !== 'pending') return undefined;
    const old = { id, partition: timer.partition, slot: slotOf(timer.dueMs) };
    timer.dueMs = dueMs;
    timer.version += 1;
    return old;
  }

  groupOf(partition: number): number {
    return partition % 2;
  }

  async pending(partition: number, range: SlotRange, limit: number, after?: string): Promise<PendingPage> {
    return this.step('pending', () => {
      const toSlot = range.toSlot === 'now' ? lastDueSlot(this.nowMs()) : range.toSlot;
      const all = [...this.timers.values()]
        .filter((timer) => timer.state === 'pending' && timer.partition === partition)
        .map(({ id, dueMs }) => ({ id, slot: slotOf(dueMs) }))
        .filter(({ slot }) => slot > (range.afterSlot ?? -1) && slot <= toSlot)
        .sort((a, b) => a.slot - b.slot || Number(a.id) - Number(b.id));
      const from = after === undefined ? 0 : all.findIndex(({ id, slot }) => isBehind(after, slot, id));
      if (from < 0) return { entries: [] };
      const entries = all.slice(from, from + limit);
      const last = entries.at(-1);
      return from + limit < all.length && last !== undefined
        ? { entries, next: `${last.slot}:${last.id}` }
        : { entries };
    });
  }

  async overdue(partitions: readonly number[], toSlot: number): Promise<readonly number[]> {
    return this.step('overdue', () => {
      const due = [...this.timers.values()].filter(
        ({ state, dueMs }) => state === 'pending' && slotOf(dueMs) <= toSlot,
      );
      return partitions.filter((each) => due.some(({ partition }) => partition === each));
    });
  }

  async fire(entries: readonly IndexEntry[]): Promise<readonly FiringVerdict[]> {
    return this.step('fire', () => entries.map(({ id }) => this.fireOne(id)));
  }

  async depth(partition: number): Promise<PendingDepth> {
    const due = [...this.timers.values()].filter((each) => each.state === 'pending' && each.partition === partition);
    const oldestDueMs = Math.min(this.nowMs(), ...due.map(({ dueMs }) => dueMs));
    return { pending: due.length, oldestDueAgeMs: this.nowMs() - oldestDueMs };
  }

  private fireOne(id: string): FiringVerdict {
    const timer = this.timers.get(id);
    if (timer?.state !== 'pending') return { kind: 'refused' };
    const lateMs = this.nowMs() - timer.dueMs;
    if (lateMs < 0) return { kind: 'early', dueMs: timer.dueMs };
    if (this.poison.has(id)) {
      timer.dueMs = this.nowMs() + POISON_BACK_OFF_MS;
      return { kind: 'retried', dueMs: timer.dueMs };
    }
    timer.state = 'fired';
    this.effects.push({ id, version: timer.version, lateMs });
    return { kind: 'fired', lateMs };
  }

  private async step<T>(name: string, work: () => T): Promise<T> {
    this.before(name);
    const result = work();
    this.after(name);
    return result;
  }
}

function isBehind(after: string, slot: number, id: string): boolean {
  const [afterSlot = 0, afterId = 0] = after.split(':').map(Number);
  return slot > afterSlot || (slot === afterSlot && Number(id) > afterId);
}
