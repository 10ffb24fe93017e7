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
} as const;
export type CallerGrant = (typeof CallerGrant)[keyof typeof CallerGrant];

export const callerGrants: readonly CallerGrant[] = Object.values(CallerGrant);
export const isCallerGrant = (text: unknown): text is CallerGrant =>
  typeof text === 'string' && (callerGrants as readonly string[]).includes(text);
