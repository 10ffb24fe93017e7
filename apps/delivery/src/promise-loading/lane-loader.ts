/**
 * Fills the rooms from the truth, in three modes: in full, by what changed (the debts), and by name (which are debts, too). Each room
 * stands for itself: one that fails is tried again, then owed, and never holds up the other.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@ordo/kernel';
import type { Room } from '../promise-rooms/promise-room.js';
import type { LaneRepository, NamedCard } from './lane.repository.js';
import type { LaneDebtRepository } from './lane-debt.repository.js';
import type { PromiseRoomRepository } from './promise-room.repository.js';
import { CARDS_AT_ONCE, type RoomWriter } from './room-writer.js';

/** Between two attempts on one pipeline; a blip is over by the third, and an outage is not waited for. */
const RETRY_AFTER_MS = [100, 400] as const;

export interface RoomLoad {
  readonly room: Room;
  readonly lanes: number;
  /** Null: the room is complete. */
  readonly error: Error | null;
}

interface FullLoadRun {
  readonly room: Room;
  readonly generation: string;
  runId: string;
  error: Error | null;
}

export interface LoadRecorder {
  /** `outcome`: `written` or `failed`. */
  lanesLoaded(room: Room, mode: string, outcome: string, lanes: number): void;
}

export class LaneLoader {
  constructor(
    private readonly lanes: LaneRepository,
    private readonly debts: LaneDebtRepository,
    private readonly states: PromiseRoomRepository,
    private readonly writers: Readonly<Record<Room, RoomWriter>>,
    private readonly clock: Clock,
    private readonly recorder: LoadRecorder,
  ) {}

  /**
   * Every lane of the truth into each of `into`, then the marker. The rooms have to owe a full load already, so that a death on the way
   * leaves them owing it. Safe to repeat. Throws only what the database throws.
   */
  async loadFull(into: readonly Room[]): Promise<readonly RoomLoad[]> {
    const begunAtMs = this.clock.nowMs();
    const loads = into.map((room): FullLoadRun => ({ room, generation: randomUUID(), runId: '', error: null }));
    await Promise.all(loads.map((load) => this.attempt(load, () => this.beginFull(load))));
    const lanes = await this.copyAll(loads);
    await Promise.all(loads.map((load) => this.attempt(load, () => this.endFull(load, lanes, begunAtMs))));
    for (const { room, error } of loads)
      this.recorder.lanesLoaded(room, 'full', error === null ? 'written' : 'failed', lanes);
    return loads.map(({ room, error }) => ({ room, lanes, error }));
  }

  /** What changed, and what failed before: up to `limit` lanes of one room. Answers how many the room holds now that it did not. */
  async settle(room: Room, limit = CARDS_AT_ONCE): Promise<number> {
    const due = await this.debts.due(room, limit);
    if (due.length === 0) return 0;
    const names = due.map(({ lane }) => lane);
    const cards = await this.lanes.named(names);
    try {
      await this.put(room, cards);
    } catch (error) {
      await this.debts.postpone(room, names);
      this.recorder.lanesLoaded(room, 'changes', 'failed', names.length);
      throw error;
    }
    // A name that the truth does not know, and never forgets while it is owed, was a typing error.
    const strangers = due.filter(({ lane }) => !cards.some((card) => card.lane === lane));
    await this.debts.settle(room, [...cards, ...strangers]);
    this.recorder.lanesLoaded(room, 'changes', 'written', names.length);
    return names.length;
  }

  private async copyAll(loads: readonly FullLoadRun[]): Promise<number> {
    let lanes = 0;
    for (let after = ''; loads.some(({ error }) => error === null); ) {
      const cards = await this.lanes.after(after, CARDS_AT_ONCE);
      await Promise.all(loads.map((load) => this.attempt(load, () => this.put(load.room, cards))));
      lanes += cards.length;
      after = cards.at(-1)?.lane ?? after;
      if (cards.length < CARDS_AT_ONCE) break;
    }
    return lanes;
  }

  private async beginFull(load: FullLoadRun): Promise<void> {
    const writer = this.writers[load.room];
    load.runId = (await writer.facts()).runId;
    await writer.begin(load.generation);
    await this.debts.forgive(load.room);
  }

  private async endFull({ room, generation, runId }: FullLoadRun, lanes: number, begunAtMs: number): Promise<void> {
    await this.writers[room].mark(generation);
    await this.states.loaded(room, { generation, runId, lanes, begunAtMs, endedAtMs: this.clock.nowMs() });
  }

  /** A room that failed once is out of this load; the others go on. */
  private async attempt(load: FullLoadRun, step: () => Promise<void>): Promise<void> {
    if (load.error !== null) return;
    try {
      await step();
    } catch (error) {
      load.error = error instanceof Error ? error : new Error(String(error));
    }
  }

  private async put(room: Room, cards: readonly NamedCard[]): Promise<void> {
    if (cards.length === 0) return;
    for (const waitMs of RETRY_AFTER_MS) {
      try {
        return await this.writers[room].write(cards);
      } catch {
        await sleep(waitMs);
      }
    }
    await this.writers[room].write(cards);
  }
}
