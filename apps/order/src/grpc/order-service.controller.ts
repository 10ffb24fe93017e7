import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { CallerGrant } from '@ordo/contracts';
import { type CallContext, CurrentCall, Grant } from '@ordo/platform';
import { OrderOperations } from '../operations/order-operations.js';
import { type OrderCounts, type OrderPayments, type OrderTimeline } from '../reading/reading-documents.js';
import { type Message, type OrderMessage, orderMessageOf, placementOf } from './order-messages.js';

const SERVICE = 'OrderService';

interface OrdersMessage {
  readonly orders: readonly OrderMessage[];
  readonly nextCursor?: string | null;
  readonly missing?: readonly string[];
}

/** The gRPC service `ordo.order.v1.OrderService` over the same operations as REST; guard and filter are the application's. */
@Controller()
export class OrderServiceController {
  constructor(private readonly operations: OrderOperations) {}

  @GrpcMethod(SERVICE, 'PlaceOrder')
  @Grant(CallerGrant.PLACE)
  async placeOrder(
    @Payload() message: Message,
    @CurrentCall() call: CallContext,
  ): Promise<{ order: OrderMessage; replayed: boolean }> {
    const { body, idempotencyKey } = placementOf(message);
    const { order, replayed } = await this.operations.place(body, idempotencyKey, call);
    return { order: orderMessageOf(order), replayed };
  }

  @GrpcMethod(SERVICE, 'GetOrder')
  @Grant(CallerGrant.READ)
  async getOrder(@Payload() message: Message, @CurrentCall() call: CallContext): Promise<OrderMessage> {
    return orderMessageOf(await this.operations.read(message, call));
  }

  @GrpcMethod(SERVICE, 'BatchGetOrders')
  @Grant(CallerGrant.READ)
  async batchGetOrders(@Payload() message: Message, @CurrentCall() call: CallContext): Promise<OrdersMessage> {
    const { orders, missing } = await this.operations.batchGet(message, call);
    return { orders: orders.map(orderMessageOf), missing };
  }

  @GrpcMethod(SERVICE, 'ConfirmPayment')
  @Grant(CallerGrant.PAY)
  async confirmPayment(
    @Payload() { orderId, ...body }: Message,
    @CurrentCall() call: CallContext,
  ): Promise<OrderMessage> {
    return orderMessageOf(await this.operations.confirmPayment({ orderId }, body, call));
  }

  @GrpcMethod(SERVICE, 'AcceptOrder')
  @Grant(CallerGrant.ACCEPT)
  async acceptOrder(@Payload() { orderId, ...body }: Message, @CurrentCall() call: CallContext): Promise<OrderMessage> {
    return orderMessageOf(await this.operations.advance('accept', { orderId }, body, call));
  }

  @GrpcMethod(SERVICE, 'ReceiveOrder')
  @Grant(CallerGrant.RECEIVE)
  async receiveOrder(
    @Payload() { orderId, ...body }: Message,
    @CurrentCall() call: CallContext,
  ): Promise<OrderMessage> {
    return orderMessageOf(await this.operations.advance('receive', { orderId }, body, call));
  }

  @GrpcMethod(SERVICE, 'CompleteOrder')
  @Grant(CallerGrant.COMPLETE)
  async completeOrder(
    @Payload() { orderId, ...body }: Message,
    @CurrentCall() call: CallContext,
  ): Promise<OrderMessage> {
    return orderMessageOf(await this.operations.advance('complete', { orderId }, body, call));
  }

  @GrpcMethod(SERVICE, 'InvalidateOrder')
  @Grant(CallerGrant.INVALIDATE)
  async invalidateOrder(
    @Payload() { orderId, ...body }: Message,
    @CurrentCall() call: CallContext,
  ): Promise<OrderMessage> {
    return orderMessageOf(await this.operations.invalidate({ orderId }, body, call));
  }

  @GrpcMethod(SERVICE, 'ListUserOrders')
  @Grant(CallerGrant.LIST)
  async listUserOrders(
    @Payload() { userId, ...query }: Message,
    @CurrentCall() call: CallContext,
  ): Promise<OrdersMessage> {
    const { orders, nextCursor } = await this.operations.listOfUser({ userId }, query, call);
    return { orders: orders.map(orderMessageOf), nextCursor };
  }

  @GrpcMethod(SERVICE, 'ListMerchantOrders')
  @Grant(CallerGrant.LIST)
  async listMerchantOrders(
    @Payload() { merchantId, ...query }: Message,
    @CurrentCall() call: CallContext,
  ): Promise<OrdersMessage> {
    const { orders, nextCursor } = await this.operations.listOfMerchant({ merchantId }, query, call);
    return { orders: orders.map(orderMessageOf), nextCursor };
  }

  @GrpcMethod(SERVICE, 'CountMerchantOrders')
  @Grant(CallerGrant.LIST)
  countMerchantOrders(
    @Payload() { merchantId, ...query }: Message,
    @CurrentCall() call: CallContext,
  ): Promise<OrderCounts> {
    return this.operations.countsOfMerchant({ merchantId }, query, call);
  }

  @GrpcMethod(SERVICE, 'GetTimeline')
  @Grant(CallerGrant.READ)
  getTimeline(@Payload() message: Message, @CurrentCall() call: CallContext): Promise<OrderTimeline> {
    return this.operations.timeline(message, call);
  }

  @GrpcMethod(SERVICE, 'TagOrder')
  @Grant(CallerGrant.TAG)
  async tagOrder(@Payload() { orderId, ...body }: Message, @CurrentCall() call: CallContext): Promise<OrderMessage> {
    return orderMessageOf(await this.operations.tag({ orderId }, body, call));
  }

  @GrpcMethod(SERVICE, 'ListPayments')
  @Grant(CallerGrant.PAYMENTS)
  listPayments(@Payload() message: Message, @CurrentCall() call: CallContext): Promise<OrderPayments> {
    return this.operations.paymentsOf(message, call);
  }
}
