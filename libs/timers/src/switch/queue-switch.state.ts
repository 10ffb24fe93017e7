/** `timer_switch.state`. Paused: what is due waits, and fires when the queue is opened again. */
export const QueueState = { OPEN: 0, PAUSED: 1 } as const;
export type QueueState = (typeof QueueState)[keyof typeof QueueState];
