/**
 * Who calls, as the token said it and nothing more. A caller without `userId` and `merchantId` is unbound (a service);
 * a bound one may only ever see and change what belongs to that user or merchant.
 */
export interface CallerIdentity {
  readonly subject: string;
  /** Names such as `order:place`; one per operation. */
  readonly grants: ReadonlySet<string>;
  /** Decimal id; set for a token bound to one user. Never together with `merchantId`. */
  readonly userId?: string;
  /** Decimal id; set for a token bound to one merchant. */
  readonly merchantId?: string;
  /** Role codes that an unbound caller may act as; a bound caller's role follows from its binding. */
  readonly roles: readonly number[];
}

/** What every handler receives beside its command: who asks, and the trace (W3C `traceparent`) the answer and events belong to. */
export interface CallContext {
  readonly caller: CallerIdentity;
  readonly traceParent: string;
}
