import { type DynamicModule, Module } from '@nestjs/common';
import { OrderServiceController } from './grpc/order-service.controller.js';
import { OrderStreamsController } from './grpc/order-streams.controller.js';
import { FeedOperations } from './operations/feed-operations.js';
import { OrderOperations } from './operations/order-operations.js';
import { SettlementOperations } from './operations/settlement-operations.js';
import { MerchantFeedController } from './rest/merchant-feed.controller.js';
import { OrderCommandsController } from './rest/order-commands.controller.js';
import { OrderListsController } from './rest/order-lists.controller.js';
import { OrderPlacementController } from './rest/order-placement.controller.js';
import { OrderReadsController } from './rest/order-reads.controller.js';
import { SettlementController } from './rest/settlement.controller.js';

/** What the front calls. */
export interface OrderFront {
  readonly orders: OrderOperations;
  readonly feed: FeedOperations;
  readonly settlement: SettlementOperations;
}

/** The front of the app over both protocols. Everything behind it is put together in `wiring/`, where starting and stopping have an order. */
@Module({})
export class OrderModule {
  /** `front` absent: a worker, which answers health and metrics only. */
  static forRole(front: OrderFront | undefined): DynamicModule {
    if (front === undefined) return { module: OrderModule };
    return {
      module: OrderModule,
      controllers: [
        OrderPlacementController,
        OrderCommandsController,
        OrderReadsController,
        OrderListsController,
        MerchantFeedController,
        SettlementController,
        OrderServiceController,
        OrderStreamsController,
      ],
      providers: [
        { provide: OrderOperations, useValue: front.orders },
        { provide: FeedOperations, useValue: front.feed },
        { provide: SettlementOperations, useValue: front.settlement },
      ],
    };
  }
}
