/** What paths of every app name alike: an order, a user, a merchant. */
import { DecimalId } from './field-rules.js';

/** Where an operation names its object, not shaped yet: the parameters of `/v1/orders/{orderId}`, or the fields of the gRPC message. */
export type Path = Readonly<Record<string, unknown>>;

export class OrderPathDto {
  @DecimalId({ description: 'Order number', example: '127053183455232001' })
  readonly orderId!: string;
}

export class UserPathDto {
  @DecimalId({ example: '10001' })
  readonly userId!: string;
}

export class MerchantPathDto {
  @DecimalId({ example: '20001' })
  readonly merchantId!: string;
}
