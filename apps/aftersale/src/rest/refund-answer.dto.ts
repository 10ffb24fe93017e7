/**
 * The answers as OpenAPI describes them. The classes are never instantiated: `implements` keeps them in step with the documents that the
 * handlers answer, and the golden file of the specification keeps both in step with what was published.
 */
import {
  type OrderDocument,
  type RefundDocument,
  type RefundItem,
  RefundKind,
  RefundOrigin,
  RefundScope,
  type RefundStatus,
  type ReturnedCoupon,
  refundStatuses,
} from '@ordo/contracts';
import { Amount, Answer, Id, Instant, Whole, Words } from '@ordo/platform';
import type { CancellationAnswer } from '../cancellation/cancel-order-handler.js';
import type { OrderWithRefunds, RefundPage } from '../reading/refund-lists.js';

const Nullable = (example: string | null, description: string): PropertyDecorator =>
  Answer({ type: String, nullable: true, example, description });

class RefundItemAnswer implements RefundItem {
  @Words('dumplings') readonly itemId!: string;
  @Answer({ type: 'integer', description: '0 where a sum without units goes back', example: 1 })
  readonly quantity!: number;
  @Amount(914) readonly amount!: number;
  @Amount(100) readonly packing!: number;
}

class ReturnedCouponAnswer implements ReturnedCoupon {
  @Words('packet-7') readonly discountId!: string;
  @Amount(400) readonly amount!: number;
}

export class RefundDocumentAnswer implements RefundDocument {
  @Id('127053183455232777') readonly refundId!: string;
  @Nullable('127053183455232001-1', 'The channel’s idempotency key; null until money was set aside')
  readonly refundNumber!: string | null;
  @Id('127053183455232001') readonly orderId!: string;
  @Id('10001') readonly userId!: string;
  @Id('20001') readonly merchantId!: string;
  @Words('takeout') readonly bizType!: string;
  @Answer({ enum: Object.values(RefundKind), example: 'AFTER_SALE' }) readonly kind!: RefundKind;
  @Answer({ enum: Object.values(RefundScope), example: 'ITEMS' }) readonly scope!: RefundScope;
  @Answer({ enum: Object.values(RefundOrigin), description: 'Who or what began it', example: 'USER' })
  readonly origin!: RefundOrigin;
  @Answer({ enum: refundStatuses, example: 'APPLIED' }) readonly status!: RefundStatus;
  @Answer({ type: 'integer', minimum: 1, description: 'Rises by one with every change', example: 1 })
  readonly version!: number;
  @Words('CNY') readonly currency!: string;
  @Answer({ type: 'integer', description: 'What the user gets, minor units', example: 1014 }) readonly amount!: number;
  @Answer({ type: [RefundItemAnswer] }) readonly items!: readonly RefundItemAnswer[];
  @Amount(0) readonly delivery!: number;
  @Answer({ type: 'integer', description: 'What the platform gets back of the discounts that it bore', example: 212 })
  readonly platformAmount!: number;
  @Answer({ type: [ReturnedCouponAnswer], description: 'Platform discounts that come back, on a full refund' })
  readonly coupons!: readonly ReturnedCouponAnswer[];
  @Words('one portion was missing') readonly reason!: string;
  @Answer({ type: [String], example: [] }) readonly evidence!: readonly string[];
  @Nullable(null, 'What was last said about it') readonly note!: string | null;
  @Whole(0) readonly appeals!: number;
  @Nullable(null, 'Why the channel refused, a stable word') readonly failure!: string | null;
  @Answer({ type: 'integer', description: 'Who changed it last', example: 1 }) readonly role!: number;
  @Instant({ nullable: true }) readonly deadlineAt!: string | null;
  @Instant() readonly createdAt!: string;
  @Instant({ nullable: true }) readonly agreedAt!: string | null;
  @Instant({ nullable: true }) readonly endedAt!: string | null;
}

export class RefundPageAnswer implements RefundPage {
  @Answer({ type: [RefundDocumentAnswer], description: 'Newest first' })
  readonly refunds!: readonly RefundDocumentAnswer[];
  @Nullable(null, 'Continues the list; null on its last page') readonly nextCursor!: string | null;
}

const orderDocument = {
  type: 'object',
  additionalProperties: true,
  description: 'The order document of the order API',
};

export class OrderWithRefundsAnswer implements OrderWithRefunds {
  @Answer(orderDocument) readonly order!: OrderDocument;
  @Answer({ type: [RefundDocumentAnswer], description: 'Oldest first' })
  readonly refunds!: readonly RefundDocumentAnswer[];
  @Answer({ type: 'integer', description: 'Set aside and not yet gone, minor units', example: 0 })
  readonly pendingAmount!: number;
  @Answer({ type: 'integer', description: 'Gone by the channel’s word, minor units', example: 1014 })
  readonly refundedAmount!: number;
}

export class CancellationAnswerBody implements CancellationAnswer {
  @Answer({ enum: ['CANCELLED', 'APPLIED'], description: 'APPLIED: the other side is asked, and silence agrees' })
  readonly outcome!: 'CANCELLED' | 'APPLIED';
  @Answer(orderDocument) readonly order!: OrderDocument;
  @Answer({ type: RefundDocumentAnswer, nullable: true, description: 'The application, with APPLIED' })
  readonly refund!: RefundDocumentAnswer | null;
}
