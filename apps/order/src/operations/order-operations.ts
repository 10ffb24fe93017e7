/**
 * Every operation of the public contract (DESIGN §11), once, whatever protocol asks: the request is shaped (unknown fields, wrong
 * types and broken bounds are refused with their field and rule), then one handler answers. Grants were checked at the door.
 */
import { type OrderDocument, refuseViolations } from '@ordo/contracts';
import { type CallContext, MerchantPathDto, OrderPathDto, type Path, shape, UserPathDto } from '@ordo/platform';
import type { ConfirmPaymentHandler } from '../payment/confirm-payment-handler.js';
import type { PlacementAnswer, PlaceOrderHandler } from '../placement/place-order-handler.js';
import type { OrderLists } from '../reading/order-lists.js';
import type { OrderBatch, OrderReader } from '../reading/order-reader.js';
import type { OrderCounts, OrderPage, OrderPayments, OrderTimeline } from '../reading/reading-documents.js';
import type { TagOrderHandler } from '../tagging/tag-order-handler.js';
import type { TransitionHandler } from '../transition/transition-handler.js';
import { AdvanceOrderDto, ConfirmPaymentDto, InvalidateOrderDto, TagOrderDto } from './order-command.dto.js';
import { BatchGetDto, ListOfMerchantDto, ListOfUserDto, OrderCountsDto } from './order-query.dto.js';
import { PlaceOrderDto } from './place-order.dto.js';

/** Order numbers count from here: no order, and so no payment of one, is older. */
const EARLIEST_PAYMENT_MS = Date.UTC(2025, 0, 1);

const orderIdOf = (path: Path): string => shape(OrderPathDto, path).orderId;

function paidAtOf(text: string): number {
  const paidAt = Date.parse(text);
  if (paidAt >= EARLIEST_PAYMENT_MS) return paidAt;
  throw refuseViolations([{ field: 'paidAt', rule: 'minimum', message: 'must not lie before 2025-01-01' }]);
}

export class OrderOperations {
  constructor(
    private readonly placements: PlaceOrderHandler,
    private readonly payments: ConfirmPaymentHandler,
    private readonly transitions: TransitionHandler,
    private readonly reader: OrderReader,
    private readonly lists: OrderLists,
    private readonly tagging: TagOrderHandler,
    /** The merchant's business day of now. */
    private readonly today: () => string,
  ) {}

  place(body: unknown, idempotencyKey: string | undefined, call: CallContext): Promise<PlacementAnswer> {
    return this.placements.handle(shape(PlaceOrderDto, body), idempotencyKey, call);
  }

  confirmPayment(path: Path, body: unknown, call: CallContext): Promise<OrderDocument> {
    const orderId = orderIdOf(path);
    const { paymentId, paidAmount, paidAt } = shape(ConfirmPaymentDto, body);
    return this.payments.handle({ orderId, paymentId, paidAmount, paidAt: paidAtOf(paidAt) }, call);
  }

  /** Acceptance, receipt and completion; an absent body is an empty one. */
  advance(
    command: 'accept' | 'receive' | 'complete',
    path: Path,
    body: unknown,
    call: CallContext,
  ): Promise<OrderDocument> {
    const orderId = orderIdOf(path);
    return this.transitions.handle({ ...shape(AdvanceOrderDto, body ?? {}), orderId, command }, call);
  }

  invalidate(path: Path, body: unknown, call: CallContext): Promise<OrderDocument> {
    const orderId = orderIdOf(path);
    return this.transitions.handle({ ...shape(InvalidateOrderDto, body), orderId, command: 'invalidate' }, call);
  }

  tag(path: Path, body: unknown, call: CallContext): Promise<OrderDocument> {
    const orderId = orderIdOf(path);
    return this.tagging.handle({ ...shape(TagOrderDto, body ?? {}), orderId }, call);
  }

  read(path: Path, call: CallContext): Promise<OrderDocument> {
    return this.reader.read(orderIdOf(path), call);
  }

  /** As {@link read}, as the JSON text of the document. */
  readText(path: Path, call: CallContext): Promise<string> {
    return this.reader.readText(orderIdOf(path), call);
  }

  batchGet(body: unknown, call: CallContext): Promise<OrderBatch> {
    return this.reader.batchGet(shape(BatchGetDto, body).orderIds, call);
  }

  timeline(path: Path, call: CallContext): Promise<OrderTimeline> {
    return this.reader.timeline(orderIdOf(path), call);
  }

  /** Every payment that was announced, effective or not. */
  paymentsOf(path: Path, call: CallContext): Promise<OrderPayments> {
    return this.reader.payments(orderIdOf(path), call);
  }

  listOfUser(path: Path, query: unknown, call: CallContext): Promise<OrderPage> {
    return this.lists.ofUser({ ...shape(ListOfUserDto, query), ...shape(UserPathDto, path) }, call);
  }

  listOfMerchant(path: Path, query: unknown, call: CallContext): Promise<OrderPage> {
    return this.lists.ofMerchant({ ...shape(ListOfMerchantDto, query), ...shape(MerchantPathDto, path) }, call);
  }

  countsOfMerchant(path: Path, query: unknown, call: CallContext): Promise<OrderCounts> {
    const { merchantId } = shape(MerchantPathDto, path);
    const { businessDate } = shape(OrderCountsDto, query);
    return this.lists.countsOfMerchant(merchantId, businessDate ?? this.today(), call);
  }
}
