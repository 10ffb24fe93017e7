/**
 * Every operation of the public contract, once, whatever protocol asks: the caller's quota is taken, the request is shaped (unknown fields,
 * wrong types and broken bounds are refused with their field and rule), then one handler answers. Grants were checked at the door.
 */
import type { RefundDocument } from '@ordo/contracts';
import {
  type CallContext,
  type CallQuota,
  MerchantPathDto,
  OrderPathDto,
  type Path,
  shape,
  UserPathDto,
} from '@ordo/platform';
import type { ApplyRefundHandler, RefundAnswer } from '../application/apply-refund-handler.js';
import type { CancellationAnswer, CancelOrderHandler } from '../cancellation/cancel-order-handler.js';
import type { DecideRefundHandler } from '../decision/decide-refund-handler.js';
import type { OrderWithRefunds, RefundLists, RefundPage } from '../reading/refund-lists.js';
import { RefundCommand } from '../refund/refund.state.js';
import {
  AppealRefundDto,
  ApplyRefundDto,
  CancelOrderDto,
  DecideRefundDto,
  RefundListDto,
  RefundPathDto,
  RuleRefundDto,
} from './refund.dto.js';

const refundIdOf = (path: Path): string => shape(RefundPathDto, path).refundId;
const orderIdOf = (path: Path): string => shape(OrderPathDto, path).orderId;

export class RefundOperations {
  constructor(
    private readonly applications: ApplyRefundHandler,
    private readonly decisions: DecideRefundHandler,
    private readonly cancellations: CancelOrderHandler,
    private readonly lists: RefundLists,
    private readonly quota: CallQuota,
  ) {}

  apply(body: unknown, key: string | undefined, call: CallContext): Promise<RefundAnswer> {
    this.quota.take(call.caller);
    return this.applications.handle(RefundCommand.APPLY, shape(ApplyRefundDto, body), key, call);
  }

  start(body: unknown, key: string | undefined, call: CallContext): Promise<RefundAnswer> {
    this.quota.take(call.caller);
    return this.applications.handle(RefundCommand.START, shape(ApplyRefundDto, body), key, call);
  }

  /** Withdrawal, agreement and rejection; an absent body is an empty one. */
  decide(
    command: typeof RefundCommand.WITHDRAW | typeof RefundCommand.AGREE | typeof RefundCommand.REJECT,
    path: Path,
    body: unknown,
    call: CallContext,
  ): Promise<RefundDocument> {
    this.quota.take(call.caller);
    const refundId = refundIdOf(path);
    return this.decisions.handle({ ...shape(DecideRefundDto, body ?? {}), refundId, command }, call);
  }

  appeal(path: Path, body: unknown, call: CallContext): Promise<RefundDocument> {
    this.quota.take(call.caller);
    const refundId = refundIdOf(path);
    const command = RefundCommand.APPEAL;
    return this.decisions.handle({ ...shape(AppealRefundDto, body ?? {}), refundId, command }, call);
  }

  rule(path: Path, body: unknown, call: CallContext): Promise<RefundDocument> {
    this.quota.take(call.caller);
    const refundId = refundIdOf(path);
    const { decision, ...told } = shape(RuleRefundDto, body);
    const command = decision === 'UPHOLD' ? RefundCommand.UPHOLD : RefundCommand.DISMISS;
    return this.decisions.handle({ ...told, refundId, command }, call);
  }

  cancel(path: Path, body: unknown, key: string | undefined, call: CallContext): Promise<CancellationAnswer> {
    this.quota.take(call.caller);
    const orderId = orderIdOf(path);
    return this.cancellations.handle({ ...shape(CancelOrderDto, body ?? {}), orderId }, key, call);
  }

  read(path: Path, call: CallContext): Promise<RefundDocument> {
    return this.lists.read(refundIdOf(path), call);
  }

  ofOrder(path: Path, call: CallContext): Promise<OrderWithRefunds> {
    return this.lists.ofOrder(orderIdOf(path), call);
  }

  ofUser(path: Path, query: unknown, call: CallContext): Promise<RefundPage> {
    return this.lists.ofUser(shape(UserPathDto, path).userId, shape(RefundListDto, query), call);
  }

  ofMerchant(path: Path, query: unknown, call: CallContext): Promise<RefundPage> {
    return this.lists.ofMerchant(shape(MerchantPathDto, path).merchantId, shape(RefundListDto, query), call);
  }
}
