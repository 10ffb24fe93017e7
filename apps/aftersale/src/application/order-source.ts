/** What the after-sale side needs of orders: one port, so that specs need no order app. */
import type { OrderClient, OrderPayment } from '@ordo/assembly';
import { type OrderDocument, OrderStatus, refuse } from '@ordo/contracts';
import { type CallerIdentity, canSee } from '@ordo/platform';
import type { PaymentChannels } from '../payment-channel/payment-channels.js';
import { type LineAmount, orderLines } from '../refund-amounts/order-lines.js';
import type { RefundBook } from '../refund-ledger/refund-book.js';

export type OrderPort = Pick<OrderClient, 'read' | 'payments' | 'invalidate' | 'tag'>;

export interface PaidOrder {
  readonly order: OrderDocument;
  readonly payment: OrderPayment;
}

export interface KnownPayment {
  readonly orderId: string;
  readonly currency: string;
  readonly paymentId: string;
  readonly paidAtMs: number;
  readonly lines: readonly LineAmount[];
}

export class OrderSource {
  constructor(
    private readonly orders: OrderPort,
    private readonly channels: Pick<PaymentChannels, 'ofPayment'>,
    private readonly book: Pick<RefundBook, 'takePayment'>,
  ) {}

  /** @throws Refusal ORDER_NOT_FOUND for an order that is absent or somebody else's, word for word as the order app does. */
  async visible(orderId: string, caller: CallerIdentity, traceParent: string): Promise<OrderDocument> {
    const order = await this.orders.read(orderId, traceParent);
    if (canSee(caller, { ...order, effective: order.paidAt !== null })) return order;
    throw refuse('ORDER_NOT_FOUND', `order ${orderId} does not exist`, { orderId });
  }

  /** For the app itself, which may see every order. */
  read(orderId: string): Promise<OrderDocument> {
    return this.orders.read(orderId);
  }

  /** Cuts a payment into the lines of the ledger, once; its channel is known by the form of its id. */
  async makeKnown({ orderId, currency, paymentId, paidAtMs, lines }: KnownPayment): Promise<void> {
    const channel = this.channels.ofPayment(paymentId).name;
    await this.book.takePayment({ orderId, currency, paymentId, paidAtMs, channel, lines });
  }

  /** The payment that paid the order, made known to the ledger line by line; undefined where there was none. */
  async paid(order: OrderDocument, traceParent?: string): Promise<PaidOrder | undefined> {
    if (order.status === OrderStatus.CREATED || order.paidAt === null) return undefined;
    const payments = await this.orders.payments(order.orderId, traceParent);
    const payment = payments.find(({ kind }) => kind === 'EFFECTIVE');
    if (payment === undefined) return undefined;
    const { paymentId, paidAt } = payment;
    const { orderId, currency } = order;
    await this.makeKnown({ orderId, currency, paymentId, paidAtMs: Date.parse(paidAt), lines: orderLines(order) });
    return { order, payment };
  }
}
