/**
 * One of the two Redis rooms that hold the lanes: its connection, and the judgement whether to ask it. A heartbeat looks for the marker of a
 * full load five times a second, so that a room that is frozen, gone or emptied is noticed within a second without any caller's help.
 */
import { openRedis, within } from '@ordo/cache';
import { systemClock } from '@ordo/kernel';
import type { Redis } from 'ioredis';
import { RoomCircuit, RoomLoss } from './room-circuit.js';

export const Room = { A: 'A', B: 'B' } as const;
export type Room = (typeof Room)[keyof typeof Room];
export const rooms: readonly Room[] = [Room.A, Room.B];
export const otherRoom = (room: Room): Room => (room === Room.A ? Room.B : Room.A);

/** Names the full load that the room holds; absent where there was none, or everything is gone. */
export const MARKER_KEY = '{promise}:loaded';
/** Names the full load that is under way; gone when the room was emptied meanwhile. Beside the marker, in one slot of a cluster. */
export const LOADING_KEY = '{promise}:loading';
export const laneKey = (name: string): string => `lane:${name}`;

/** A healthy room answers in one; what a caller at checkout may wait twice (retry) and once more (the other room). */
const COMMAND_TIMEOUT_MS = 50;
const HEARTBEAT_MS = 200;

export interface PromiseRoomOptions {
  readonly onChange?: (room: Room, trusted: boolean, reason: string) => void;
  /** Default 50. */
  readonly commandTimeoutMs?: number;
}

export class PromiseRoom {
  private readonly redis: Redis;
  private readonly circuit: RoomCircuit;
  private readonly timeoutMs: number;
  private readonly beating: NodeJS.Timeout;
  private isLooking = false;

  constructor(
    readonly name: Room,
    url: string,
    { onChange, commandTimeoutMs = COMMAND_TIMEOUT_MS }: PromiseRoomOptions = {},
  ) {
    this.timeoutMs = commandTimeoutMs;
    this.circuit = new RoomCircuit(systemClock, (trusted, reason) => onChange?.(name, trusted, reason));
    this.redis = openRedis(url, () => this.circuit.lost(RoomLoss.CLOSED));
    this.redis.on('close', () => this.circuit.lost(RoomLoss.CLOSED));
    this.redis.on('ready', () => void this.look());
    this.beating = setInterval(() => void this.look(), HEARTBEAT_MS);
    this.beating.unref();
  }

  get isTrusted(): boolean {
    return this.circuit.isTrusted;
  }

  get isAnswering(): boolean {
    return this.circuit.isAnswering;
  }

  /** The texts of `keys`, in their order; undefined when the room did not answer, or turned out to hold nothing. Never throws. */
  async read(keys: readonly string[]): Promise<readonly (string | null)[] | undefined> {
    const texts = await this.ask((redis) =>
      keys.length === 1
        ? redis.get(keys[0] ?? '').then((text) => [text])
        : Promise.all(keys.map((key) => redis.get(key))),
    );
    // What is missing is missing only if the room holds anything at all.
    if (texts === undefined || !texts.includes(null)) return texts;
    return (await this.holdsLanes()) ? texts : undefined;
  }

  /** For tools and specs that want to begin with a room in use; false after `waitMs`. */
  async whenTrusted(waitMs: number): Promise<boolean> {
    const until = performance.now() + waitMs;
    while (!this.isTrusted && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 5));
    return this.isTrusted;
  }

  close(): void {
    clearInterval(this.beating);
    this.redis.removeAllListeners('close');
    this.redis.disconnect();
  }

  private async holdsLanes(): Promise<boolean> {
    const marker = await this.ask((redis) => redis.get(MARKER_KEY));
    if (marker === null) this.circuit.lost(RoomLoss.EMPTY);
    return typeof marker === 'string';
  }

  private async ask<T>(command: (redis: Redis) => Promise<T>): Promise<T | undefined> {
    try {
      const answer = await within(command(this.redis), this.timeoutMs);
      // A room that is left alone is trusted again by its heartbeat alone: an answer says nothing of what the room holds.
      if (this.circuit.isTrusted) this.circuit.succeeded();
      return answer;
    } catch {
      this.circuit.failed();
      return undefined;
    }
  }

  /** One heartbeat at a time: a frozen room must not collect them. */
  private async look(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    try {
      if (this.redis.status !== 'ready') this.circuit.failed();
      else if (await this.holdsLanes()) this.circuit.succeeded();
    } finally {
      this.isLooking = false;
    }
  }
}
