/** @ordo/contracts: error codes, event catalogue, order document, grants, protobuf. Knows the kernel only; published for other teams. */
export { CallerGrant, callerGrants, isCallerGrant } from './access/caller-grant.js';
export {
  CompensationAsset,
  type CompensationDocument,
  CompensationStatus,
  compensationStatuses,
  LiableParty,
} from './compensation/compensation-document.js';
export type {
  CarrierReport,
  CarrierReportPage,
  DeliveryDocument,
  DeliveryExpectedIncome,
  DeliveryLateness,
  DeliveryTimeline,
  DeliveryTimelineEntry,
  WaybillDocument,
} from './delivery/delivery-document.js';
export {
  DeliveryState,
  deliveryStateCode,
  deliveryStateOf,
  deliveryStates,
  isDeliveryState,
} from './delivery/delivery-state.js';
export { DeliverySubState, deliverySubStates, isDeliverySubState } from './delivery/delivery-sub-state.js';
export { promisedInstantOf } from './delivery/promised-instant.js';
export { asyncApiDocument } from './documents/asyncapi.js';
export { errorsMarkdown } from './documents/errors-markdown.js';
export { eventsMarkdown } from './documents/events-markdown.js';
export { markdownTable } from './documents/markdown-table.js';
export {
  type ErrorCode,
  type ErrorEntry,
  errorTable,
  GrpcStatus,
  isErrorCode,
  type RefusalCode,
  RetryAdvice,
  type TransientCode,
} from './errors/error-table.js';
export { errorCodeOf, errorEntryOf, grpcStatusOf, type Problem, problemOf, problemType } from './errors/problem.js';
export { refuse, refuseViolations, transient, type Violation } from './errors/raise.js';
export { type CloudEvent, eventIdOf, MAX_EVENT_BYTES } from './events/cloud-event.js';
export { cloudEventSchema } from './events/cloud-event-schema.js';
export {
  type CompensationEventName,
  type DeliveryEventName,
  type EventName,
  eventCatalogue,
  eventEntryOf,
  eventNameOfType,
  eventNames,
  isEventName,
  type OrderEventName,
  type RefundEventName,
  routingKeyOf,
} from './events/event-catalogue.js';
export type { EventData, EventOf, TypedEventData } from './events/event-data.js';
export type { EventEntry, EventExchange, JsonSchema } from './events/event-entry.js';
export { exampleEventOf } from './events/example-event.js';
export { AFTERSALE_PROTO_PACKAGE, AFTERSALE_PROTO_SERVICE, aftersaleProtoPath } from './grpc/aftersale-proto.js';
export {
  DELIVERY_PROTO_PACKAGE,
  DELIVERY_PROTO_SERVICE,
  deliveryProtoPath,
  PROMISE_PROTO_SERVICE,
} from './grpc/delivery-proto.js';
export {
  ORDER_PROTO_PACKAGE,
  ORDER_PROTO_SERVICE,
  PROBLEM_METADATA_KEY,
  protoLoaderOptions,
} from './grpc/order-proto.js';
export { protoPath, protoRoot } from './grpc/proto-path.js';
export { InvalidReason, invalidReasonNameOf, invalidReasons, isInvalidReason } from './order/invalid-reason.js';
export {
  DiscountBearer,
  DiscountScope,
  type DiscountShare,
  type OrderDeadlines,
  type OrderDiscount,
  type OrderDocument,
  type OrderFees,
  type OrderItem,
  type OrderRecipient,
  type PlacedItem,
} from './order/order-document.js';
export { isOrderStatus, OrderStatus, orderStatusCode, orderStatuses, orderStatusOf } from './order/order-status.js';
export { OrderTag, type OrderTagName, tagBitsOf, tagNamesOf } from './order/order-tag.js';
export { isRole, Role, type RoleName, roleNameOf, roles } from './order/role.js';
export type { RefundDocument, RefundItem, ReturnedCoupon } from './refund/refund-document.js';
export {
  isRefundStatus,
  RefundKind,
  RefundOrigin,
  RefundScope,
  RefundStatus,
  refundKindCode,
  refundKindOf,
  refundOriginCode,
  refundOriginOf,
  refundScopeCode,
  refundScopeOf,
  refundStatusCode,
  refundStatuses,
  refundStatusOf,
} from './refund/refund-words.js';
