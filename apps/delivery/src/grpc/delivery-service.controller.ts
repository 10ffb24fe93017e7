import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import {
  CallerGrant,
  type CarrierReportPage,
  DELIVERY_PROTO_SERVICE,
  type DeliveryDocument,
  type DeliveryTimeline,
  type WaybillDocument,
} from '@ordo/contracts';
import { type CallContext, CurrentCall, Grant } from '@ordo/platform';
import { DeliveryDesk } from '../commands/delivery-desk.js';
import { DisputeDesk } from '../disputes/dispute-desk.js';
import { WaybillDesk } from '../waybills/waybill-desk.js';

type Message = Readonly<Record<string, unknown>>;

/** The gRPC service `ordo.delivery.v1.DeliveryService` over the same desk as REST; guard and filter are the application's. */
@Controller()
export class DeliveryServiceController {
  constructor(
    private readonly desk: DeliveryDesk,
    private readonly disputes: DisputeDesk,
    private readonly waybills: WaybillDesk,
  ) {}

  @GrpcMethod(DELIVERY_PROTO_SERVICE, 'GetDelivery')
  @Grant(CallerGrant.DELIVERY_READ)
  getDelivery(@Payload() message: Message, @CurrentCall() call: CallContext): Promise<DeliveryDocument> {
    return this.desk.read(message, call);
  }

  @GrpcMethod(DELIVERY_PROTO_SERVICE, 'GetTimeline')
  @Grant(CallerGrant.DELIVERY_READ)
  getTimeline(@Payload() message: Message, @CurrentCall() call: CallContext): Promise<DeliveryTimeline> {
    return this.desk.timeline(message, call);
  }

  @GrpcMethod(DELIVERY_PROTO_SERVICE, 'GetWaybill')
  @Grant(CallerGrant.DELIVERY_READ)
  getWaybill(@Payload() message: Message, @CurrentCall() call: CallContext): Promise<WaybillDocument> {
    return this.waybills.read(message, call);
  }

  @GrpcMethod(DELIVERY_PROTO_SERVICE, 'ListCarrierReports')
  @Grant(CallerGrant.DELIVERY_DISPUTE)
  carrierReports(
    @Payload() { orderId, ...query }: Message,
    @CurrentCall() call: CallContext,
  ): Promise<CarrierReportPage> {
    return this.disputes.reportsOf({ orderId }, query, call);
  }

  @GrpcMethod(DELIVERY_PROTO_SERVICE, 'CallCourier')
  @Grant(CallerGrant.DELIVERY_CALL)
  callCourier(@Payload() { orderId, ...body }: Message, @CurrentCall() call: CallContext): Promise<DeliveryDocument> {
    return this.desk.callCourier({ orderId }, body, call);
  }

  @GrpcMethod(DELIVERY_PROTO_SERVICE, 'Recall')
  @Grant(CallerGrant.DELIVERY_COMMAND)
  recall(@Payload() { orderId, ...body }: Message, @CurrentCall() call: CallContext): Promise<DeliveryDocument> {
    return this.desk.recall({ orderId }, body, call);
  }

  @GrpcMethod(DELIVERY_PROTO_SERVICE, 'Cancel')
  @Grant(CallerGrant.DELIVERY_COMMAND)
  cancel(@Payload() { orderId, ...body }: Message, @CurrentCall() call: CallContext): Promise<DeliveryDocument> {
    return this.desk.advance('cancel', { orderId }, body, call);
  }

  @GrpcMethod(DELIVERY_PROTO_SERVICE, 'SelfDeliver')
  @Grant(CallerGrant.DELIVERY_COMMAND)
  selfDeliver(@Payload() { orderId, ...body }: Message, @CurrentCall() call: CallContext): Promise<DeliveryDocument> {
    return this.desk.advance('self-deliver', { orderId }, body, call);
  }

  @GrpcMethod(DELIVERY_PROTO_SERVICE, 'FinishSelfDelivery')
  @Grant(CallerGrant.DELIVERY_COMMAND)
  finish(@Payload() { orderId, ...body }: Message, @CurrentCall() call: CallContext): Promise<DeliveryDocument> {
    return this.desk.advance('finish', { orderId }, body, call);
  }

  @GrpcMethod(DELIVERY_PROTO_SERVICE, 'EndDelivery')
  @Grant(CallerGrant.DELIVERY_COMMAND)
  end(@Payload() { orderId, ...body }: Message, @CurrentCall() call: CallContext): Promise<DeliveryDocument> {
    return this.desk.advance('stop', { orderId }, body, call);
  }

  @GrpcMethod(DELIVERY_PROTO_SERVICE, 'Tip')
  @Grant(CallerGrant.DELIVERY_COMMAND)
  tip(@Payload() { orderId, ...body }: Message, @CurrentCall() call: CallContext): Promise<DeliveryDocument> {
    return this.desk.tip({ orderId }, body, call);
  }
}
