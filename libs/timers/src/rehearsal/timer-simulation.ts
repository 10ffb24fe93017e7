/**
 * Processes, their clocks, a Redis and a database, all in memory and in simulated time: what the engine does over hours of faults is known
 * in milliseconds. A process dies at a named step: nothing that it asks for afterwards happens.
 */
import { isDeepStrictEqual } from 'node:util';
import { type Clock, ManualClock, Transient } from '@ordo/kernel';
import { soleOwnership } from '../engine/partition-ownership.js';
import { TimerEngine } from '../engine/timer-engine.js';
import { silentRecorder } from '../engine/timer-recorder.js';
import { type IndexEntry, slotOf } from '../slot/slot.js';
import type { TimerStore } from '../store/timer-store.js';
import type { Owner, WheelIndex } from '../wheel/wheel-index.js';
import { type MemoryTimer, MemoryTimerStore } from './memory-timer-store.js';
import { MemoryWheel } from './memory-wheel.js';

export const SIMULATED_PARTITIONS = [0, 1, 2] as const;
const START_MS = 1_700_000_000_500;
const TICK_MS = 1_000;

export type DyingMoment = 'before' | 'after';

class Died extends Transient {
  constructor() {
    super('NODE_UNAVAILABLE', 'the process is dead', 0);
  }
}

type Through = (name: string, args: readonly unknown[], work: () => unknown) => unknown;

/** One process: an engine whose links end with it. */
export class SimulatedProcess {
  readonly engine: TimerEngine;
  isDead = false;
  /** Calls of its links so far. */
  calls = 0;
  private dying: { readonly step: string; readonly moment: DyingMoment; countdown: number } | undefined;

  /** `skewMs`: how far its wall clock is ahead. */
  constructor(
    readonly epoch: number,
    private readonly simulation: TimerSimulation,
    skewMs = 0,
  ) {
    const clock: Clock = {
      nowMs: () => simulation.clock.nowMs() + skewMs,
      monotonicMs: () => simulation.clock.monotonicMs(),
    };
    this.engine = new TimerEngine({
      store: this.mortal<TimerStore>(simulation.store, (_name, _args, work) => work()),
      index: this.mortal<WheelIndex>(simulation.wheel, (name, args, work) => this.watched(name, args, work)),
      ownership: soleOwnership(epoch, SIMULATED_PARTITIONS),
      clock,
      mayFire: (group) => !simulation.pausedGroups.has(group),
      recorder: {
        ...silentRecorder,
        degraded: (_queue, _partition, isDegraded) => void (simulation.degradations += isDegraded ? 1 : 0),
        rebuilt: () => void (simulation.rebuilds += 1),
        repaired: (_queue, _partition, count) => void (simulation.repairs += count),
        gateRefused: (_queue, reason, count) => void (simulation.refusals[reason] += count),
        failed: (_queue, step, error) => {
          if (!(error instanceof Transient)) simulation.bugs.push(`${step}: ${String(error)}`);
        },
      },
    });
  }

  /** Dies at the `nth` next call of `step`: before it takes effect, or after it but before the answer. */
  dieAt(step: string, moment: DyingMoment, nth = 1): void {
    this.dying = { step, moment, countdown: nth };
  }

  private mortal<Link extends object>(link: Link, through: Through): Link {
    return new Proxy(link, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function' || name === 'groupOf') return value;
        return (...args: unknown[]) => {
          const work = (): unknown => Reflect.apply(value, target, args) as unknown;
          return this.call(String(name), () => through(String(name), args, work));
        };
      },
    });
  }

  /** Notes a call under an epoch that is over which nevertheless changes the partition. The memory's steps happen at once. */
  private watched(name: string, [owner]: readonly unknown[], work: () => unknown): unknown {
    const { partition, epoch } = (owner ?? {}) as Partial<Owner>;
    const found = this.simulation.wheel.partitions.get(partition ?? -1);
    if (found === undefined || epoch === undefined || found.epoch <= epoch) return work();
    const before = structuredClone(found);
    const answer = work();
    if (!isDeepStrictEqual(structuredClone(found), before))
      this.simulation.trespasses.push(`${name} of epoch ${epoch}`);
    return answer;
  }

  private async call(step: string, work: () => unknown): Promise<unknown> {
    this.calls += 1;
    const isNow = this.dying?.step === step && (this.dying.countdown -= 1) === 0;
    if (this.isDead || (isNow && this.dying?.moment === 'before')) {
      this.isDead = true;
      throw new Died();
    }
    const answer = await work();
    if (isNow) this.isDead = true;
    if (this.isDead) throw new Died();
    return answer;
  }
}

export class TimerSimulation {
  readonly clock = new ManualClock(START_MS);
  readonly wheel = new MemoryWheel(this.clock);
  readonly store = new MemoryTimerStore(this.clock);
  readonly bugs: string[] = [];
  /** What an older epoch has changed in a partition of a newer one. */
  readonly trespasses: string[] = [];
  processes: SimulatedProcess[] = [];
  rebuilds = 0;
  repairs = 0;
  degradations = 0;
  readonly refusals = { refused: 0, early: 0 };
  isStoreAway = false;
  /** What an operator has paused, by the store's groups; every process sees it at once. */
  readonly pausedGroups = new Set<number>();
  private epoch = 0;
  private nextId = 1;

  constructor() {
    this.store.before = () => {
      if (this.isStoreAway) throw new Transient('NODE_UNAVAILABLE', 'the database is away', 0);
    };
  }

  /** A process that owns everything from now on. Its predecessor, unless it is dead, believes the same of itself. */
  startProcess(skewMs = 0): SimulatedProcess {
    this.epoch += 1;
    const started = new SimulatedProcess(this.epoch, this, skewMs);
    this.processes.push(started);
    return started;
  }

  get owner(): SimulatedProcess {
    const last = this.processes.at(-1);
    if (last === undefined || last.isDead) return this.startProcess();
    return last;
  }

  /** Commits a timer; `isIndexed` false: its process died before it told the index. */
  async set(dueInMs: number, isIndexed = true): Promise<IndexEntry> {
    const id = String(this.nextId);
    this.nextId += 1;
    const partition = SIMULATED_PARTITIONS[Number(id) % SIMULATED_PARTITIONS.length] ?? 0;
    const entry = this.store.set(id, partition, this.store.nowMs() + dueInMs);
    if (isIndexed) await this.owner.engine.add([entry]);
    return entry;
  }

  /** Lets the seconds pass; every living process looks at each. */
  async pass(seconds: number): Promise<void> {
    for (let count = 0; count < seconds; count += 1) {
      this.clock.advance(TICK_MS);
      await this.tick();
    }
  }

  async tick(): Promise<void> {
    const owner = this.owner;
    const living = this.processes.filter(({ isDead }) => !isDead);
    await Promise.all(living.map(({ engine }) => engine.tick()));
    await Promise.all(living.map(({ engine }) => engine.settled()));
    this.processes = this.processes.filter((each) => !each.isDead || each === owner).slice(-3);
  }

  /** Ids whose effect was committed more than once for the same version. */
  doubles(): string[] {
    const seen = new Set<string>();
    return this.store.effects
      .map(({ id, version }) => `${id}:${version}`)
      .filter((name) => seen.size === seen.add(name).size);
  }

  /** Timers that are pending although they were due more than `graceMs` ago. */
  missing(graceMs: number): string[] {
    const latestMs = this.store.nowMs() - graceMs;
    return [...this.store.timers.values()]
      .filter(({ state, dueMs, id }) => state === 'pending' && dueMs <= latestMs && !this.store.poison.has(id))
      .map(({ id }) => id);
  }

  /** Slots that the cursor has passed although they hold something. */
  passedOver(): string[] {
    return [...this.wheel.partitions].flatMap(([partition, { cursor, slots }]) =>
      [...slots].filter(([slot, ids]) => slot <= cursor && ids.size > 0).map(([slot]) => `${partition}:${slot}`),
    );
  }

  /** Batches that nobody has acknowledged. */
  leased(): number {
    return [...this.wheel.partitions.values()].reduce((sum, { batches }) => sum + batches.size, 0);
  }

  /** Pending timers of the fed stretch behind the cursor that are in no slot and no batch. */
  unindexed(): string[] {
    return this.pendingWhere(
      ({ id, partition }, slot) => slot <= (this.wheel.partitions.get(partition)?.fed ?? 0) && this.places(id) === 0,
    );
  }

  /** Pending timers that are in more than one slot or batch. */
  doubled(): string[] {
    return this.pendingWhere(({ id }) => this.places(id) > 1);
  }

  private pendingWhere(holds: (timer: MemoryTimer, slot: number) => boolean): string[] {
    return [...this.store.timers.values()]
      .filter((timer) => timer.state === 'pending' && holds(timer, slotOf(timer.dueMs)))
      .map(({ id }) => id);
  }

  /** In how many slots and batches of its partition a timer is. */
  private places(id: string): number {
    const found = this.wheel.partitions.get(this.store.timers.get(id)?.partition ?? -1);
    if (found === undefined) return 0;
    const sets = [...found.slots.values(), ...[...found.batches.values()].map(({ ids }) => ids)];
    return sets.filter((ids) => ids.has(id)).length;
  }
}
