/**
 * The wheel in memory, under a clock that a spec moves. It passes the same contract suite as the one in Redis, so what an engine does with
 * it, it does with that one.
 */
import type { Clock } from '@ordo/kernel';
import { lastDueSlot, type SlotEntry } from '../slot/slot.js';
import { WheelFenced, WheelLost, WheelUnavailable } from '../wheel/wheel.errors.js';
import type { AddOutcome, ClaimOutcome, ClaimRequest, Owner, WheelIndex, WheelState } from '../wheel/wheel-index.js';
import { batchPrefix } from '../wheel/wheel-keys.js';

interface Batch {
  readonly ids: Set<string>;
  leaseEndMs: number;
}

interface Partition {
  epoch: number;
  cursor: number;
  horizon: number;
  fed: number;
  generation: string | undefined;
  readonly slots: Map<number, Set<string>>;
  readonly batches: Map<string, Batch>;
}

export class MemoryWheel implements WheelIndex {
  readonly partitions = new Map<number, Partition>();
  /** Called before every step, by its name; throws where a spec wants the process to die or Redis to be away. */
  before: (step: string) => void = () => undefined;
  /** Called after every step. */
  after: (step: string) => void = () => undefined;
  isAway = false;

  constructor(private readonly clock: Clock) {}

  flush(): void {
    this.partitions.clear();
  }

  async add(partition: number, entries: readonly SlotEntry[]): Promise<AddOutcome> {
    return this.step('add', () => {
      const found = this.partitions.get(partition);
      return found === undefined ? { passed: [], cursor: 0 } : place(found, entries);
    });
  }

  async remove(partition: number, { id, slot }: SlotEntry): Promise<void> {
    return this.step('remove', () => void this.partitions.get(partition)?.slots.get(slot)?.delete(id));
  }

  async move(partition: number, { id, slot }: SlotEntry, toSlot: number): Promise<AddOutcome> {
    return this.step('move', () => {
      const found = this.partitions.get(partition);
      found?.slots.get(slot)?.delete(id);
      return found === undefined ? { passed: [], cursor: 0 } : place(found, [{ id, slot: toSlot }]);
    });
  }

  async adopt({ partition, epoch }: Owner): Promise<WheelState | undefined> {
    return this.step('adopt', () => {
      const found = this.partitions.get(partition);
      if (found === undefined) return undefined;
      if (found.epoch > epoch) throw new WheelFenced({ partition });
      found.epoch = epoch;
      return this.stateOf(found);
    });
  }

  async open({ partition, epoch }: Owner, horizonSeconds: number): Promise<WheelState> {
    return this.step('open', () => {
      const now = lastDueSlot(this.clock.nowMs());
      const fresh: Partition = {
        ...{ epoch, cursor: now, fed: now, horizon: now + horizonSeconds, generation: undefined },
        ...{ slots: new Map(), batches: new Map() },
      };
      const found = this.partitions.get(partition) ?? fresh;
      if (found.epoch > epoch) throw new WheelFenced({ partition });
      found.epoch = epoch;
      this.partitions.set(partition, found);
      return this.stateOf(found);
    });
  }

  async finish(owner: Owner, generation: string): Promise<void> {
    return this.step('finish', () => void (this.ownedBy(owner).generation = generation));
  }

  async raise(owner: Owner, horizon: number): Promise<void> {
    return this.step('raise', () => {
      const found = this.ownedBy(owner);
      found.horizon = Math.max(found.horizon, horizon);
    });
  }

  async load(owner: Owner, entries: readonly SlotEntry[]): Promise<AddOutcome> {
    return this.step('load', () => place(this.ownedBy(owner), entries));
  }

  async markFed(owner: Owner, slot: number): Promise<void> {
    return this.step('markFed', () => {
      const found = this.ownedBy(owner);
      found.fed = Math.max(found.fed, Math.min(slot, found.horizon));
    });
  }

  async claim(owner: Owner, { batch, fromSlot, untilSlot, limit, leaseMs }: ClaimRequest): Promise<ClaimOutcome> {
    return this.step('claim', () => {
      const found = this.ownedBy(owner);
      const nowMs = this.clock.nowMs();
      const nothing = { ids: [], slot: 0, nowMs };
      if (fromSlot !== found.cursor + 1 || found.batches.has(batch)) return { ...nothing, cursor: found.cursor };
      const last = Math.min(lastDueSlot(nowMs), found.fed, untilSlot);
      while (found.cursor < last) {
        const slot = found.cursor + 1;
        const ids = found.slots.get(slot) ?? new Set<string>();
        if (ids.size <= limit) {
          found.slots.delete(slot);
          found.cursor = slot;
        }
        if (ids.size === 0) continue;
        const taken = [...ids].slice(0, limit);
        for (const id of taken) ids.delete(id);
        found.batches.set(batch, { ids: new Set(taken), leaseEndMs: nowMs + leaseMs });
        return { ids: taken, slot, cursor: found.cursor, nowMs };
      }
      return { ...nothing, cursor: found.cursor };
    });
  }

  async ack(owner: Owner, batch: string): Promise<void> {
    return this.step('ack', () => void this.ownedBy(owner).batches.delete(batch));
  }

  async nack(owner: Owner, batch: string, entries: readonly SlotEntry[]): Promise<AddOutcome> {
    return this.step('nack', () => {
      const found = this.ownedBy(owner);
      const held = found.batches.get(batch)?.ids ?? new Set<string>();
      const outcome = place(
        found,
        entries.filter(({ id }) => held.has(id)),
      );
      const passed = new Set(outcome.passed.map(({ id }) => id));
      for (const { id } of entries) if (!passed.has(id)) held.delete(id);
      if (held.size === 0) found.batches.delete(batch);
      return outcome;
    });
  }

  async extend(owner: Owner, batch: string, leaseMs: number): Promise<void> {
    return this.step('extend', () => {
      const held = this.ownedBy(owner).batches.get(batch);
      if (held !== undefined) held.leaseEndMs = this.clock.nowMs() + leaseMs;
    });
  }

  async abandoned(owner: Owner): Promise<readonly string[]> {
    return this.step('abandoned', () => {
      const nowMs = this.clock.nowMs();
      const isAbandoned = ([name, { leaseEndMs }]: [string, Batch]): boolean =>
        !name.startsWith(batchPrefix(owner.epoch)) || leaseEndMs <= nowMs;
      return [...this.ownedBy(owner).batches].filter(isAbandoned).map(([name]) => name);
    });
  }

  async reap(
    owner: Owner,
    abandoned: string,
    { batch, leaseMs }: { readonly batch: string; readonly leaseMs: number },
  ): Promise<readonly string[]> {
    return this.step('reap', () => {
      const { batches } = this.ownedBy(owner);
      const held = batches.get(abandoned);
      if (held === undefined || batches.has(batch)) return [];
      batches.delete(abandoned);
      batches.set(batch, { ids: held.ids, leaseEndMs: this.clock.nowMs() + leaseMs });
      return [...held.ids];
    });
  }

  private async step<T>(name: string, work: () => T): Promise<T> {
    this.before(name);
    if (this.isAway) throw new WheelUnavailable({ step: name }, undefined);
    const result = work();
    this.after(name);
    return result;
  }

  private ownedBy({ partition, epoch }: Owner): Partition {
    const found = this.partitions.get(partition);
    if (found !== undefined && found.epoch > epoch) throw new WheelFenced({ partition });
    if (found === undefined || found.epoch < epoch) throw new WheelLost({ partition });
    return found;
  }

  private stateOf({ cursor, horizon, fed, generation }: Partition): WheelState {
    return { cursor, horizon, fed, isBuilt: generation !== undefined, nowMs: this.clock.nowMs() };
  }
}

function place({ cursor, horizon, slots }: Partition, entries: readonly SlotEntry[]): AddOutcome {
  const passed = entries.filter(({ slot }) => slot <= cursor);
  for (const { id, slot } of entries) {
    if (slot <= cursor || slot > horizon) continue;
    const ids = slots.get(slot) ?? new Set();
    slots.set(slot, ids.add(id));
  }
  return { passed, cursor };
}
