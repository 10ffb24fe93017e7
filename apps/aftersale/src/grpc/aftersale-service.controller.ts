import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { AFTERSALE_PROTO_SERVICE, CallerGrant, type RefundDocument } from '@ordo/contracts';
import { type CallContext, CurrentCall, Grant } from '@ordo/platform';
import { type RefundAnswer } from '../application/apply-refund-handler.js';
import { RefundOperations } from '../operations/refund-operations.js';
import { type RefundPage } from '../reading/refund-lists.js';
import { RefundCommand } from '../refund/refund.state.js';
import {
  type CancellationMessage,
  cancellationOf,
  type Message,
  requestOf,
  withoutEmptyLists,
} from './refund-messages.js';

const SERVICE = AFTERSALE_PROTO_SERVICE;

/** The gRPC service `ordo.aftersale.v1.AftersaleService` over the same operations as REST; guard and filter are the application's. */
@Controller()
export class AftersaleServiceController {
  constructor(private readonly operations: RefundOperations) {}

  @GrpcMethod(SERVICE, 'ApplyForRefund')
  @Grant(CallerGrant.REFUND_APPLY)
  applyForRefund(@Payload() message: Message, @CurrentCall() call: CallContext): Promise<RefundAnswer> {
    const { body, key } = requestOf(message);
    return this.operations.apply(body, key, call);
  }

  @GrpcMethod(SERVICE, 'StartRefund')
  @Grant(CallerGrant.REFUND_START)
  startRefund(@Payload() message: Message, @CurrentCall() call: CallContext): Promise<RefundAnswer> {
    const { body, key } = requestOf(message);
    return this.operations.start(body, key, call);
  }

  @GrpcMethod(SERVICE, 'GetRefund')
  @Grant(CallerGrant.REFUND_READ)
  getRefund(@Payload() message: Message, @CurrentCall() call: CallContext): Promise<RefundDocument> {
    return this.operations.read(message, call);
  }

  @GrpcMethod(SERVICE, 'WithdrawRefund')
  @Grant(CallerGrant.REFUND_WITHDRAW)
  withdrawRefund(@Payload() message: Message, @CurrentCall() call: CallContext): Promise<RefundDocument> {
    return this.decide(RefundCommand.WITHDRAW, message, call);
  }

  @GrpcMethod(SERVICE, 'AgreeRefund')
  @Grant(CallerGrant.REFUND_AGREE)
  agreeRefund(@Payload() message: Message, @CurrentCall() call: CallContext): Promise<RefundDocument> {
    return this.decide(RefundCommand.AGREE, message, call);
  }

  @GrpcMethod(SERVICE, 'RejectRefund')
  @Grant(CallerGrant.REFUND_REJECT)
  rejectRefund(@Payload() message: Message, @CurrentCall() call: CallContext): Promise<RefundDocument> {
    return this.decide(RefundCommand.REJECT, message, call);
  }

  @GrpcMethod(SERVICE, 'AppealRefund')
  @Grant(CallerGrant.REFUND_APPEAL)
  appealRefund(@Payload() { refundId, ...body }: Message, @CurrentCall() call: CallContext): Promise<RefundDocument> {
    return this.operations.appeal({ refundId }, withoutEmptyLists(body), call);
  }

  @GrpcMethod(SERVICE, 'RuleRefund')
  @Grant(CallerGrant.REFUND_RULE)
  ruleRefund(@Payload() { refundId, ...body }: Message, @CurrentCall() call: CallContext): Promise<RefundDocument> {
    return this.operations.rule({ refundId }, body, call);
  }

  @GrpcMethod(SERVICE, 'CancelOrder')
  @Grant(CallerGrant.CANCEL)
  async cancelOrder(
    @Payload() { orderId, idempotencyKey, ...body }: Message,
    @CurrentCall() call: CallContext,
  ): Promise<CancellationMessage> {
    const key = typeof idempotencyKey === 'string' ? idempotencyKey : undefined;
    return cancellationOf(await this.operations.cancel({ orderId }, body, key, call));
  }

  @GrpcMethod(SERVICE, 'ListUserRefunds')
  @Grant(CallerGrant.REFUND_LIST)
  listUserRefunds(@Payload() { userId, ...query }: Message, @CurrentCall() call: CallContext): Promise<RefundPage> {
    return this.operations.ofUser({ userId }, query, call);
  }

  @GrpcMethod(SERVICE, 'ListMerchantRefunds')
  @Grant(CallerGrant.REFUND_LIST)
  listMerchantRefunds(
    @Payload() { merchantId, ...query }: Message,
    @CurrentCall() call: CallContext,
  ): Promise<RefundPage> {
    return this.operations.ofMerchant({ merchantId }, query, call);
  }

  @GrpcMethod(SERVICE, 'ListOrderRefunds')
  @Grant(CallerGrant.REFUND_READ)
  async listOrderRefunds(@Payload() message: Message, @CurrentCall() call: CallContext): Promise<object> {
    const { order, ...money } = await this.operations.ofOrder(message, call);
    return { orderId: order.orderId, ...money };
  }

  private decide(
    command: Parameters<RefundOperations['decide']>[0],
    { refundId, evidence: _, ...body }: Message,
    call: CallContext,
  ): Promise<RefundDocument> {
    return this.operations.decide(command, { refundId }, body, call);
  }
}
