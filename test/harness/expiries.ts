/**
 * A crowd of orders that all expire within a second or two, and the count of what became of them: set, fired, early, missing, doubled.
 * The truth of each is asked of the tables and of an independent consumer, never of the process that fired it.
 */
import { OrderStatus, orderStatusCode } from '@ordo/contracts';
import { msOfDateTime } from '@ordo/sharding';
import { anId, aPlaceOrder, eventually } from '@ordo/testing';
import type { DimensionReader } from './dimension-reader.js';
import type { EventRecorder } from './event-recorder.js';
import type { RestClient } from './rest-client.js';

export interface ExpiringOrder {
  readonly orderId: string;
  readonly userId: string;
  readonly dueMs: number;
}

export interface ExpiryCounts {
  readonly set: number;
  readonly fired: number;
  /** Ended before they were due, by the database's own times. */
  readonly early: number;
  /** Still waiting. */
  readonly missing: number;
  /** Changed more than once, or announced under two ids. */
  readonly doubled: number;
  /** From the due time to the moment that the change carries. */
  readonly latestMs: number;
}

export const NOTHING_AMISS = { early: 0, missing: 0, doubled: 0 } as const;

/** Callers at once: enough to place a few hundred a second, few enough for two cores that are shared. */
const CALLERS = 24;
const PROBES = 3 * CALLERS;
/** Two cores that others use are faster now and slower then. */
const HEADROOM = 1.4;
const LEAST_AHEAD_MS = 3_500;
/** Users share shards and rows of lists, orders share nothing. */
const USERS = 240;

/** How fast this machine places just now, orders a millisecond; they expire first and are not counted. */
async function placingRate(service: RestClient): Promise<number> {
  const beganMs = performance.now();
  const place = (): Promise<unknown> => service.placed(aPlaceOrder({ deadlines: { paySeconds: 1 } }));
  for (let count = 0; count < PROBES; count += CALLERS) await Promise.all(Array.from({ length: CALLERS }, place));
  return PROBES / (performance.now() - beganMs);
}

/**
 * Places `count` orders that are due in the same moment, or up to a second before; the moment is as far away as placing them takes, and
 * at most `withinMs`, for which there may be fewer.
 */
export async function placeExpiring(service: RestClient, count: number, withinMs: number): Promise<ExpiringOrder[]> {
  const neededMs = (count / (await placingRate(service))) * HEADROOM + LEAST_AHEAD_MS;
  const atMs = Date.now() + Math.min(neededMs, withinMs);
  const users = Array.from({ length: USERS }, anId);
  const placed: ExpiringOrder[] = [];
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < count) {
      const userId = users[next % USERS] as string;
      next += 1;
      const paySeconds = Math.floor((atMs - Date.now()) / 1_000);
      if (paySeconds < 2) return;
      const { status, body } = await service.place(aPlaceOrder({ userId, deadlines: { paySeconds } }));
      if (status !== 201) throw new Error(`placed with ${status}: ${JSON.stringify(body)}`);
      placed.push({ orderId: String(body['orderId']), userId, dueMs: Date.parse(String(body['deadlineAt'])) });
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return placed;
}

export class Expiries {
  constructor(
    private readonly reader: DimensionReader,
    private readonly recorder: EventRecorder,
    readonly orders: readonly ExpiringOrder[],
  ) {}

  /** Some of them, counted by themselves. */
  of(which: (order: ExpiringOrder) => boolean): Expiries {
    return new Expiries(this.reader, this.recorder, this.orders.filter(which));
  }

  /** How many have ended so far, by the authority. */
  async ended(): Promise<number> {
    const rows = await this.rows();
    return rows.filter(({ status }) => status === orderStatusCode[OrderStatus.INVALID]).length;
  }

  /** Waits until all have ended and were announced, or long enough to say that they will not; then counts, and prints under `title`. */
  async settle(title: string, withinMs: number): Promise<ExpiryCounts> {
    const isOver = async (): Promise<boolean> =>
      this.orders.every(({ orderId }) => this.recorder.of(orderId).length >= 2) &&
      (await this.ended()) === this.orders.length;
    await eventually(isOver, 'every order has expired', withinMs).catch(() => undefined);
    const rows = new Map((await this.rows()).map((row) => [row.orderId, row]));
    const ended = this.orders.flatMap(({ orderId, dueMs }) => {
      const row = rows.get(orderId);
      return row?.status === orderStatusCode[OrderStatus.INVALID] ? [{ ...row, dueMs }] : [];
    });
    const lateness = ended.map(({ endedAt, dueMs }) => msOfDateTime(endedAt ?? '') - dueMs);
    const counts: ExpiryCounts = {
      ...{ set: this.orders.length, fired: ended.length, early: lateness.filter((ms) => ms < 0).length },
      missing: this.orders.length - ended.filter(({ orderId }) => this.recorder.of(orderId).length >= 2).length,
      doubled: ended.filter(({ orderId, version }) => version !== 2 || this.announcements(orderId) > 2).length,
      latestMs: Math.max(0, ...lateness),
    };
    console.log(`${title}: ${JSON.stringify(counts)}`);
    return counts;
  }

  /** Distinct ids: a repeat of an event is allowed, a second event is not. */
  private announcements(orderId: string): number {
    return new Set(this.recorder.of(orderId).map(({ id }) => id)).size;
  }

  /** A user may have orders that are counted elsewhere. */
  private async rows(): ReturnType<DimensionReader['endingsOf']> {
    const own = new Set(this.orders.map(({ orderId }) => orderId));
    const rows = await this.reader.endingsOf([...new Set(this.orders.map(({ userId }) => userId))]);
    return rows.filter(({ orderId }) => own.has(orderId));
  }
}
