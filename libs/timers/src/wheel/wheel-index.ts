/**
 * The index: a wheel of one-second slots per partition, rebuildable at any time. An obligation of every owner call: under an epoch older
 * than the one that the partition knows it changes nothing and throws WheelFenced; without the partition's state it changes nothing and
 * throws WheelLost. Any call may throw WheelUnavailable, and may have happened nevertheless; each is safe to repeat.
 */
import type { SlotEntry } from '../slot/slot.js';

export interface WheelState {
  /** Every slot up to here is empty; what comes for it is put behind. */
  readonly cursor: number;
  /** Schedulers index their timers up to this slot themselves. */
  readonly horizon: number;
  /** Every pending timer up to this slot has been loaded; nothing behind it is claimed. */
  readonly fed: number;
  /** Whether the overdue have been loaded since the index was last empty. */
  readonly isBuilt: boolean;
  /** The index's clock. */
  readonly nowMs: number;
}

export interface AddOutcome {
  /** Not accepted, because the cursor has passed their slot: to be added again behind it. */
  readonly passed: readonly SlotEntry[];
  readonly cursor: number;
}

export interface ClaimRequest {
  /** The name of the batch that is made; unique within the partition for ever. */
  readonly batch: string;
  /** The slot behind the cursor, as the owner knows it. */
  readonly fromSlot: number;
  /** No slot behind this one, whatever the clock says. */
  readonly untilSlot: number;
  readonly limit: number;
  readonly leaseMs: number;
}

export interface ClaimOutcome {
  /** Empty: nothing is due. */
  readonly ids: readonly string[];
  readonly slot: number;
  readonly cursor: number;
  readonly nowMs: number;
}

export interface Owner {
  readonly partition: number;
  readonly epoch: number;
}

export interface WheelIndex {
  /** For schedulers. Entries beyond the horizon are left to the feeder, and all of them when the index is not there. */
  add(partition: number, entries: readonly SlotEntry[]): Promise<AddOutcome>;
  /** Best effort, for a cancelled timer: what stays behind loses at the gate. */
  remove(partition: number, entry: SlotEntry): Promise<void>;
  /** Best effort, for a rescheduled timer, within its partition. */
  move(partition: number, entry: SlotEntry, toSlot: number): Promise<AddOutcome>;

  /** Takes the partition under `epoch`; undefined when nothing is there to take. */
  adopt(owner: Owner): Promise<WheelState | undefined>;
  /** Makes the state of a partition that has none: the cursor at the index's clock, nothing fed. Leaves one that is there as it is. */
  open(owner: Owner, horizonSeconds: number): Promise<WheelState>;
  /** The overdue are loaded: a generation is complete. */
  finish(owner: Owner, generation: string): Promise<void>;
  /** From now on schedulers index up to `horizon`. Never lowers it. */
  raise(owner: Owner, horizon: number): Promise<void>;
  /** Adds what the owner read from the store. */
  load(owner: Owner, entries: readonly SlotEntry[]): Promise<AddOutcome>;
  /** Everything up to `slot` was loaded. Never lowers the mark, never lifts it over the horizon. */
  markFed(owner: Owner, slot: number): Promise<void>;
  /** Leases up to `limit` ids of the first slot that is not empty, and moves the cursor over those that are. */
  claim(owner: Owner, request: ClaimRequest): Promise<ClaimOutcome>;
  /** Forgets a batch. */
  ack(owner: Owner, batch: string): Promise<void>;
  /** Takes entries out of a batch and back into slots; what lies beyond the horizon is left to the feeder. */
  nack(owner: Owner, batch: string, entries: readonly SlotEntry[]): Promise<AddOutcome>;
  /** Prolongs a batch's lease. */
  extend(owner: Owner, batch: string, leaseMs: number): Promise<void>;
  /** Batches whose lease ran out, and those of earlier epochs at once: their owner is fenced. */
  abandoned(owner: Owner): Promise<readonly string[]>;
  /** Takes over an abandoned batch under a new name; empty when another call was faster. */
  reap(
    owner: Owner,
    abandoned: string,
    request: { readonly batch: string; readonly leaseMs: number },
  ): Promise<readonly string[]>;
}
