import { type DynamicModule, Module } from '@nestjs/common';
import { AftersaleServiceController } from './grpc/aftersale-service.controller.js';
import { OperationsServiceController } from './grpc/operations-service.controller.js';
import { CompensationOperations } from './operations/compensation-operations.js';
import { LedgerOperations } from './operations/ledger-operations.js';
import { RefundOperations } from './operations/refund-operations.js';
import { CompensationsController } from './rest/compensations.controller.js';
import { LedgerController } from './rest/ledger.controller.js';
import { RefundDecisionsController } from './rest/refund-decisions.controller.js';
import { RefundReadsController } from './rest/refund-reads.controller.js';
import { RefundRequestsController } from './rest/refund-requests.controller.js';

export interface AftersaleOperations {
  readonly refunds: RefundOperations;
  readonly ledger: LedgerOperations;
  readonly compensations: CompensationOperations;
}

/** The front of the app over both protocols. Everything behind it is put together in `wiring/`, where starting and stopping have an order. */
@Module({})
export class AftersaleModule {
  /** `operations` absent: a worker, which answers health and metrics only. */
  static forRole(operations: AftersaleOperations | undefined): DynamicModule {
    if (operations === undefined) return { module: AftersaleModule };
    return {
      module: AftersaleModule,
      controllers: [
        ...[RefundRequestsController, RefundDecisionsController, RefundReadsController, LedgerController],
        ...[CompensationsController, AftersaleServiceController, OperationsServiceController],
      ],
      providers: [
        { provide: RefundOperations, useValue: operations.refunds },
        { provide: LedgerOperations, useValue: operations.ledger },
        { provide: CompensationOperations, useValue: operations.compensations },
      ],
    };
  }
}
