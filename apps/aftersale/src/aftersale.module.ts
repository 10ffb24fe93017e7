import { type DynamicModule, Module } from '@nestjs/common';
import { AftersaleServiceController } from './grpc/aftersale-service.controller.js';
import { RefundOperations } from './operations/refund-operations.js';
import { RefundDecisionsController } from './rest/refund-decisions.controller.js';
import { RefundReadsController } from './rest/refund-reads.controller.js';
import { RefundRequestsController } from './rest/refund-requests.controller.js';

/** The front of the app over both protocols. Everything behind it is put together in `wiring/`, where starting and stopping have an order. */
@Module({})
export class AftersaleModule {
  /** `operations` absent: a worker, which answers health and metrics only. */
  static forRole(operations: RefundOperations | undefined): DynamicModule {
    if (operations === undefined) return { module: AftersaleModule };
    return {
      module: AftersaleModule,
      controllers: [
        RefundRequestsController,
        RefundDecisionsController,
        RefundReadsController,
        AftersaleServiceController,
      ],
      providers: [{ provide: RefundOperations, useValue: operations }],
    };
  }
}
