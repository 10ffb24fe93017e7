/** What the after-sale side needs of orders: one port, so that specs need no order app. */
import type { OrderClient } from '@ordo/assembly';
import { type OrderDocument, OrderStatus, refuse } from '@ordo/contracts';
import { type CallerIdentity, canSee } from '@ordo/platform';
import type { PaymentChannels } from '../payment-channel/payment-channels.js';
import { orderLines } from '../refund-amounts/order-lines.js';
import type { PaymentFacts } from '../refund-ledger/refund-ledger.rules.js';

export type OrderPort = Pick<OrderClient, 'read' | 'payments' | 'invalidate' | 'tag'>;

export interface PaidOrder {
  readonly order: OrderDocument;
  /** What the ledger has to know of the payment that paid it. */
  readonly payment: PaymentFacts;
}

export class OrderSource {
  constructor(
    private readonly orders: OrderPort,
    private readonly channels: Pick<PaymentChannels, 'ofPayment'>,
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

  /** The payment as the ledger takes it, with its channel, which is known by the form of its id. */
  factsOf(payment: Omit<PaymentFacts, 'channel'>): PaymentFacts {
    return { ...payment, channel: this.channels.ofPayment(payment.paymentId).name };
  }

  /** The payment that paid the order, cut into the lines of the ledger; undefined where there was none. */
  async paid(order: OrderDocument, traceParent?: string): Promise<PaidOrder | undefined> {
    if (order.status === OrderStatus.CREATED || order.paidAt === null) return undefined;
    const payments = await this.orders.payments(order.orderId, traceParent);
    const effective = payments.find(({ kind }) => kind === 'EFFECTIVE');
    if (effective === undefined) return undefined;
    const { paymentId, paidAt } = effective;
    const { orderId, currency } = order;
    const lines = orderLines(order);
    return { order, payment: this.factsOf({ orderId, currency, paymentId, paidAtMs: Date.parse(paidAt), lines }) };
  }
}
