/**
 * Fills the index of one partition from the store. Order is everything here: the horizon is raised first and the store read afterwards,
 * so that a timer that commits in between is indexed by its scheduler (whose add came after the raise) or read by us (because it had
 * committed before). The fed mark follows page by page; a successor goes on from it.
 */
import { HORIZON_SECONDS, type SlotEntry } from '../slot/slot.js';
import type { PendingPage, SlotRange, TimerStore } from '../store/timer-store.js';
import type { Owner, WheelIndex, WheelState } from '../wheel/wheel-index.js';
import type { TimerRecorder } from './timer-recorder.js';

/** 100 KB of ids at most, some 5 ms of the database; a burst's claims wait no longer than that behind it. */
const PAGE = 1_000;
/** The horizon moves in steps of five minutes: one range read per partition and step. */
const STRETCH_SECONDS = 300;
/** Below the cursor nothing is left in a slot; what is still pending there this long after is lost, or in a batch. */
const SWEEP_GRACE_SECONDS = 5;
const SWEEP_PAGES = 4;

export interface FeederPorts {
  readonly store: TimerStore;
  readonly index: WheelIndex;
  readonly recorder: TimerRecorder;
  /** Bounds the reads of all partitions of this process. */
  readonly throttle: <T>(work: () => Promise<T>) => Promise<T>;
}

export class PartitionFeeder {
  private after: string | undefined;
  private loaded = 0;

  constructor(
    private readonly owner: Owner,
    private readonly ports: FeederPorts,
  ) {}

  /** Makes the state of an empty index and loads what is overdue, before anything else. Safe to repeat from the beginning. */
  async rebuild(): Promise<WheelState> {
    const { index, recorder, store } = this.ports;
    const state = await index.open(this.owner, HORIZON_SECONDS);
    this.after = undefined;
    let overdue = 0;
    let after: string | undefined;
    do {
      const page = await this.read({ toSlot: state.cursor }, after);
      await this.loadBehind(state.cursor, page.entries);
      overdue += page.entries.length;
      after = page.next;
    } while (after !== undefined);
    await index.finish(this.owner, `${this.owner.epoch}:${state.nowMs}`);
    recorder.rebuilt(store.queue, this.owner.partition, overdue);
    return { ...state, isBuilt: true };
  }

  /** Loads one page of the next stretch, if there is one to load. Answers the state after it. */
  async feedPage(state: WheelState, nowSlot: number): Promise<WheelState> {
    const { index, recorder, store } = this.ports;
    let { horizon, fed } = state;
    const target = nowSlot + HORIZON_SECONDS;
    if (fed >= horizon && horizon + STRETCH_SECONDS <= target) {
      await index.raise(this.owner, target);
      horizon = target;
    }
    if (fed >= horizon) return { ...state, horizon };
    const page = await this.read({ afterSlot: fed, toSlot: horizon }, this.after);
    if (page.entries.length > 0) await index.load(this.owner, page.entries);
    this.loaded += page.entries.length;
    this.after = page.next;
    // The last slot of a full page may go on in the next one.
    const complete = page.next === undefined ? horizon : (page.entries.at(-1)?.slot ?? 0) - 1;
    if (complete > fed) {
      await index.markFed(this.owner, complete);
      fed = complete;
    }
    if (page.next === undefined) {
      recorder.fed(store.queue, this.owner.partition, this.loaded);
      this.loaded = 0;
    }
    return { ...state, horizon, fed };
  }

  /** Whether the claims are held up by it: nothing behind the fed mark is claimed. */
  isNeeded(state: WheelState, nowSlot: number): boolean {
    return state.fed < state.horizon || state.horizon + STRETCH_SECONDS <= nowSlot + HORIZON_SECONDS;
  }

  /** Forgets a page that was begun under another state of the index. */
  reset(): void {
    this.after = undefined;
    this.loaded = 0;
  }

  /** What pends up to it is not in the drained part of the wheel any more: it was lost, or is being fired. */
  sweptSlot({ cursor }: WheelState): number {
    return cursor - SWEEP_GRACE_SECONDS;
  }

  /** Indexes again what the store has and the drained part of the wheel has not. `isInFlight` names what is being fired just now. */
  async sweep(state: WheelState, isInFlight: (id: string) => boolean): Promise<number> {
    const { recorder, store } = this.ports;
    let repaired = 0;
    let after: string | undefined;
    for (let count = 0; count < SWEEP_PAGES; count += 1) {
      const page = await this.read({ toSlot: this.sweptSlot(state) }, after);
      const lost = page.entries.filter(({ id }) => !isInFlight(id));
      await this.loadBehind(state.cursor, lost);
      repaired += lost.length;
      after = page.next;
      if (after === undefined) break;
    }
    if (repaired > 0) recorder.repaired(store.queue, this.owner.partition, repaired);
    return repaired;
  }

  /** The cursor moves in the same turn of the same owner only, so the slot behind it is still ahead. */
  private async loadBehind(cursor: number, entries: readonly SlotEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const behind = entries.map(({ id }) => ({ id, slot: cursor + 1 }));
    await this.ports.index.load(this.owner, behind);
  }

  private read(range: SlotRange, after: string | undefined): Promise<PendingPage> {
    return this.ports.throttle(() => this.ports.store.pending(this.owner.partition, range, PAGE, after));
  }
}
