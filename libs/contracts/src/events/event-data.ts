/**
 * The `data` of events as types, for consumers that are written in TypeScript. The schemas of the catalogue are the contract; a spec
 * holds these types to them, member by member.
 */
import type { InvalidReason } from '../order/invalid-reason.js';
import type { OrderStatus } from '../order/order-status.js';
import type { OrderTagName } from '../order/order-tag.js';
import type { CloudEvent } from './cloud-event.js';
import type { EventName } from './event-catalogue.js';

interface StateAfter {
  readonly status: OrderStatus;
}

interface Transition extends StateAfter {
  readonly previousStatus: OrderStatus;
}

export interface TypedEventData {
  readonly 'order.created': StateAfter & {
    readonly currency: string;
    readonly payAmount: number;
    readonly deadlineAt?: string | null;
  };
  readonly 'order.paid': Transition & {
    readonly paymentId: string;
    readonly paidAmount: number;
    readonly currency?: string;
    readonly businessDate?: string | null;
    readonly deadlineAt?: string | null;
  };
  readonly 'order.accepted': Transition & { readonly deadlineAt?: string | null };
  readonly 'order.received': Transition & { readonly deadlineAt?: string | null };
  readonly 'order.completed': Transition & { readonly afterSaleUntil?: string };
  readonly 'order.invalidated': Transition & { readonly reasonCode: InvalidReason };
  readonly 'order.tagged': StateAfter & {
    readonly tags: readonly OrderTagName[];
    readonly added: readonly OrderTagName[];
    readonly removed: readonly OrderTagName[];
  };
  readonly 'order.late_payment': StateAfter & {
    readonly paymentId: string;
    readonly paidAmount: number;
    readonly paidAt?: string;
    readonly currency?: string;
    readonly kind: 'LATE' | 'DUPLICATE';
  };
}

/** `data` of the event `N`; an open object where no type is written yet. Mapped, so that it is an object of unknown members, too. */
export type EventData<N extends EventName> = N extends keyof TypedEventData
  ? { readonly [Member in keyof TypedEventData[N]]: TypedEventData[N][Member] }
  : Readonly<Record<string, unknown>>;

/** The whole message of the event `N`. */
export type EventOf<N extends EventName> = CloudEvent<EventData<N>>;
