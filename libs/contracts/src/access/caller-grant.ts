/** What a caller's token may allow, one grant per operation; the token's `grants` claim carries these words. */
export const CallerGrant = {
  PLACE: 'order:place',
  READ: 'order:read',
  LIST: 'order:list',
  PAY: 'order:pay',
  ACCEPT: 'order:accept',
  RECEIVE: 'order:receive',
  COMPLETE: 'order:complete',
  INVALIDATE: 'order:invalidate',
  /** For services of ours only: facts on an order, and its payments. */
  TAG: 'order:tag',
  PAYMENTS: 'order:payments',
  EXPORT: 'order:export',
  /** The scene decides what a cancellation is: at once, or an application. */
  CANCEL: 'order:cancel',
  REFUND_APPLY: 'refund:apply',
  /** Without asking the other side: a merchant's partial refund, customer service. */
  REFUND_START: 'refund:start',
  REFUND_READ: 'refund:read',
  REFUND_LIST: 'refund:list',
  REFUND_WITHDRAW: 'refund:withdraw',
  REFUND_AGREE: 'refund:agree',
  REFUND_REJECT: 'refund:reject',
  REFUND_APPEAL: 'refund:appeal',
  REFUND_RULE: 'refund:rule',
  DELIVERY_READ: 'delivery:read',
  /** Calls a courier where the merchant calls himself. */
  DELIVERY_CALL: 'delivery:call',
  /** Recall, cancel, deliver oneself, end, tip. */
  DELIVERY_COMMAND: 'delivery:command',
  /** Push again what a carrier did not take. */
  DELIVERY_OPERATE: 'delivery:operate',
  /** For services of ours only: what carriers said, word by word. */
  DELIVERY_DISPUTE: 'delivery:dispute',
  /** What was agreed with a merchant, who may read his own. */
  CONTRACT_READ: 'contract:read',
  /** For services of ours only. */
  CONTRACT_MAINTAIN: 'contract:maintain',
  PROMISE_READ: 'promise:read',
  /** Lanes: how long deliveries take. */
  PROMISE_MAINTAIN: 'promise:maintain',
  /** Rooms: loads and switches. */
  PROMISE_OPERATE: 'promise:operate',
  /** For operators: refunds that wait for a person, and the daily comparison with the channel. */
  REFUND_OPERATE: 'refund:operate',
  /** For services of ours only: what an order is owed by a rule. */
  COMPENSATION_GRANT: 'compensation:grant',
  COMPENSATION_READ: 'compensation:read',
  /** For operators: payouts that wait for a person. */
  COMPENSATION_OPERATE: 'compensation:operate',
} as const;
export type CallerGrant = (typeof CallerGrant)[keyof typeof CallerGrant];

export const callerGrants: readonly CallerGrant[] = Object.values(CallerGrant);
export const isCallerGrant = (text: unknown): text is CallerGrant =>
  typeof text === 'string' && (callerGrants as readonly string[]).includes(text);
