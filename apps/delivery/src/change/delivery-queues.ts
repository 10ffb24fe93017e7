/** The timers of this app, by queue: names, keys and payloads in one place, because they outlive every release. */
import type { TimerRequest } from '@ordo/timers';
import { waybillIdOf } from '../waybills/waybill.js';

export const DeliveryQueue = {
  /** A call that the carrier has not acknowledged is pushed again. */
  PUSH: 'delivery-push',
  /** The carrier has to be told to cancel, or of a tip. */
  ERRAND: 'delivery-errand',
  /** The order has to be told that it was received. */
  RECEIPT: 'delivery-receipt',
  /** A delivery that is late beyond the last tier is judged without waiting any longer. */
  LATENESS: 'delivery-lateness',
} as const;
export type DeliveryQueue = (typeof DeliveryQueue)[keyof typeof DeliveryQueue];

export interface PushTimer {
  readonly orderId: string;
  readonly attempt: number;
  readonly push: number;
}

export interface ErrandTimer {
  readonly orderId: string;
  readonly attempt: number;
  readonly errand: 'CANCEL' | 'TIP';
}

export const pushTimer = (timer: PushTimer, dueMs: number): TimerRequest => ({
  ...{ queue: DeliveryQueue.PUSH, dueMs, payload: JSON.stringify(timer) },
  key: `${waybillIdOf(timer.orderId, timer.attempt)}-${timer.push}`,
});

/** `mark`: tells one tip from the next; a cancellation is needed once. */
export const errandTimer = (timer: ErrandTimer, dueMs: number, mark = ''): TimerRequest => ({
  ...{ queue: DeliveryQueue.ERRAND, dueMs, payload: JSON.stringify(timer) },
  key: `${waybillIdOf(timer.orderId, timer.attempt)}-${timer.errand}${mark}`,
});

export const receiptTimer = (orderId: string, dueMs: number): TimerRequest => ({
  ...{ queue: DeliveryQueue.RECEIPT, key: orderId, dueMs, payload: orderId },
});

export const latenessTimer = (orderId: string, dueMs: number): TimerRequest => ({
  ...{ queue: DeliveryQueue.LATENESS, key: orderId, dueMs, payload: orderId },
});
