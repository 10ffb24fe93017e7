import { type DynamicModule, Module } from '@nestjs/common';
import { CarrierDesk } from './callbacks/carrier-desk.js';
import { DeliveryDesk } from './commands/delivery-desk.js';
import { DisputeDesk } from './disputes/dispute-desk.js';
import { DeliveryServiceController } from './grpc/delivery-service.controller.js';
import { PromiseServiceController } from './grpc/promise-service.controller.js';
import { ContractDesk } from './merchant-contracts/contract-desk.js';
import { PromiseDesk } from './promise-answers/promise-desk.js';
import { LaneDesk } from './promise-loading/lane-desk.js';
import { CarriersController } from './rest/carriers.controller.js';
import { ContractsController } from './rest/contracts.controller.js';
import { DeliveriesController } from './rest/deliveries.controller.js';
import { PromisesController } from './rest/promises.controller.js';
import { WaybillsController } from './rest/waybills.controller.js';
import { WaybillDesk } from './waybills/waybill-desk.js';

/** What the fronts call. */
export interface DeliveryDesks {
  readonly promises: PromiseDesk;
  readonly lanes: LaneDesk;
  readonly deliveries: DeliveryDesk;
  readonly carriers: CarrierDesk;
  readonly disputes: DisputeDesk;
  readonly contracts: ContractDesk;
  readonly waybills: WaybillDesk;
}

/** The front of the app over both protocols. Everything behind it is put together in `wiring/`, where starting and stopping have an order. */
@Module({})
export class DeliveryModule {
  /** `desks` absent: a worker, which answers health and metrics only. */
  static forRole(desks: DeliveryDesks | undefined): DynamicModule {
    if (desks === undefined) return { module: DeliveryModule };
    return {
      module: DeliveryModule,
      controllers: [
        PromisesController,
        DeliveriesController,
        CarriersController,
        ContractsController,
        WaybillsController,
        PromiseServiceController,
        DeliveryServiceController,
      ],
      providers: [
        { provide: PromiseDesk, useValue: desks.promises },
        { provide: LaneDesk, useValue: desks.lanes },
        { provide: DeliveryDesk, useValue: desks.deliveries },
        { provide: CarrierDesk, useValue: desks.carriers },
        { provide: DisputeDesk, useValue: desks.disputes },
        { provide: ContractDesk, useValue: desks.contracts },
        { provide: WaybillDesk, useValue: desks.waybills },
      ],
    };
  }
}
