/** Where the delivery services are defined; loaded as `order-proto.ts` says. */
import { join } from 'node:path';
import { protoRoot } from './proto-path.js';

export const DELIVERY_PROTO_PACKAGE = 'ordo.delivery.v1';
export const DELIVERY_PROTO_SERVICE = 'DeliveryService';
export const PROMISE_PROTO_SERVICE = 'PromiseService';

/** The absolute path of the definition. */
export const deliveryProtoPath = (): string => join(protoRoot(), 'ordo', 'delivery', 'v1', 'delivery.proto');
