/**
 * Keeps the rooms as the truth is: pays what they owe, notices a room that was emptied or restarted, and purges what was deleted long ago. One
 * process at a time, by a lease; two would only do the work twice, because every write is guarded by its version.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lease } from '@ordo/coordination';
import type { Clock } from '@ordo/kernel';
import { type Room, rooms } from '../promise-rooms/promise-room.js';
import { isWritten, type PromiseSwitch } from '../promise-switch/promise-switch.rules.js';
import type { LaneRepository } from './lane.repository.js';
import type { LaneDebtRepository } from './lane-debt.repository.js';
import type { LaneLoader } from './lane-loader.js';
import { FullLoadCause, type PromiseRoomRepository, type RoomState } from './promise-room.repository.js';
import type { RoomWriter } from './room-writer.js';

const TURN_EVERY_MS = 500;
/** A room that fails is tried again after 1, 2, 4 … 30 s, and the other one at once all the while. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** Beyond, a full load is less work than the single debts. */
const MOST_DEBTS = 50_000;
/** Of one room in one turn, so that the other's turn comes. */
const PIPELINES_PER_TURN = 20;
const PURGE_EVERY_MS = 600_000;
/** DESIGN §9. */
export const KEPT_AFTER_DELETION_MS = 15 * 86_400_000;

export interface KeeperRecorder {
  /** What a room owes; `full` says that only a full load helps. */
  roomOwes(room: Room, debts: number, oldestAgeMs: number, full: boolean): void;
  /** The alarm: a room could not be brought up to date. */
  roomFailed(room: Room, error: unknown): void;
  purged(rows: number): void;
  failed(error: unknown): void;
}

export interface KeeperParts {
  readonly lanes: LaneRepository;
  readonly debts: LaneDebtRepository;
  readonly states: PromiseRoomRepository;
  readonly loader: LaneLoader;
  readonly writers: Readonly<Record<Room, RoomWriter>>;
}

interface Pause {
  readonly untilMs: number;
  readonly lastedMs: number;
}

export class PromiseKeeper {
  private readonly stopping = new AbortController();
  private readonly pauses = new Map<Room, Pause>();
  private purgedAtMs = Number.NEGATIVE_INFINITY;
  private keeping: Promise<void> | undefined;

  constructor(
    private readonly parts: KeeperParts,
    private readonly lease: Lease,
    private readonly currentSwitch: () => PromiseSwitch,
    private readonly clock: Clock,
    private readonly recorder: KeeperRecorder,
  ) {}

  start(): void {
    this.keeping ??= this.keep();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.keeping;
    await this.lease.release();
  }

  /** One look at everything; for specs and for the loop. Never throws. */
  async turn(): Promise<void> {
    try {
      if (!this.lease.isHeld && !(await this.lease.acquire())) return;
      const states = await this.parts.states.read();
      const written = states.filter(({ room }) => isWritten(room, this.currentSwitch().writeTo));
      await Promise.all(written.map((state) => this.keepRoom(state)));
      await Promise.all(rooms.map((room) => this.tell(room)));
      await this.purge();
    } catch (error) {
      this.recorder.failed(error);
    }
  }

  private async keep(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.turn();
      await sleep(TURN_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private async keepRoom(state: RoomState): Promise<void> {
    const { room } = state;
    if ((this.pauses.get(room)?.untilMs ?? 0) > this.clock.monotonicMs()) return;
    try {
      if (await this.owesFull(state)) await this.loadFull(room);
      else await this.settle(room);
      this.pauses.delete(room);
    } catch (error) {
      const lastedMs = Math.min((this.pauses.get(room)?.lastedMs ?? FIRST_PAUSE_MS / 2) * 2, LONGEST_PAUSE_MS);
      this.pauses.set(room, { untilMs: this.clock.monotonicMs() + lastedMs, lastedMs });
      this.recorder.roomFailed(room, error);
    }
  }

  /** Whether only a full load makes the room complete; a cause that is found here is written down first. */
  private async owesFull({ room, generation, runId, owesFullSinceMs }: RoomState): Promise<boolean> {
    const facts = await this.parts.writers[room].facts();
    const cause = await this.causeOf(
      room,
      { isMarked: facts.marker === generation, isSame: facts.runId === runId },
      generation,
    );
    if (cause !== undefined) await this.parts.states.oweFull([room], cause, this.clock.nowMs());
    return cause !== undefined || owesFullSinceMs !== null;
  }

  private async causeOf(
    room: Room,
    { isMarked, isSame }: { readonly isMarked: boolean; readonly isSame: boolean },
    generation: string | null,
  ): Promise<FullLoadCause | undefined> {
    if (generation === null) return FullLoadCause.NEW;
    if (!isMarked) return FullLoadCause.EMPTIED;
    if (!isSame) return FullLoadCause.RESTARTED;
    const { debts } = await this.parts.debts.depth(room);
    return debts > MOST_DEBTS ? FullLoadCause.BEHIND : undefined;
  }

  private async loadFull(room: Room): Promise<void> {
    const [load] = await this.parts.loader.loadFull([room]);
    if (load?.error) throw load.error;
  }

  private async settle(room: Room): Promise<void> {
    for (let pipelines = 0; pipelines < PIPELINES_PER_TURN; pipelines += 1)
      if ((await this.parts.loader.settle(room)) === 0) return;
  }

  private async tell(room: Room): Promise<void> {
    const [{ debts, oldestMs }, states] = await Promise.all([this.parts.debts.depth(room), this.parts.states.read()]);
    const isFullOwed = states.some((state) => state.room === room && state.owesFullSinceMs !== null);
    this.recorder.roomOwes(room, debts, oldestMs === null ? 0 : this.clock.nowMs() - oldestMs, isFullOwed);
  }

  /** A room that owes a full load may hold a lane that a purge would make us forget to take away. */
  private async purge(): Promise<void> {
    if (this.clock.monotonicMs() - this.purgedAtMs < PURGE_EVERY_MS) return;
    const states = await this.parts.states.read();
    if (states.some(({ owesFullSinceMs }) => owesFullSinceMs !== null)) return;
    this.purgedAtMs = this.clock.monotonicMs();
    const rows = await this.parts.lanes.purge(this.clock.nowMs() - KEPT_AFTER_DELETION_MS);
    if (rows > 0) this.recorder.purged(rows);
  }
}
