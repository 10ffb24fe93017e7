/**
 * How often one caller may ask, per process: a bucket of tokens for each, filled evenly. It keeps one caller's loop from being everybody's
 * load; it is no billing, and several processes multiply it.
 */
import { transient } from '@ordo/contracts';
import { type Clock, systemClock } from '@ordo/kernel';
import { LRUCache } from 'lru-cache';
import { isUnbound } from '../access/access.rules.js';
import type { CallerIdentity } from '../identity/caller-identity.js';

export interface CallQuotaOptions {
  /** Commands per minute of one user or one merchant; also the size of a burst. */
  readonly boundPerMinute: number;
  /** Of one service. */
  readonly servicePerMinute: number;
  readonly clock?: Clock;
}

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

const MINUTE_MS = 60_000;
/** A caller that was forgotten begins with a full bucket: it was the least active of so many. */
const REMEMBERED_CALLERS = 50_000;

export class CallQuota {
  private readonly buckets = new LRUCache<string, Bucket>({ max: REMEMBERED_CALLERS });
  private readonly clock: Clock;

  constructor(private readonly options: CallQuotaOptions) {
    this.clock = options.clock ?? systemClock;
  }

  /** Throws a Transient RATE_LIMITED (429) that says when the next call may come. */
  take(caller: CallerIdentity): void {
    const perMinute = isUnbound(caller) ? this.options.servicePerMinute : this.options.boundPerMinute;
    const nowMs = this.clock.monotonicMs();
    const key = keyOf(caller);
    const bucket = this.buckets.get(key) ?? { tokens: perMinute, filledAtMs: nowMs };
    const filled = bucket.tokens + ((nowMs - bucket.filledAtMs) * perMinute) / MINUTE_MS;
    bucket.tokens = Math.min(perMinute, filled);
    bucket.filledAtMs = nowMs;
    this.buckets.set(key, bucket);
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      return;
    }
    const retryAfterMs = Math.ceil(((1 - bucket.tokens) * MINUTE_MS) / perMinute);
    throw transient('RATE_LIMITED', `at most ${perMinute} commands a minute`, retryAfterMs, { perMinute });
  }
}

const keyOf = ({ userId, merchantId, subject }: CallerIdentity): string => {
  if (userId !== undefined) return `u${userId}`;
  return merchantId === undefined ? `s${subject}` : `m${merchantId}`;
};
