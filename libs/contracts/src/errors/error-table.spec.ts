/** The error table and the answers made from it: published numbers stay, and nothing of a fault of ours is ever shown. */
import { describe, expect, it } from '@jest/globals';
import { ErrorFamily, InvariantViolation, Refusal, Transient } from '@ordo/kernel';
import { type ErrorCode, type ErrorEntry, errorTable, GrpcStatus, RetryAdvice } from './error-table.js';
import { errorCodeOf, grpcStatusOf, problemOf } from './problem.js';
import { refuse, refuseViolations, transient } from './raise.js';

const entries = Object.entries(errorTable) as [ErrorCode, ErrorEntry][];

/** What callers rely on; a change here is a break of the public contract. */
const published: Readonly<Record<ErrorCode, number>> = {
  INVALID_ARGUMENT: 400,
  BUSINESS_TYPE_UNKNOWN: 400,
  IDEMPOTENCY_KEY_MISSING: 400,
  DELIVERY_NOT_FOUND: 404,
  WAYBILL_NOT_FOUND: 404,
  DELIVERY_NOT_IN_STATE: 409,
  CARRIER_UNKNOWN: 404,
  CARRIER_REFUSED: 409,
  WAYBILL_CONFLICT: 409,
  CARRIER_UNAVAILABLE: 503,
  CONTRACT_VERSION_TAKEN: 409,
  LANE_NOT_FOUND: 404,
  PROMISE_SWITCH_UNSAFE: 409,
  PROMISE_ROOM_UNAVAILABLE: 503,
  TIMER_QUEUE_UNKNOWN: 400,
  TIMER_DUE_OUT_OF_RANGE: 400,
  TIMER_PAYLOAD_TOO_LARGE: 413,
  TIMER_KEY_TAKEN: 409,
  TIMER_INDEX_UNAVAILABLE: 503,
  TIMER_INDEX_LOST: 503,
  TIMER_PARTITION_FENCED: 503,
  UNREADABLE_EVENT: 400,
  CALLBACK_UNREADABLE: 400,
  COMPENSATION_RULE_UNKNOWN: 400,
  SIGNATURE_INVALID: 401,
  SIGNATURE_EXPIRED: 401,
  REFUND_NOT_FOUND: 404,
  ORDER_NOT_CANCELLABLE: 409,
  ORDER_NOT_REFUNDABLE: 409,
  REFUND_WINDOW_CLOSED: 409,
  REFUND_ALREADY_OPEN: 409,
  REFUND_ITEM_UNKNOWN: 422,
  REFUND_NOT_WITHDRAWABLE: 409,
  REFUND_NOT_AGREEABLE: 409,
  REFUND_NOT_REJECTABLE: 409,
  REFUND_NOT_APPEALABLE: 409,
  REFUND_NOT_RULABLE: 409,
  ORDER_APP_UNAVAILABLE: 503,
  COMPENSATION_NOT_FOUND: 404,
  MESSAGE_REPLAYED: 409,
  REFUND_LIMIT_REACHED: 409,
  REFUND_NOT_RETRYABLE: 409,
  PAYMENT_TOO_OLD: 409,
  COMPENSATION_BUDGET_SPENT: 409,
  COMPENSATION_NOT_RETRYABLE: 409,
  REFUND_EXCEEDS_PAID: 422,
  REFUND_CAUSE_REUSED: 422,
  CHANNEL_UNAVAILABLE: 503,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  ORDER_NOT_FOUND: 404,
  ROUTE_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TIMEOUT: 408,
  ORDER_NOT_PAYABLE: 409,
  ORDER_NOT_ACCEPTABLE: 409,
  ORDER_NOT_RECEIVABLE: 409,
  ORDER_NOT_COMPLETABLE: 409,
  ORDER_NOT_INVALIDATABLE: 409,
  MIGRATION_ALTERED: 409,
  MIGRATION_FAILED: 409,
  SCHEMAS_BEHIND: 409,
  INVALID_TOPOLOGY: 409,
  TOPOLOGY_MISMATCH: 409,
  FOREIGN_ENVIRONMENT: 409,
  AUTH_KEYS_UNUSABLE: 409,
  PAYLOAD_TOO_LARGE: 413,
  URI_TOO_LONG: 414,
  UNSUPPORTED_MEDIA_TYPE: 415,
  IDEMPOTENCY_KEY_REUSED: 422,
  AMOUNT_MISMATCH: 422,
  PAYMENT_AMOUNT_MISMATCH: 422,
  PAYMENT_ID_REUSED: 422,
  RATE_LIMITED: 429,
  HEADERS_TOO_LARGE: 431,
  INTERNAL: 500,
  NODE_UNAVAILABLE: 503,
  OUTCOME_UNKNOWN: 503,
  OVERLOADED: 503,
  SHUTTING_DOWN: 503,
  WRITE_CONTENDED: 503,
  BROKER_UNAVAILABLE: 503,
  NUMBER_SPACE_BUSY: 503,
  WORKER_IDS_EXHAUSTED: 503,
  INBOX_CONTENDED: 503,
  EFFECT_CONTENDED: 503,
  EFFECT_STORE_AWAY: 503,
  ORDER_GAP: 503,
  STREAM_INCOMPLETE: 503,
  REPLAY_STALLED: 503,
  MIGRATION_IN_PROGRESS: 503,
};

describe('the error table', () => {
  it('answers the published HTTP status for every code, and holds no other code', () => {
    expect(Object.fromEntries(entries.map(([code, entry]) => [code, entry.http]))).toEqual(published);
  });

  it.each(entries)('%s: family, HTTP class and retry advice say the same', (_, entry) => {
    const byFamily = {
      [ErrorFamily.REFUSAL]: [400, 499, [RetryAdvice.NEVER, RetryAdvice.AFTER_CHANGE, RetryAdvice.READ_FIRST]],
      [ErrorFamily.TRANSIENT]: [408, 503, [RetryAdvice.SAME_REQUEST]],
      [ErrorFamily.INVARIANT]: [500, 500, [RetryAdvice.NEVER]],
    } as const;
    const [low, high, advice] = byFamily[entry.family];
    expect(entry.http).toBeGreaterThanOrEqual(low);
    expect(entry.http).toBeLessThanOrEqual(high);
    expect(advice).toContain(entry.retry);
  });

  it('lets a gRPC client retry by status alone: UNAVAILABLE and ABORTED are always transient', () => {
    const retried: readonly number[] = [GrpcStatus.UNAVAILABLE, GrpcStatus.ABORTED, GrpcStatus.DEADLINE_EXCEEDED];
    for (const [, entry] of entries) {
      if (retried.includes(entry.grpc)) expect(entry.family).toBe(ErrorFamily.TRANSIENT);
    }
  });
});

describe('problemOf', () => {
  it('shows code, title, status, message and details of a refusal', () => {
    const error = refuse('ORDER_NOT_PAYABLE', 'order 17 is INVALID', { orderId: '17', currentStatus: 'INVALID' });
    expect(problemOf(error)).toEqual({
      type: 'urn:ordo:problem:order-not-payable',
      title: 'The order cannot be paid in its present state',
      status: 409,
      detail: 'order 17 is INVALID',
      code: 'ORDER_NOT_PAYABLE',
      orderId: '17',
      currentStatus: 'INVALID',
    });
    expect(grpcStatusOf(error)).toBe(GrpcStatus.FAILED_PRECONDITION);
  });

  it('says when a transient error may be repeated', () => {
    expect(problemOf(transient('OVERLOADED', 'queue full', 250))).toMatchObject({ status: 503, retryAfterMs: 250 });
  });

  it('never lets a detail replace a member of the standard', () => {
    const details = { status: 200, code: 'OK', type: 'x', title: 'x', detail: 'x', retryAfterMs: 1 };
    const problem = problemOf(transient('OVERLOADED', 'queue full', 250, details));
    expect(problem).toMatchObject({ status: 503, code: 'OVERLOADED', detail: 'queue full', retryAfterMs: 250 });
    expect(problem.type).toBe('urn:ordo:problem:overloaded');
  });

  it.each([
    ['an invariant violation', new InvariantViolation('row 5 lost', { phone: '555' })],
    ['a foreign error', new TypeError('x is not a function at secret.ts')],
    ['a thrown string', 'secret'],
    ['nothing', undefined],
    ['a refusal of a code that the table lacks', new Refusal('NO_SUCH_CODE', 'secret', { secret: 1 })],
    ['a transient that calls itself INTERNAL', new Transient('INTERNAL', 'secret', 5, { secret: 1 })],
    ['a code that is a member of every object', new Refusal('constructor', 'secret')],
  ])('answers INTERNAL for %s and shows nothing of it', (_, error) => {
    const problem = problemOf(error);
    expect(errorCodeOf(error)).toBe('INTERNAL');
    expect(Object.keys(problem).sort()).toEqual(['code', 'detail', 'status', 'title', 'type']);
    expect(JSON.stringify(problem)).not.toMatch(/secret|row 5|555/);
  });
});

describe('refuseViolations', () => {
  it('names the first violation in its message and carries all of them', () => {
    const violations = [
      { field: 'payAmount', rule: 'minimum', message: 'must not be negative' },
      { field: 'items', rule: 'minItems', message: 'must hold at least one item' },
    ];
    const error = refuseViolations(violations);
    expect(error.message).toBe('payAmount: must not be negative (and 1 more)');
    expect(problemOf(error)).toMatchObject({ status: 400, violations });
  });
});
