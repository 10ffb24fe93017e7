/**
 * What one line of business states about itself: its transitions, deadlines, checked extension, delivery mode and after-sale window.
 * A new line joins by one file of this shape and one line in the registry of `lifecycle/order.state.ts`.
 */
import { type InvalidReason, type JsonSchema, type OrderEventName, type OrderStatus, Role } from '@ordo/contracts';

/** What can be asked of an order. `place` makes it; the others move it. */
export const OrderCommand = {
  PLACE: 'place',
  PAY: 'pay',
  ACCEPT: 'accept',
  RECEIVE: 'receive',
  COMPLETE: 'complete',
  INVALIDATE: 'invalidate',
} as const;
export type OrderCommand = (typeof OrderCommand)[keyof typeof OrderCommand];

/** The instants of an order that a window may be counted from. */
export type OrderInstant = 'createdAt' | 'paidAt' | 'acceptedAt' | 'receivedAt';

export type DeadlineName = 'pay' | 'accept' | 'receive' | 'complete';

/** `roles` may use the transition only until `ms` after `since`; every other role of the row is not bound by it. */
export interface TransitionWindow {
  readonly roles: readonly Role[];
  readonly since: OrderInstant;
  readonly ms: number;
}

/** Within what an order may be placed with a deadline of its own. */
export interface DeadlineLimits {
  readonly shortestMs: number;
  readonly longestMs: number;
}

/** How a state ends by itself: `afterMs` after it was entered, the system issues `command`. */
export interface Deadline {
  /** How an order names its own: `<name>Seconds`. */
  readonly name: DeadlineName;
  /** Unless the order has its own. */
  readonly afterMs: number;
  readonly limits: DeadlineLimits;
  readonly command: OrderCommand;
  readonly reasonCode?: InvalidReason;
}

/** The row leaves the order in its state, and so with the deadline that it has. */
export const UNCHANGED = 'unchanged';

export interface TransitionRow {
  /** `null`: there is no order yet. */
  readonly from: OrderStatus | null;
  readonly on: OrderCommand;
  readonly to: OrderStatus;
  readonly roles: readonly Role[];
  readonly within?: TransitionWindow;
  /** The pending deadline after this row; null where the state that it leads to waits for nobody. */
  readonly deadline: Deadline | typeof UNCHANGED | null;
  /** Null only for a replay: nothing happened, so nothing is told. */
  readonly emits: OrderEventName | null;
  /** The order is where the command leads already: answered as done, nothing written. */
  readonly replay?: true;
}

/** How the goods reach the user: by courier with a hand-off of its own, or by the seller's system within FULFILLING. */
export type DeliveryMode = 'COURIER' | 'ELECTRONIC';

/**
 * A payment that finds the order closed or paid already changes no state: it is recorded, announced and refunded by itself. One row
 * for each state that an order may be in by then.
 */
export const latePayment = <const S extends OrderStatus>(status: S) =>
  ({
    from: status,
    on: OrderCommand.PAY,
    to: status,
    roles: [Role.SYSTEM],
    deadline: UNCHANGED,
    emits: 'order.late_payment',
  }) as const;

export interface BusinessType {
  readonly name: string;
  /** Stored in `order_base.biz_type`; never reused. */
  readonly code: number;
  readonly transitions: readonly TransitionRow[];
  /** The one pending deadline of each state; a state without one waits for nobody. */
  readonly deadlines: Readonly<Partial<Record<OrderStatus, Deadline>>>;
  readonly extensionSchema: JsonSchema;
  readonly deliveryMode: DeliveryMode;
  /** How long after completion the user may apply for a refund. */
  readonly afterSaleWindowMs: number;
}
