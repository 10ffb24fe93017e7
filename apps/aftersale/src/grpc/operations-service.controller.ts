import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { AFTERSALE_PROTO_SERVICE, CallerGrant, type CompensationDocument, type RefundDocument } from '@ordo/contracts';
import { type CallContext, CurrentCall, Grant } from '@ordo/platform';
import {
  type CompensationAnswer,
  CompensationOperations,
  type OrderCompensations,
} from '../operations/compensation-operations.js';
import { LedgerOperations, type Reconciliations } from '../operations/ledger-operations.js';
import { type Message } from './refund-messages.js';

const SERVICE = AFTERSALE_PROTO_SERVICE;

/** The part of `ordo.aftersale.v1.AftersaleService` for services of ours: the ledger's operation and the compensation centre. */
@Controller()
export class OperationsServiceController {
  constructor(
    private readonly ledger: LedgerOperations,
    private readonly compensations: CompensationOperations,
  ) {}

  @GrpcMethod(SERVICE, 'RetryRefund')
  @Grant(CallerGrant.REFUND_OPERATE)
  retryRefund(@Payload() { refundId, ...body }: Message, @CurrentCall() call: CallContext): Promise<RefundDocument> {
    return this.ledger.retry({ refundId }, body, call);
  }

  @GrpcMethod(SERVICE, 'ReconcileRefunds')
  @Grant(CallerGrant.REFUND_OPERATE)
  reconcileRefunds(@Payload() message: Message, @CurrentCall() call: CallContext): Promise<Reconciliations> {
    return this.ledger.reconcile(message, call);
  }

  @GrpcMethod(SERVICE, 'RetryCompensation')
  @Grant(CallerGrant.COMPENSATION_OPERATE)
  retryCompensation(
    @Payload() { compensationId, ...body }: Message,
    @CurrentCall() call: CallContext,
  ): Promise<CompensationDocument> {
    return this.ledger.retryCompensation({ compensationId }, body, call);
  }

  @GrpcMethod(SERVICE, 'GrantCompensation')
  @Grant(CallerGrant.COMPENSATION_GRANT)
  grantCompensation(@Payload() message: Message, @CurrentCall() call: CallContext): Promise<CompensationAnswer> {
    return this.compensations.grant(message, call);
  }

  @GrpcMethod(SERVICE, 'ListOrderCompensations')
  @Grant(CallerGrant.COMPENSATION_READ)
  listOrderCompensations(@Payload() message: Message, @CurrentCall() call: CallContext): Promise<OrderCompensations> {
    return this.compensations.ofOrder(message, call);
  }
}
