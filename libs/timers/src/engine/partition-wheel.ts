/**
 * One owned partition: takes it over, claims what is due, hands it to the fire lane, puts back what is not done, and repairs. Every step
 * may be the last one of this process; what then remains is a lease that runs out, an entry that the gate refuses, or a row that the
 * sweeper finds.
 */
import { type Clock, InvariantViolation } from '@ordo/kernel';
import { type IndexEntry, lastDueSlot, type SlotEntry, slotOf } from '../slot/slot.js';
import type { TimerStore } from '../store/timer-store.js';
import { WheelFenced, WheelLost, WheelUnavailable } from '../wheel/wheel.errors.js';
import type { Owner, WheelIndex, WheelState } from '../wheel/wheel-index.js';
import { batchPrefix } from '../wheel/wheel-keys.js';
import { type FireLane, type LaneVerdict, MAX_BATCH } from './fire-lane.js';
import { PartitionFeeder } from './partition-feeder.js';
import type { TimerRecorder } from './timer-recorder.js';

/** A claimed batch belongs to its owner this long without a sign of life; a successor of a later epoch does not wait for it. */
const BATCH_LEASE_MS = 10_000;
const EXTEND_AFTER_MS = 3_000;
/** Batches of one partition under way: one is fired while the next is claimed, and a slow handler or two stop neither. */
const BATCHES_AT_ONCE = 4;
/** Batches between two looks at what else there is to do. */
const BATCHES_PER_ROUND = 8;
const REAP_EVERY_MS = 3_000;
/** A hiccup of Redis is over within a lease; firing from the database begins when it is not. */
const DEGRADE_AFTER_MS = 3_000;
/**
 * A lease that was lost is known to be lost within its 10 s. Who is fenced for longer and still owns the partition has met an epoch that no
 * lease of this database ever gave: it was restored from a backup, or two installations share a Redis.
 */
const FENCED_FOR_GOOD_MS = 12_000;
/** What the store could not answer for is tried again after 1, 2, 4 … 16 s; what it failed on, after a minute. */
const AWAY_BACK_OFF_MS = 1_000;
const AWAY_DOUBLINGS = 4;
const POISON_BACK_OFF_MS = 60_000;

export interface WheelPorts {
  readonly store: TimerStore;
  readonly index: WheelIndex;
  readonly lane: FireLane;
  readonly recorder: TimerRecorder;
  readonly clock: Clock;
  readonly throttle: <T>(work: () => Promise<T>) => Promise<T>;
  readonly isTrusted: () => boolean;
  /** A number that no batch of this process had before. */
  readonly nextSequence: () => number;
}

interface Flight {
  readonly ids: ReadonlySet<string>;
  readonly done: Promise<void>;
  extendedMs: number;
}

export class PartitionWheel {
  private readonly feeder: PartitionFeeder;
  private readonly flights = new Map<string, Flight>();
  private state: WheelState | undefined;
  private turning: Promise<void> | undefined;
  private isFenced = false;
  /** The index's clock minus our monotonic one: neither steps. */
  private offsetMs: number | undefined;
  private awaySinceMs: number | undefined;
  private isDegraded = false;
  private awayInARow = 0;
  private reapedMs = Number.NEGATIVE_INFINITY;
  private hasOverdue = false;

  constructor(
    readonly owner: Owner,
    private readonly ports: WheelPorts,
  ) {
    this.feeder = new PartitionFeeder(owner, ports);
  }

  /** ms of the index's clock, once it has been heard. */
  get indexNowMs(): number | undefined {
    return this.offsetMs === undefined ? undefined : this.ports.clock.monotonicMs() + this.offsetMs;
  }

  /** Drains what is due and keeps the partition in order. Joins a turn that is still under way. Never throws. */
  turn(): Promise<void> {
    this.turning ??= this.guardedTurn().finally(() => {
      this.turning = undefined;
    });
    return this.turning;
  }

  /** What still pends up to this slot is lost, or being fired; undefined while that cannot be said. */
  get sweptSlot(): number | undefined {
    const { state, turning } = this;
    return state === undefined || turning !== undefined || !this.mayWork ? undefined : this.feeder.sweptSlot(state);
  }

  /** The store has timers there: the ones that are not being fired are put into the index again. Never throws. */
  sweep(): Promise<void> {
    this.hasOverdue = true;
    return this.turn();
  }

  /** Prolongs the leases of what takes long; apart from the turn, because the turn may be waiting for that very batch. */
  async extendLeases(): Promise<void> {
    const nowMs = this.ports.clock.monotonicMs();
    for (const [batch, flight] of this.flights) {
      if (nowMs - flight.extendedMs < EXTEND_AFTER_MS) continue;
      flight.extendedMs = nowMs;
      await this.ports.index.extend(this.owner, batch, BATCH_LEASE_MS).catch((error) => this.note('extend', error));
    }
  }

  /** Resolves when nothing that was claimed is still being fired. */
  async settled(): Promise<void> {
    await this.turning;
    await Promise.all([...this.flights.values()].map(({ done }) => done));
  }

  private get mayWork(): boolean {
    return !this.isFenced && this.ports.isTrusted();
  }

  private async guardedTurn(): Promise<void> {
    if (this.isFenced) {
      await this.turnWithoutIndex(FENCED_FOR_GOOD_MS);
      return;
    }
    try {
      await this.drainAgainIfLost();
      this.awaySinceMs = undefined;
      this.setDegraded(false);
    } catch (error) {
      this.note('turn', error);
      // A Redis that refuses a script (a version, a setting) is as good as none.
      const isWithoutIndex = error instanceof WheelUnavailable || error instanceof InvariantViolation;
      if (isWithoutIndex) await this.turnWithoutIndex(DEGRADE_AFTER_MS);
    }
  }

  /** An index that is gone is made anew in the same turn: its timers are waiting. */
  private async drainAgainIfLost(): Promise<void> {
    try {
      await this.drain();
    } catch (error) {
      if (!(error instanceof WheelLost)) throw error;
      this.note('turn', error);
      await this.drain();
    }
  }

  private async drain(): Promise<void> {
    while (this.mayWork) {
      this.state ??= await this.takeOver();
      const isDrained = await this.claimRound();
      await this.reapIfDue();
      const isFed = await this.feedIfDue();
      if (!isDrained || !isFed) continue;
      await this.sweepIfOverdue();
      return;
    }
  }

  private async takeOver(): Promise<WheelState> {
    this.feeder.reset();
    const adopted = await this.ports.index.adopt(this.owner);
    const state = adopted?.isBuilt === true ? adopted : await this.feeder.rebuild();
    this.hear(state.nowMs);
    this.reapedMs = Number.NEGATIVE_INFINITY;
    return state;
  }

  /** Answers whether everything that was due has been claimed. */
  private async claimRound(): Promise<boolean> {
    for (let count = 0; count < BATCHES_PER_ROUND && this.mayWork; count += 1) {
      await this.ports.lane.room();
      if (this.flights.size >= BATCHES_AT_ONCE) await Promise.race([...this.flights.values()].map(({ done }) => done));
      const state = this.currentState();
      const untilSlot = Math.min(this.nowSlot() + 1, state.fed);
      if (untilSlot <= state.cursor) return true;
      const batch = this.nextBatch();
      const request = { batch, fromSlot: state.cursor + 1, untilSlot, limit: MAX_BATCH, leaseMs: BATCH_LEASE_MS };
      const { ids, slot, cursor, nowMs } = await this.ports.index.claim(this.owner, request);
      this.hear(nowMs);
      this.state = { ...this.currentState(), cursor };
      if (ids.length > 0) this.launch(batch, ids, slot);
      else if (cursor >= Math.min(lastDueSlot(nowMs), state.fed)) return true;
    }
    return !this.mayWork;
  }

  private async reapIfDue(): Promise<void> {
    const nowMs = this.ports.clock.monotonicMs();
    if (nowMs - this.reapedMs < REAP_EVERY_MS) return;
    this.reapedMs = nowMs;
    for (const abandoned of await this.ports.index.abandoned(this.owner)) {
      if (this.flights.has(abandoned)) continue;
      await this.ports.lane.room();
      const batch = this.nextBatch();
      const ids = await this.ports.index.reap(this.owner, abandoned, { batch, leaseMs: BATCH_LEASE_MS });
      if (ids.length > 0) this.launch(batch, ids, this.currentState().cursor);
    }
  }

  /** One page at a time, so that claims are never far away. */
  private async feedIfDue(): Promise<boolean> {
    const state = this.currentState();
    if (!this.feeder.isNeeded(state, this.nowSlot())) return true;
    const { horizon, fed } = await this.feeder.feedPage(state, this.nowSlot());
    this.state = { ...this.currentState(), horizon, fed };
    return fed >= horizon;
  }

  private async sweepIfOverdue(): Promise<void> {
    if (!this.hasOverdue) return;
    this.hasOverdue = false;
    const isInFlight = (id: string): boolean => [...this.flights.values()].some(({ ids }) => ids.has(id));
    await this.feeder.sweep(this.currentState(), isInFlight);
  }

  private launch(batch: string, ids: readonly string[], slot: number): void {
    const done = this.settle(batch, ids, slot).finally(() => this.flights.delete(batch));
    this.flights.set(batch, { ids: new Set(ids), done, extendedMs: this.ports.clock.monotonicMs() });
  }

  /** Fires a batch and tells the index. Never throws: a lease that is not given back runs out. */
  private async settle(batch: string, ids: readonly string[], slot: number): Promise<void> {
    const entries = ids.map((id): IndexEntry => ({ id, slot, partition: this.owner.partition }));
    const verdicts = await this.fire(entries);
    const again: SlotEntry[] = [];
    verdicts.forEach((verdict, at) => {
      const entry = entries[at];
      const againSlot = this.againSlotOf(verdict);
      if (entry !== undefined && againSlot !== undefined) again.push({ id: entry.id, slot: againSlot });
    });
    try {
      await this.putBack(batch, again);
      if (again.length < entries.length) await this.ports.index.ack(this.owner, batch);
    } catch (error) {
      this.note('ack', error);
    }
  }

  private async fire(entries: readonly IndexEntry[]): Promise<readonly LaneVerdict[]> {
    const verdicts = await this.ports.lane.fire(entries);
    this.awayInARow = verdicts.some(({ kind }) => kind === 'unanswered') ? this.awayInARow + 1 : 0;
    recordVerdicts(this.ports.recorder, this.ports.store.queue, verdicts);
    return verdicts;
  }

  private againSlotOf(verdict: LaneVerdict): number | undefined {
    if (verdict.kind === 'early' || verdict.kind === 'retried') return slotOf(verdict.dueMs);
    if (verdict.kind !== 'unanswered') return undefined;
    const away = AWAY_BACK_OFF_MS * 2 ** Math.min(this.awayInARow - 1, AWAY_DOUBLINGS);
    return slotOf((this.indexNowMs ?? this.ports.clock.nowMs()) + (verdict.isPoison ? POISON_BACK_OFF_MS : away));
  }

  private async putBack(batch: string, entries: readonly SlotEntry[]): Promise<void> {
    let waiting = entries;
    while (waiting.length > 0) {
      const { passed, cursor } = await this.ports.index.nack(this.owner, batch, waiting);
      // Two behind the cursor: it may pass the next one while we ask.
      waiting = passed.map(({ id }) => ({ id, slot: cursor + 2 }));
    }
  }

  /** Without the index the store is asked directly: slower, and as correct, because the gate decides either way. */
  private async turnWithoutIndex(afterMs: number): Promise<void> {
    const nowMs = this.ports.clock.monotonicMs();
    this.awaySinceMs ??= nowMs;
    if (nowMs - this.awaySinceMs < afterMs || !this.ports.isTrusted()) return;
    this.setDegraded(true);
    try {
      await this.fireFromStore();
    } catch (error) {
      this.note('degraded', error);
    }
  }

  private async fireFromStore(): Promise<void> {
    const { store, throttle } = this.ports;
    const { partition } = this.owner;
    let after: string | undefined;
    do {
      const page = await throttle(() => store.pending(partition, { toSlot: 'now' }, MAX_BATCH, after));
      const entries = page.entries.map((entry) => ({ ...entry, partition }));
      const verdicts = entries.length > 0 ? await this.fire(entries) : [];
      if (verdicts.some(({ kind }) => kind === 'unanswered')) return;
      after = page.next;
    } while (after !== undefined && this.ports.isTrusted());
  }

  private setDegraded(isDegraded: boolean): void {
    if (this.isDegraded === isDegraded) return;
    this.isDegraded = isDegraded;
    this.ports.recorder.degraded(this.ports.store.queue, this.owner.partition, isDegraded);
  }

  private note(step: string, error: unknown): void {
    if (error instanceof WheelFenced) this.isFenced = true;
    if (error instanceof WheelLost) this.state = undefined;
    this.ports.recorder.failed(this.ports.store.queue, step, error);
  }

  private hear(nowMs: number): void {
    this.offsetMs = nowMs - this.ports.clock.monotonicMs();
  }

  private nowSlot(): number {
    return lastDueSlot(this.indexNowMs ?? this.ports.clock.nowMs());
  }

  private nextBatch(): string {
    return `${batchPrefix(this.owner.epoch)}${this.ports.nextSequence().toString(36)}`;
  }

  /** A settled batch may have found the index lost while the turn was waiting: then this turn is over. */
  private currentState(): WheelState {
    if (this.state === undefined) throw new WheelLost({ queue: this.ports.store.queue, ...this.owner });
    return this.state;
  }
}

function recordVerdicts(recorder: TimerRecorder, queue: string, verdicts: readonly LaneVerdict[]): void {
  const latenessMs: number[] = [];
  const counts = { refused: 0, early: 0, retried: 0, failed: 0, unanswered: 0 };
  for (const verdict of verdicts) {
    if (verdict.kind === 'fired') latenessMs.push(verdict.lateMs);
    else counts[verdict.kind] += 1;
  }
  if (latenessMs.length > 0) recorder.fired(queue, latenessMs);
  if (counts.refused > 0) recorder.gateRefused(queue, 'refused', counts.refused);
  if (counts.early > 0) recorder.gateRefused(queue, 'early', counts.early);
  if (counts.retried > 0) recorder.handlerFailed(queue, false, counts.retried);
  if (counts.failed > 0) recorder.handlerFailed(queue, true, counts.failed);
}
