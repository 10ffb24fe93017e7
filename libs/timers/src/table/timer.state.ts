/** The states of a row of the `timer` table. Only PENDING is ever left, so whoever comes second changes nothing. */
export const TimerState = { PENDING: 0, FIRED: 1, CANCELLED: 2, FAILED: 3 } as const;
export type TimerState = (typeof TimerState)[keyof typeof TimerState];
