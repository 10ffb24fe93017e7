/**
 * Fires the timers of one queue: looks every second at every partition that this process owns, whatever wakes it in between, so that no
 * lost message and no change of owner can stop it for longer. Correctness rests on the store's gate alone; the engine is about time.
 */
import { type Clock, systemClock } from '@ordo/kernel';
import { groupedBy } from '../slot/grouped-by.js';
import type { IndexEntry, SlotEntry } from '../slot/slot.js';
import type { TimerStore } from '../store/timer-store.js';
import type { WheelIndex } from '../wheel/wheel-index.js';
import { addEntries } from './add-entries.js';
import { FireLane } from './fire-lane.js';
import { OverdueWatch } from './overdue-watch.js';
import type { PartitionOwnership } from './partition-ownership.js';
import { PartitionWheel } from './partition-wheel.js';
import { throttle } from './throttle.js';
import { silentRecorder, type TimerRecorder } from './timer-recorder.js';

export interface TimerEngineOptions {
  readonly store: TimerStore;
  readonly index: WheelIndex;
  readonly ownership: PartitionOwnership;
  /**
   * Asked before every claim, with the store's group (`groupOf`): false, and nothing of that group is fired. `QueueSwitches.mayFire` of
   * the operator's switch; default: always true.
   */
  readonly mayFire?: (group: number) => boolean;
  readonly recorder?: TimerRecorder;
  readonly clock?: Clock;
}

const TICK_MS = 1_000;
/** After the second has begun on the index's clock, so that its slot is due when we ask. */
const AFTER_SECOND_MS = 3;
/** Pages of the store that are read at once by this process; firing needs the database, too. */
const READS_AT_ONCE = 4;

export class TimerEngine {
  private readonly wheels = new Map<number, PartitionWheel>();
  /** Of partitions that are another process's by now, for as long as something that they claimed is being fired. */
  private readonly leaving = new Set<PartitionWheel>();
  private readonly lanes = new Map<number, FireLane>();
  private readonly throttled = throttle(READS_AT_ONCE);
  private readonly recorder: TimerRecorder;
  private readonly clock: Clock;
  private readonly watch: OverdueWatch;
  private sequence = 0;
  private ticks = 0;
  private isPaused = false;
  private isStopping = false;
  private isSampling = false;
  private wakeUp: (() => void) | undefined;
  private running: Promise<void> | undefined;

  constructor(private readonly options: TimerEngineOptions) {
    this.recorder = options.recorder ?? silentRecorder;
    this.clock = options.clock ?? systemClock;
    const { store } = options;
    this.watch = new OverdueWatch({ store, recorder: this.recorder, clock: this.clock, throttle: this.throttled });
  }

  get queue(): string {
    return this.options.store.queue;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Claims nothing more, lets what was claimed come to its end, and returns. */
  async stop(): Promise<void> {
    this.isStopping = true;
    this.wakeUp?.();
    await this.running;
    await this.settled();
  }

  /** This process fires nothing of the queue until {@link resume}; what is due waits and is not lost. */
  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.wake();
  }

  /** Something has changed: look now and not at the next second. */
  wake(): void {
    this.wakeUp?.();
  }

  /**
   * After the commit of what the entries belong to: puts them into the index. Never throws; what does not get there is found by the feeder
   * or the sweeper. Safe to repeat.
   */
  async add(entries: readonly IndexEntry[]): Promise<void> {
    const groups = groupedBy(entries, ({ partition }) => partition);
    await Promise.all([...groups].map(([partition, group]) => this.addTo(partition, group)));
  }

  /** Best effort, after the commit of a cancel: spares the gate a refusal. Never throws. */
  async remove({ partition, id, slot }: IndexEntry): Promise<void> {
    await this.options.index
      .remove(partition, { id, slot })
      .catch((error) => this.recorder.failed(this.queue, 'remove', error));
  }

  /** After the commit of a reschedule: the timer's old place and its new slot. Never throws. */
  async move(from: IndexEntry, toSlot: number): Promise<void> {
    try {
      const { passed } = await this.options.index.move(from.partition, from, toSlot);
      if (passed.length > 0) await this.addTo(from.partition, passed);
    } catch (error) {
      this.recorder.failed(this.queue, 'move', error);
    }
  }

  /** One look at everything; resolves when nothing more is due. Never throws. */
  async tick(): Promise<void> {
    this.adjustOwned();
    const wheels = [...this.wheels.values()];
    for (const wheel of wheels) void wheel.extendLeases();
    const sampled = this.sampleDepth(wheels);
    const overdue = this.watch.look(wheels);
    await Promise.all(wheels.map((wheel) => wheel.turn()));
    await Promise.all((await overdue).map((wheel) => wheel.sweep()));
    await sampled;
  }

  /** Resolves when nothing that was claimed is still being fired. */
  async settled(): Promise<void> {
    await Promise.all([...this.wheels.values(), ...this.leaving].map((wheel) => wheel.settled()));
  }

  /**
   * For whoever is about to give `partitions` away, which this process does not own any more: resolves when nothing that was claimed of
   * them is still being fired. The next owner takes over what is claimed at once, and its handlers would run beside ours.
   */
  async handedOver(partitions: readonly number[]): Promise<void> {
    this.adjustOwned();
    const wheels = [...this.leaving].filter(({ owner }) => partitions.includes(owner.partition));
    await Promise.all(wheels.map((wheel) => wheel.settled()));
  }

  private async run(): Promise<void> {
    while (!this.isStopping) {
      void this.tick();
      await this.untilNextSecond();
    }
  }

  /** Sleeps until the next second of the index's clock, at most a second, or until woken. */
  private untilNextSecond(): Promise<void> {
    if (this.isStopping) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.msToNextSecond());
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private msToNextSecond(): number {
    const heard = [...this.wheels.values()].map(({ indexNowMs }) => indexNowMs).filter((nowMs) => nowMs !== undefined);
    const nowMs = heard.length > 0 ? Math.max(...heard) : this.clock.nowMs();
    return Math.min(TICK_MS - (Math.floor(nowMs) % TICK_MS) + AFTER_SECOND_MS, TICK_MS);
  }

  private adjustOwned(): void {
    const owned = new Map(this.isStopping ? [] : this.options.ownership.owned().map((each) => [each.partition, each]));
    for (const [partition, wheel] of this.wheels) {
      const epoch = owned.get(partition)?.epoch;
      if (epoch === wheel.owner.epoch) continue;
      this.wheels.delete(partition);
      this.leaving.add(wheel);
      void wheel.settled().finally(() => this.leaving.delete(wheel));
      if (epoch === undefined) this.recorder.released(this.queue, partition);
    }
    for (const owner of owned.values()) {
      if (!this.wheels.has(owner.partition)) this.wheels.set(owner.partition, this.newWheel(owner));
    }
  }

  private mayFire(partition: number): boolean {
    const { store, mayFire } = this.options;
    return !this.isPaused && (mayFire === undefined || mayFire(store.groupOf(partition)));
  }

  private newWheel(owner: { readonly partition: number; readonly epoch: number }): PartitionWheel {
    const { store, index, ownership } = this.options;
    const lane = this.laneOf(store.groupOf(owner.partition));
    return new PartitionWheel(owner, {
      ...{ store, index, lane, recorder: this.recorder, clock: this.clock, throttle: this.throttled },
      isTrusted: () =>
        !this.isStopping && this.mayFire(owner.partition) && ownership.epochOf(owner.partition) === owner.epoch,
      nextSequence: () => {
        this.sequence += 1;
        return this.sequence;
      },
    });
  }

  private laneOf(group: number): FireLane {
    let lane = this.lanes.get(group);
    if (lane === undefined) {
      lane = new FireLane(this.options.store, this.recorder);
      this.lanes.set(group, lane);
    }
    return lane;
  }

  private async addTo(partition: number, entries: readonly SlotEntry[]): Promise<void> {
    await addEntries(this.options.index, partition, entries).catch((error) =>
      this.recorder.failed(this.queue, 'add', error),
    );
  }

  /** One partition a tick, so that a full round takes a minute and no count of millions of rows happens at once. */
  private async sampleDepth(wheels: readonly PartitionWheel[]): Promise<void> {
    this.ticks += 1;
    const partition = wheels[this.ticks % Math.max(wheels.length, 1)]?.owner.partition;
    // A count that takes longer than a tick must not be joined by the next one.
    if (partition === undefined || this.isSampling) return;
    this.isSampling = true;
    try {
      const { pending, oldestDueAgeMs } = await this.options.store.depth(partition);
      this.recorder.depth(this.queue, partition, pending, oldestDueAgeMs);
    } catch (error) {
      this.recorder.failed(this.queue, 'depth', error);
    } finally {
      this.isSampling = false;
    }
  }
}
