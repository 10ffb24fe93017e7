/**
 * Every error code that a caller can see: code → family → HTTP → gRPC → retry advice → title. A code is stable for ever: its
 * meaning, family and HTTP status never change; a new meaning is a new code. `docs/errors.md` is generated from here.
 */
import { ErrorFamily } from '@ordo/kernel';

/** The canonical gRPC status codes that the table uses (https://grpc.io/docs/guides/status-codes/). */
export const GrpcStatus = {
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;
export type GrpcStatus = (typeof GrpcStatus)[keyof typeof GrpcStatus];

/** What a caller does next. */
export const RetryAdvice = {
  /** The same call will be refused again, whatever is changed in it. */
  NEVER: 'never',
  /** Correct the request first. */
  AFTER_CHANGE: 'after-change',
  /** Read the order, then decide: its state has moved on. */
  READ_FIRST: 'read-first',
  /** Repeat the identical request, with the same idempotency key, after `retryAfterMs`. */
  SAME_REQUEST: 'same-request',
} as const;
export type RetryAdvice = (typeof RetryAdvice)[keyof typeof RetryAdvice];

export interface ErrorEntry {
  readonly family: ErrorFamily;
  readonly http: number;
  readonly grpc: GrpcStatus;
  readonly retry: RetryAdvice;
  readonly title: string;
}

const { REFUSAL, TRANSIENT, INVARIANT } = ErrorFamily;
const { NEVER, AFTER_CHANGE, READ_FIRST, SAME_REQUEST } = RetryAdvice;

const refusal = <R extends RetryAdvice>(http: number, grpc: GrpcStatus, retry: R, title: string) =>
  ({ family: REFUSAL, http, grpc, retry, title }) as const;
const passing = (http: number, grpc: GrpcStatus, title: string) =>
  ({ family: TRANSIENT, http, grpc, retry: SAME_REQUEST, title }) as const;
/** An illegal command in the order's present state: one shape for all of them. */
const illegal = (title: string) => refusal(409, GrpcStatus.FAILED_PRECONDITION, READ_FIRST, title);
/** Somebody has to change the installation before this can go on. */
const unprepared = (title: string) => refusal(409, GrpcStatus.FAILED_PRECONDITION, AFTER_CHANGE, title);

export const errorTable = {
  INVALID_ARGUMENT: refusal(400, GrpcStatus.INVALID_ARGUMENT, AFTER_CHANGE, 'The request breaks a rule'),
  BUSINESS_TYPE_UNKNOWN: refusal(400, GrpcStatus.INVALID_ARGUMENT, AFTER_CHANGE, 'No such business type'),
  IDEMPOTENCY_KEY_MISSING: refusal(400, GrpcStatus.INVALID_ARGUMENT, AFTER_CHANGE, 'An idempotency key is required'),
  IDEMPOTENCY_KEY_REUSED: refusal(
    422,
    GrpcStatus.INVALID_ARGUMENT,
    AFTER_CHANGE,
    'The idempotency key belongs to another request',
  ),
  AMOUNT_MISMATCH: refusal(422, GrpcStatus.INVALID_ARGUMENT, AFTER_CHANGE, 'The amounts do not add up'),
  PAYMENT_AMOUNT_MISMATCH: refusal(
    422,
    GrpcStatus.INVALID_ARGUMENT,
    AFTER_CHANGE,
    'The paid amount is not the amount of the order',
  ),
  PAYMENT_ID_REUSED: refusal(
    422,
    GrpcStatus.INVALID_ARGUMENT,
    AFTER_CHANGE,
    'The payment id was reported with other facts',
  ),
  UNAUTHENTICATED: refusal(401, GrpcStatus.UNAUTHENTICATED, AFTER_CHANGE, 'A valid bearer token is required'),
  FORBIDDEN: refusal(403, GrpcStatus.PERMISSION_DENIED, AFTER_CHANGE, 'The caller may not do this'),
  SIGNATURE_INVALID: refusal(401, GrpcStatus.UNAUTHENTICATED, AFTER_CHANGE, 'The signature does not fit the message'),
  SIGNATURE_EXPIRED: refusal(401, GrpcStatus.UNAUTHENTICATED, AFTER_CHANGE, 'The signature is too old or too new'),
  MESSAGE_REPLAYED: refusal(409, GrpcStatus.FAILED_PRECONDITION, NEVER, 'This delivery was received before'),
  CALLBACK_UNREADABLE: refusal(
    400,
    GrpcStatus.INVALID_ARGUMENT,
    AFTER_CHANGE,
    'The callback is not one of its contract',
  ),
  ORDER_NOT_FOUND: refusal(404, GrpcStatus.NOT_FOUND, NEVER, 'No such order'),
  ROUTE_NOT_FOUND: refusal(404, GrpcStatus.UNIMPLEMENTED, NEVER, 'No such operation'),
  METHOD_NOT_ALLOWED: refusal(405, GrpcStatus.UNIMPLEMENTED, NEVER, 'The operation does not take this method'),
  PAYLOAD_TOO_LARGE: refusal(413, GrpcStatus.RESOURCE_EXHAUSTED, AFTER_CHANGE, 'The request is too large'),
  URI_TOO_LONG: refusal(414, GrpcStatus.INVALID_ARGUMENT, AFTER_CHANGE, 'The address is too long'),
  UNSUPPORTED_MEDIA_TYPE: refusal(415, GrpcStatus.INVALID_ARGUMENT, AFTER_CHANGE, 'The body must be application/json'),
  HEADERS_TOO_LARGE: refusal(431, GrpcStatus.INVALID_ARGUMENT, AFTER_CHANGE, 'The headers are too large'),
  ORDER_NOT_PAYABLE: illegal('The order cannot be paid in its present state'),
  ORDER_NOT_ACCEPTABLE: illegal('The order cannot be accepted in its present state'),
  ORDER_NOT_RECEIVABLE: illegal('The order cannot be received in its present state'),
  ORDER_NOT_COMPLETABLE: illegal('The order cannot be completed in its present state'),
  ORDER_NOT_INVALIDATABLE: illegal('The order cannot be invalidated in its present state'),
  ORDER_NOT_CANCELLABLE: illegal('The order cannot be cancelled in its present state'),
  ORDER_NOT_REFUNDABLE: illegal('Nothing of the order can be refunded in its present state'),
  REFUND_WINDOW_CLOSED: refusal(409, GrpcStatus.FAILED_PRECONDITION, NEVER, 'The time for an application has passed'),
  REFUND_ALREADY_OPEN: refusal(409, GrpcStatus.FAILED_PRECONDITION, READ_FIRST, 'Another application is open'),
  REFUND_ITEM_UNKNOWN: refusal(422, GrpcStatus.INVALID_ARGUMENT, AFTER_CHANGE, 'The order has no such item'),
  REFUND_NOT_WITHDRAWABLE: illegal('The refund cannot be withdrawn in its present state'),
  REFUND_NOT_AGREEABLE: illegal('The refund cannot be agreed in its present state'),
  REFUND_NOT_REJECTABLE: illegal('The refund cannot be rejected in its present state'),
  REFUND_NOT_APPEALABLE: illegal('The refund takes no appeal in its present state'),
  REFUND_NOT_RULABLE: illegal('The refund takes no ruling in its present state'),
  REFUND_NOT_FOUND: refusal(404, GrpcStatus.NOT_FOUND, NEVER, 'No such refund'),
  REFUND_EXCEEDS_PAID: refusal(422, GrpcStatus.FAILED_PRECONDITION, READ_FIRST, 'More would go back than was paid'),
  REFUND_LIMIT_REACHED: refusal(409, GrpcStatus.FAILED_PRECONDITION, NEVER, 'The payment takes no further refund'),
  REFUND_CAUSE_REUSED: refusal(422, GrpcStatus.INVALID_ARGUMENT, AFTER_CHANGE, 'The cause stands for another refund'),
  REFUND_NOT_RETRYABLE: illegal('The refund does not wait for a person'),
  PAYMENT_TOO_OLD: refusal(409, GrpcStatus.FAILED_PRECONDITION, NEVER, 'The payment is too old for a refund'),
  COMPENSATION_RULE_UNKNOWN: refusal(400, GrpcStatus.INVALID_ARGUMENT, AFTER_CHANGE, 'No such rule of compensation'),
  COMPENSATION_NOT_FOUND: refusal(404, GrpcStatus.NOT_FOUND, NEVER, 'No such compensation'),
  COMPENSATION_NOT_RETRYABLE: illegal('The compensation does not wait for a person'),
  COMPENSATION_BUDGET_SPENT: refusal(409, GrpcStatus.FAILED_PRECONDITION, NEVER, 'The budget of the rule is spent'),
  DELIVERY_NOT_FOUND: refusal(404, GrpcStatus.NOT_FOUND, NEVER, 'No such delivery'),
  WAYBILL_NOT_FOUND: refusal(404, GrpcStatus.NOT_FOUND, NEVER, 'No such waybill'),
  DELIVERY_NOT_IN_STATE: illegal('The delivery does not take this in its state'),
  CARRIER_UNKNOWN: refusal(404, GrpcStatus.NOT_FOUND, NEVER, 'No such carrier'),
  CARRIER_REFUSED: refusal(409, GrpcStatus.FAILED_PRECONDITION, NEVER, 'The carrier does not take the waybill'),
  WAYBILL_CONFLICT: refusal(409, GrpcStatus.FAILED_PRECONDITION, NEVER, 'The credential stands for another waybill'),
  CONTRACT_VERSION_TAKEN: refusal(
    409,
    GrpcStatus.FAILED_PRECONDITION,
    READ_FIRST,
    'The version is not free, or not next',
  ),
  LANE_NOT_FOUND: refusal(404, GrpcStatus.NOT_FOUND, NEVER, 'No such lane'),
  PROMISE_SWITCH_UNSAFE: unprepared('Callers would read what nobody writes'),
  TIMER_QUEUE_UNKNOWN: refusal(400, GrpcStatus.INVALID_ARGUMENT, AFTER_CHANGE, 'No such timer queue'),
  TIMER_DUE_OUT_OF_RANGE: refusal(400, GrpcStatus.INVALID_ARGUMENT, AFTER_CHANGE, 'A timer cannot be due then'),
  TIMER_PAYLOAD_TOO_LARGE: refusal(
    413,
    GrpcStatus.INVALID_ARGUMENT,
    AFTER_CHANGE,
    'The payload of a timer is too large',
  ),
  TIMER_KEY_TAKEN: refusal(409, GrpcStatus.FAILED_PRECONDITION, AFTER_CHANGE, 'The key names another pending timer'),
  UNREADABLE_EVENT: refusal(400, GrpcStatus.INVALID_ARGUMENT, NEVER, 'The message is not an event of the catalogue'),
  REQUEST_TIMEOUT: passing(408, GrpcStatus.DEADLINE_EXCEEDED, 'The request did not arrive in time'),
  RATE_LIMITED: passing(429, GrpcStatus.RESOURCE_EXHAUSTED, 'Too many requests'),
  NODE_UNAVAILABLE: passing(503, GrpcStatus.UNAVAILABLE, 'A database node does not answer'),
  OUTCOME_UNKNOWN: passing(503, GrpcStatus.UNAVAILABLE, 'The outcome could not be read back'),
  OVERLOADED: passing(503, GrpcStatus.UNAVAILABLE, 'The service is at its limit'),
  SHUTTING_DOWN: passing(503, GrpcStatus.UNAVAILABLE, 'The instance is stopping'),
  WRITE_CONTENDED: passing(503, GrpcStatus.ABORTED, 'Too many writers on the same order'),
  BROKER_UNAVAILABLE: passing(503, GrpcStatus.UNAVAILABLE, 'The broker does not answer'),
  ORDER_APP_UNAVAILABLE: passing(503, GrpcStatus.UNAVAILABLE, 'The order service does not answer'),
  CHANNEL_UNAVAILABLE: passing(503, GrpcStatus.UNAVAILABLE, 'The payment channel does not answer'),
  NUMBER_SPACE_BUSY: passing(503, GrpcStatus.UNAVAILABLE, 'No order number is free this second'),
  WORKER_IDS_EXHAUSTED: passing(503, GrpcStatus.UNAVAILABLE, 'All worker ids are leased'),
  TIMER_INDEX_UNAVAILABLE: passing(503, GrpcStatus.UNAVAILABLE, 'The timer index does not answer'),
  TIMER_INDEX_LOST: passing(503, GrpcStatus.UNAVAILABLE, 'The timer index is being rebuilt'),
  TIMER_PARTITION_FENCED: passing(503, GrpcStatus.ABORTED, 'The timer partition has another owner'),
  CARRIER_UNAVAILABLE: passing(503, GrpcStatus.UNAVAILABLE, 'The carrier does not answer'),
  PROMISE_ROOM_UNAVAILABLE: passing(503, GrpcStatus.UNAVAILABLE, 'A promise room does not answer'),
  INBOX_CONTENDED: passing(503, GrpcStatus.ABORTED, 'Another consumer holds the same rows'),
  EFFECT_CONTENDED: passing(503, GrpcStatus.ABORTED, 'The database chose another transaction'),
  EFFECT_STORE_AWAY: passing(503, GrpcStatus.UNAVAILABLE, 'The database of a consumer does not answer'),
  ORDER_GAP: passing(503, GrpcStatus.ABORTED, 'Events between the last one and this one are missing'),
  STREAM_INCOMPLETE: passing(503, GrpcStatus.UNAVAILABLE, 'The stream fell silent before its end'),
  REPLAY_STALLED: passing(503, GrpcStatus.RESOURCE_EXHAUSTED, 'The queue of a replay has no room'),
  // Boot and operator: raised before a call is served, so no caller sees them; they are here because the table is exhaustive.
  MIGRATION_IN_PROGRESS: passing(503, GrpcStatus.UNAVAILABLE, 'Another migration holds the lock'),
  MIGRATION_ALTERED: unprepared('A migration differs from what was applied'),
  MIGRATION_FAILED: unprepared('A migration failed'),
  SCHEMAS_BEHIND: unprepared('Schemas are behind this release'),
  INVALID_TOPOLOGY: unprepared('The topology files break a rule'),
  TOPOLOGY_MISMATCH: unprepared('The broker differs from the topology files'),
  FOREIGN_ENVIRONMENT: unprepared('The virtual host of the broker belongs to another environment'),
  AUTH_KEYS_UNUSABLE: unprepared('The configured keys cannot do this'),
  INTERNAL: { family: INVARIANT, http: 500, grpc: GrpcStatus.INTERNAL, retry: NEVER, title: 'A fault of ours' },
} as const satisfies Readonly<Record<string, ErrorEntry>>;

type Table = typeof errorTable;
export type ErrorCode = keyof Table;
export type RefusalCode = { [C in ErrorCode]: Table[C]['family'] extends 'refusal' ? C : never }[ErrorCode];
export type TransientCode = { [C in ErrorCode]: Table[C]['family'] extends 'transient' ? C : never }[ErrorCode];

/** Whether `code` has an entry; a code from another release may not. */
export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorTable, code);
