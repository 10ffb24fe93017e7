/** What a timer may be. Checked before anything is written, so that a refused timer leaves nothing behind. */
import { refuse } from '@ordo/contracts';

const DAY_MS = 86_400_000;
/** A channel's refund limit is a year (DOMAIN.md §2); what lies further ahead is a unit mistaken for another. */
export const MAX_AHEAD_MS = 400 * DAY_MS;
/** A timer names what to do, it does not carry it; 4 KB keep 500 of them in one packet. */
export const MAX_PAYLOAD_BYTES = 4_096;
/** Printable ASCII: what an id, a number or a name with separators needs, at one byte a character. */
const TIMER_KEY = /^[\x21-\x7e]{1,128}$/;

/** What its app sets: a name within the queue, when, and what for. */
export interface TimerRequest {
  readonly queue: string;
  /** Unique within the queue; printable ASCII, ≤ 128 characters. */
  readonly key: string;
  /** Epoch ms. The past is allowed: it fires at the next tick. */
  readonly dueMs: number;
  /** ≤ 4 KB of UTF-8; opaque to the library. */
  readonly payload?: string;
}

export function assertQueueKnown(queues: ReadonlySet<string>, queue: string): void {
  if (queues.has(queue)) return;
  throw refuse('TIMER_QUEUE_UNKNOWN', `no queue '${queue}' is known here; known are: ${[...queues].join(', ')}`, {
    queue,
  });
}

export function assertTimer(request: TimerRequest, nowMs: number): void {
  const { queue, key, dueMs, payload } = request;
  if (!TIMER_KEY.test(key)) {
    const violations = [{ field: 'key', rule: 'pattern', message: 'must be 1 to 128 printable ASCII characters' }];
    throw refuse('INVALID_ARGUMENT', 'the key of a timer is 1 to 128 printable ASCII characters', {
      queue,
      violations,
    });
  }
  if (!Number.isSafeInteger(dueMs) || dueMs < 0 || dueMs - nowMs > MAX_AHEAD_MS) {
    const details = { queue, key, dueMs, latestMs: nowMs + MAX_AHEAD_MS };
    throw refuse(
      'TIMER_DUE_OUT_OF_RANGE',
      `timer ${key} is due at ${dueMs} ms, more than 400 days ahead or no time`,
      details,
    );
  }
  const payloadBytes = payload === undefined ? 0 : Buffer.byteLength(payload);
  if (payloadBytes > MAX_PAYLOAD_BYTES) {
    const details = { queue, key, payloadBytes, maxBytes: MAX_PAYLOAD_BYTES };
    throw refuse(
      'TIMER_PAYLOAD_TOO_LARGE',
      `the payload of timer ${key} has ${payloadBytes} bytes, at most 4096`,
      details,
    );
  }
}
