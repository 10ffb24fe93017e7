/**
 * The answers as OpenAPI describes them. The classes are never instantiated: `implements` keeps them in step with the documents
 * that the handlers answer, and the golden file of the specification keeps both in step with what was published.
 */

import {
  DiscountBearer,
  DiscountScope,
  type DiscountShare,
  type OrderDeadlines,
  type OrderDiscount,
  type OrderDocument,
  type OrderFees,
  type OrderItem,
  type OrderRecipient,
  OrderStatus,
  OrderTag,
  type OrderTagName,
  orderStatuses,
} from '@ordo/contracts';
import { Amount, Answer, Id, Instant, Whole, WholeOrNull, Words } from '@ordo/platform';
import type { OrderBatch } from '../reading/order-reader.js';
import type {
  FeedDocument,
  OrderCounts,
  OrderPage,
  OrderPaymentEntry,
  OrderPayments,
  OrderTimeline,
  PaymentWord,
  TimelineEntry,
} from '../reading/reading-documents.js';

const ORDER_ID = '127053183455232001';

class DiscountShareAnswer implements DiscountShare {
  @Words('reduction-12') readonly discountId!: string;
  @Amount(200) readonly amount!: number;
}

class OrderItemAnswer implements OrderItem {
  @Words('noodles') readonly itemId!: string;
  @Words('noodles-large') readonly skuId!: string;
  @Words('Beef noodles') readonly name!: string;
  @Whole(1) readonly quantity!: number;
  @Amount(1800) readonly unitPrice!: number;
  @Amount(100) readonly packingFee!: number;
  @Amount(1600) readonly payable!: number;
  @Answer({ type: [DiscountShareAnswer] }) readonly discountShares!: readonly DiscountShareAnswer[];
}

class OrderFeesAnswer implements OrderFees {
  @Amount(500) readonly delivery!: number;
}

class OrderDiscountAnswer implements OrderDiscount {
  @Words('reduction-12') readonly discountId!: string;
  @Words('Full reduction') readonly name!: string;
  @Amount(200) readonly amount!: number;
  @Answer({ enum: Object.values(DiscountBearer) }) readonly bearer!: DiscountBearer;
  @Answer({ enum: Object.values(DiscountScope) }) readonly scope!: DiscountScope;
}

class OrderRecipientAnswer implements OrderRecipient {
  @Words('Li') readonly name!: string;
  @Words('+86 10 5555 0100') readonly phone!: string;
  @Words('1 Lake Road') readonly address!: string;
}

const Seconds = (): PropertyDecorator => Answer({ type: 'integer', required: false, example: 480 });

class OrderDeadlinesAnswer implements OrderDeadlines {
  @Seconds() readonly paySeconds?: number;
  @Seconds() readonly acceptSeconds?: number;
  @Seconds() readonly receiveSeconds?: number;
  @Seconds() readonly completeSeconds?: number;
}

export class OrderDocumentAnswer implements OrderDocument {
  @Id(ORDER_ID) readonly orderId!: string;
  @Words('takeout') readonly bizType!: string;
  @Id('10001') readonly userId!: string;
  @Id('20001') readonly merchantId!: string;
  @Answer({ enum: orderStatuses, example: OrderStatus.CREATED }) readonly status!: OrderStatus;
  @Answer({ type: 'integer', minimum: 1, description: 'Rises by one with every change', example: 1 })
  readonly version!: number;
  @Words('CNY') readonly currency!: string;
  @Amount(2200) readonly payAmount!: number;
  @WholeOrNull(null, 'The merchant’s number of the day, for humans; never a sign of payment')
  readonly daySerial!: number | null;
  @Answer({ type: 'array', items: { type: 'string', enum: Object.keys(OrderTag) }, example: [] })
  readonly tags!: readonly OrderTagName[];
  @Instant({ nullable: true }) readonly deadlineAt!: string | null;
  @Instant() readonly createdAt!: string;
  @Instant({ nullable: true }) readonly paidAt!: string | null;
  @Instant({ nullable: true }) readonly acceptedAt!: string | null;
  @Instant({ nullable: true }) readonly receivedAt!: string | null;
  @Instant({ nullable: true }) readonly completedAt!: string | null;
  @Instant({ nullable: true }) readonly invalidatedAt!: string | null;
  @WholeOrNull(null, 'Why the order is INVALID') readonly reasonCode!: number | null;
  @WholeOrNull(1, 'Who changed the order last') readonly role!: number | null;
  @Answer({ type: [OrderItemAnswer] }) readonly items!: readonly OrderItemAnswer[];
  @Answer({ type: OrderFeesAnswer }) readonly fees!: OrderFeesAnswer;
  @Answer({ type: [OrderDiscountAnswer] }) readonly discounts!: readonly OrderDiscountAnswer[];
  @Answer({ type: OrderRecipientAnswer }) readonly recipient!: OrderRecipientAnswer;
  @Words('No coriander') readonly remark!: string;
  @Answer({ type: 'object', additionalProperties: true, example: { tablewareCount: 1 } })
  readonly extension!: Readonly<Record<string, unknown>>;
  @Answer({ type: OrderDeadlinesAnswer, required: false, description: 'Only if it was placed with its own' })
  readonly deadlines?: OrderDeadlinesAnswer;
}

export class OrderPageAnswer implements OrderPage {
  @Answer({ type: [OrderDocumentAnswer], description: 'Newest first' })
  readonly orders!: readonly OrderDocumentAnswer[];
  @Answer({ type: String, nullable: true, description: 'Continues the list; null on its last page', example: null })
  readonly nextCursor!: string | null;
}

export class OrderBatchAnswer implements OrderBatch {
  @Answer({ type: [OrderDocumentAnswer], description: 'In the order in which they were asked for' })
  readonly orders!: readonly OrderDocumentAnswer[];
  @Answer({ type: [String], description: 'Asked for, and absent or not the caller’s', example: [] })
  readonly missing!: readonly string[];
}

export class OrderCountsAnswer implements OrderCounts {
  @Id('20001') readonly merchantId!: string;
  @Answer({ type: String, format: 'date', example: '2026-11-20' }) readonly businessDate!: string;
  @Answer({
    type: 'object',
    description: 'Orders that were paid on that day, by status; every status is there',
    properties: Object.fromEntries(orderStatuses.map((status) => [status, { type: 'integer' }])),
    required: orderStatuses,
    example: Object.fromEntries(orderStatuses.map((status) => [status, status === 'PAID' ? 3 : 0])),
  })
  readonly counts!: Readonly<Record<OrderStatus, number>>;
}

class TimelineEntryAnswer implements TimelineEntry {
  @Whole(1) readonly version!: number;
  @Words('order.created') readonly type!: string;
  @Answer({ enum: orderStatuses, description: 'State after the change' }) readonly status!: OrderStatus;
  @WholeOrNull(1, 'Who acted') readonly role!: number | null;
  @WholeOrNull(null, 'Why, for an invalidation') readonly reasonCode!: number | null;
  @Answer({ type: String, nullable: true, example: null }) readonly note!: string | null;
  @Instant() readonly occurredAt!: string;
}

export class OrderTimelineAnswer implements OrderTimeline {
  @Id(ORDER_ID) readonly orderId!: string;
  @Answer({ type: [TimelineEntryAnswer], description: 'Oldest first' })
  readonly entries!: readonly TimelineEntryAnswer[];
}

class OrderPaymentAnswer implements OrderPaymentEntry {
  @Words('pay-9c21') readonly paymentId!: string;
  @Answer({ enum: ['EFFECTIVE', 'LATE', 'DUPLICATE'], description: 'LATE and DUPLICATE ones go back' })
  readonly kind!: PaymentWord;
  @Amount(2200) readonly paidAmount!: number;
  @Instant() readonly paidAt!: string;
}

export class OrderPaymentsAnswer implements OrderPayments {
  @Id(ORDER_ID) readonly orderId!: string;
  @Words('CNY') readonly currency!: string;
  @Answer({ type: [OrderPaymentAnswer], description: 'In the order in which they were announced' })
  readonly payments!: readonly OrderPaymentAnswer[];
}

export class FeedAnswer implements FeedDocument {
  @Answer({ type: [OrderDocumentAnswer], description: 'Each once, in its present state, in the order of the changes' })
  readonly orders!: readonly OrderDocumentAnswer[];
  @Answer({ type: String, description: '`after` of the next poll', example: '42' }) readonly next!: string;
  @Answer({ type: Boolean, description: 'Ask again at once', example: false }) readonly hasMore!: boolean;
  @Answer({
    type: Boolean,
    description: 'The position is not of this feed any more: read the lists anew',
    example: false,
  })
  readonly restarted!: boolean;
}
