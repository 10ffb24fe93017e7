/**
 * What one caller may ask of each shape of read, and how many of a shape run at once: a loop in one shop's till is not everybody's load, and
 * lists never take the connections that pages of the feed need. Per process; several multiply it.
 */
import { LoadLimiter } from '@ordo/cache';
import { type CallerIdentity, CallQuota } from '@ordo/platform';

export const ReadShape = {
  USER_LIST: 'user-list',
  MERCHANT_LIST: 'merchant-list',
  COUNTS: 'counts',
  FEED: 'feed',
  FOLLOW: 'follow',
} as const;
export type ReadShape = (typeof ReadShape)[keyof typeof ReadShape];

interface ShapeLimit {
  /** Calls a minute of one user or merchant. A screen that refreshes every second is 60; a shop has a few screens. */
  readonly boundPerMinute: number;
  /** At once, for all callers together; of the twelve connections of a node's pool. */
  readonly atOnce: number;
}

const LIMITS: Readonly<Record<ReadShape, ShapeLimit>> = {
  [ReadShape.USER_LIST]: { boundPerMinute: 300, atOnce: 8 },
  [ReadShape.MERCHANT_LIST]: { boundPerMinute: 600, atOnce: 8 },
  [ReadShape.COUNTS]: { boundPerMinute: 600, atOnce: 8 },
  // An unchanged poll costs one read of Redis.
  [ReadShape.FEED]: { boundPerMinute: 3_000, atOnce: 8 },
  [ReadShape.FOLLOW]: { boundPerMinute: 120, atOnce: 8 },
};
/** A hundred milliseconds of waiting at some 2 ms each; whoever comes beyond is told to come back. */
const WAITING = 400;

export class ReadLimits {
  private readonly quotas: Readonly<Record<ReadShape, CallQuota>>;
  private readonly limiters: Readonly<Record<ReadShape, LoadLimiter>>;

  constructor(servicePerMinute: number) {
    const each = <T>(make: (limit: ShapeLimit) => T): Record<ReadShape, T> =>
      Object.fromEntries(Object.entries(LIMITS).map(([name, limit]) => [name, make(limit)])) as Record<ReadShape, T>;
    this.quotas = each(({ boundPerMinute }) => new CallQuota({ boundPerMinute, servicePerMinute }));
    this.limiters = each(({ atOnce }) => new LoadLimiter({ concurrent: atOnce, waiting: WAITING }));
  }

  /** Throws Transient RATE_LIMITED when this caller has asked too often. */
  take(shape: ReadShape, caller: CallerIdentity): void {
    this.quotas[shape].take(caller);
  }

  /** Runs `read` in its turn. Throws Transient RATE_LIMITED, or OVERLOADED when too many of its shape wait. */
  run<T>(shape: ReadShape, caller: CallerIdentity, read: () => Promise<T>): Promise<T> {
    this.quotas[shape].take(caller);
    return this.limiters[shape].run(read);
  }
}
