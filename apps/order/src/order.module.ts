import { type DynamicModule, Module } from '@nestjs/common';
import { OrderServiceController } from './grpc/order-service.controller.js';
import { OrderOperations } from './operations/order-operations.js';
import { OrderCommandsController } from './rest/order-commands.controller.js';
import { OrderListsController } from './rest/order-lists.controller.js';
import { OrderPlacementController } from './rest/order-placement.controller.js';
import { OrderReadsController } from './rest/order-reads.controller.js';

/** The front of the app over both protocols. Everything behind it is put together in `wiring/`, where starting and stopping have an order. */
@Module({})
export class OrderModule {
  /** `operations` absent: a worker, which answers health and metrics only. */
  static forRole(operations: OrderOperations | undefined): DynamicModule {
    if (operations === undefined) return { module: OrderModule };
    return {
      module: OrderModule,
      controllers: [
        OrderPlacementController,
        OrderCommandsController,
        OrderReadsController,
        OrderListsController,
        OrderServiceController,
      ],
      providers: [{ provide: OrderOperations, useValue: operations }],
    };
  }
}
