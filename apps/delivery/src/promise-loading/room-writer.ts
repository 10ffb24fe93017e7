/**
 * Writes lanes into one room, in pipelines, each card only over an older one: two loaders, or a full load and a change, may meet in any
 * order. Throws what Redis says; whoever calls decides whether to try again or to owe. A connection of its own, so that a load never
 * stands before a reader.
 */
import { openRedis, within } from '@ordo/cache';
import { transient } from '@ordo/contracts';
import type { Redis } from 'ioredis';
import { cardText } from '../promise-lanes/card-text.js';
import { LOADING_KEY, laneKey, MARKER_KEY, type Room } from '../promise-rooms/promise-room.js';
import type { NamedCard } from './lane.repository.js';

/** Five hundred cards are some 100 KB: one packet for the network, some milliseconds for the server, no wait for its readers. */
export const CARDS_AT_ONCE = 500;
/** A load is in no hurry, but a frozen room must not hold it. */
const WRITE_TIMEOUT_MS = 2_000;
/** A lane that was taken away is remembered for longer than any load takes, so that none brings it back. */
const TOMBSTONE_MS = 86_400_000;
const RETRY_MS = 1_000;

/** ARGV: version, text, TTL in ms or 0. Answers 1 when written, 0 when a newer card is there. */
const PUT = `
local known = string.match(redis.call('GETRANGE', KEYS[1], 0, 20), '^(%d+):')
if known and tonumber(known) > tonumber(ARGV[1]) then return 0 end
if ARGV[3] == '0' then redis.call('SET', KEYS[1], ARGV[2])
else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1`;

/** ARGV: the load's name. The marker, if the room still holds everything that this load wrote. */
const MARK = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('DEL', KEYS[2])
return 1`;

interface Scripts {
  ordoPutLane(key: string, version: number, text: string, ttlMs: number): Promise<number>;
  ordoMarkLoaded(marker: string, loading: string, generation: string): Promise<number>;
}

export interface RoomFacts {
  /** Null: no full load ended in it since it was last emptied. */
  readonly marker: string | null;
  /** Names the server's process. */
  readonly runId: string;
}

export class RoomWriter {
  private readonly redis: Redis & Scripts;

  constructor(
    readonly room: Room,
    url: string,
  ) {
    const redis = openRedis(url, () => undefined);
    redis.defineCommand('ordoPutLane', { numberOfKeys: 1, lua: PUT });
    redis.defineCommand('ordoMarkLoaded', { numberOfKeys: 2, lua: MARK });
    this.redis = redis as Redis & Scripts;
  }

  /** All of them, or it throws and some may be written. */
  async write(cards: readonly NamedCard[]): Promise<void> {
    this.assertReady();
    const pipeline = this.redis.pipeline();
    const puts = pipeline as unknown as Scripts;
    for (const card of cards)
      void puts.ordoPutLane(
        laneKey(card.lane),
        card.version,
        cardText(card),
        card.bands.length === 0 ? TOMBSTONE_MS : 0,
      );
    const answers = (await within(pipeline.exec(), WRITE_TIMEOUT_MS)) ?? [];
    const failure = answers.find(([error]) => error !== null)?.[0];
    if (failure) throw this.away(failure);
  }

  /** A full load begins. */
  async begin(generation: string): Promise<void> {
    this.assertReady();
    await this.run(this.redis.set(LOADING_KEY, generation));
  }

  /**
   * The load has ended and the room is complete: from here on readers trust what it does not hold to be absent. Throws when the room was
   * emptied, or another load was begun, meanwhile.
   */
  async mark(generation: string): Promise<void> {
    this.assertReady();
    const marked = await this.run(this.redis.ordoMarkLoaded(MARKER_KEY, LOADING_KEY, generation));
    if (marked !== 1) throw this.away(new Error('emptied while it was loaded'));
  }

  async facts(): Promise<RoomFacts> {
    this.assertReady();
    const [marker, info] = await this.run(Promise.all([this.redis.get(MARKER_KEY), this.redis.info('server')]));
    return { marker, runId: /run_id:(\w+)/.exec(info)?.[1] ?? '' };
  }

  close(): void {
    this.redis.disconnect();
  }

  private async run<T>(work: Promise<T>): Promise<T> {
    try {
      return await within(work, WRITE_TIMEOUT_MS);
    } catch (error) {
      throw this.away(error);
    }
  }

  /** Without an offline queue ioredis rejects by itself; this says it in the house's words. */
  private assertReady(): void {
    if (this.redis.status !== 'ready') throw this.away(new Error(this.redis.status));
  }

  private away(cause: unknown): Error {
    return transient(
      'PROMISE_ROOM_UNAVAILABLE',
      `room ${this.room} does not take writes`,
      RETRY_MS,
      { room: this.room },
      cause,
    );
  }
}
