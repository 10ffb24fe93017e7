/**
 * @ordo/migrations: the DDL of the house, one ordered list per dimension. A migration issues exactly one statement (MySQL
 * commits DDL implicitly, so two could land by halves), is idempotent, names no schema (the runner says USE), and never
 * changes once it has landed anywhere: the runner compares its digest. To change a table, append a migration.
 */
import { CreateRefund } from './aftersale/0001-create-refund.js';
import { CreateMerchantRefund } from './aftersale/0002-create-merchant-refund.js';
import { CreateRefundAccount } from './aftersale/0010-create-refund-account.js';
import { CreateRefundLine } from './aftersale/0011-create-refund-line.js';
import { CreateRefundPayment } from './aftersale/0012-create-refund-payment.js';
import { CreateRefundTransfer } from './aftersale/0013-create-refund-transfer.js';
import { CreateRefundLedger } from './aftersale/0014-create-refund-ledger.js';
import { CreateCallbackNonce } from './aftersale/0015-create-callback-nonce.js';
import { CreateCompensationBudget } from './aftersale/0020-create-compensation-budget.js';
import { CreateCompensationGrant } from './aftersale/0021-create-compensation-grant.js';
import { CreateCompensationLedger } from './aftersale/0022-create-compensation-ledger.js';
import { AddGrantId } from './aftersale/0023-add-grant-id.js';
import { IndexGrantId } from './aftersale/0024-index-grant-id.js';
import { CreateWorkerLease } from './control/0001-create-worker-lease.js';
import { CreateControlLease } from './control/0002-create-lease.js';
import { CarryWorkerLeases } from './control/0003-carry-worker-leases.js';
import { DropWorkerLease } from './control/0004-drop-worker-lease.js';
import { CreateDelivery } from './delivery/0001-create-delivery.js';
import { CreateWaybill } from './delivery/0002-create-waybill.js';
import { CreateCarrierReport } from './delivery/0003-create-carrier-report.js';
import { CreateDeliveryEvent } from './delivery/0004-create-delivery-event.js';
import { CreateLane } from './delivery-control/0001-create-lane.js';
import { CreateLaneDebt } from './delivery-control/0002-create-lane-debt.js';
import { CreatePromiseRoom } from './delivery-control/0003-create-promise-room.js';
import { CreatePromiseSwitch } from './delivery-control/0004-create-promise-switch.js';
import { CreatePromiseInstance } from './delivery-control/0005-create-promise-instance.js';
import { CreateDeliveryControlLease } from './delivery-control/0006-create-lease.js';
import { CreateMerchantContract } from './delivery-control/0007-create-merchant-contract.js';
import { CreateHandOff } from './delivery-node/0007-create-hand-off.js';
import { CreateCarrierNonce } from './delivery-node/0008-create-carrier-nonce.js';
import { CreateMerchantOrderBase } from './merchant/0001-create-order-base.js';
import { CreateMerchantOrderExt } from './merchant/0002-create-order-ext.js';
import { CreateOrderEvent } from './merchant/0003-create-order-event.js';
import { CreateDailySerial } from './merchant/0004-create-daily-serial.js';
import { AddMerchantOrderDeadlines } from './merchant/0005-add-order-deadlines.js';
import { AddFeedVersion } from './merchant/0006-add-feed-version.js';
import { CreateFeedHead } from './merchant/0007-create-feed-head.js';
import { CoverListFilters } from './merchant/0008-cover-list-filters.js';
import { IndexCompletion } from './merchant/0009-index-completion.js';
import { CreateOutbox } from './node/0001-create-outbox.js';
import { CreateInbox } from './node/0002-create-inbox.js';
import { CreateLease } from './node/0003-create-lease.js';
import { CreateMember } from './node/0004-create-member.js';
import { CreateTimer } from './node/0005-create-timer.js';
import { CreateTimerSwitch } from './node/0006-create-timer-switch.js';
import { CreateOutboxSecond } from './node/0007-create-outbox-second.js';
import { CreateBroadcastSwitch } from './node/0008-create-broadcast-switch.js';
import { CreateUserOrderBase } from './user/0001-create-order-base.js';
import { CreateUserOrderExt } from './user/0002-create-order-ext.js';
import { CreateOrderPayment } from './user/0003-create-order-payment.js';
import { IndexDeadline } from './user/0004-index-deadline.js';
import { AddUserOrderDeadlines } from './user/0005-add-order-deadlines.js';

/** In every user shard: the authority. */
export const userMigrations = [
  CreateUserOrderBase,
  CreateUserOrderExt,
  CreateOrderPayment,
  IndexDeadline,
  AddUserOrderDeadlines,
] as const;

/** In every merchant shard: the projection. */
export const merchantMigrations = [
  CreateMerchantOrderBase,
  CreateMerchantOrderExt,
  CreateOrderEvent,
  CreateDailySerial,
  AddMerchantOrderDeadlines,
  AddFeedVersion,
  CreateFeedHead,
  CoverListFilters,
  IndexCompletion,
] as const;

/** In `ordo_node`, once per node, beside the shards: what has to commit with them. */
export const nodeMigrations = [
  CreateOutbox,
  CreateInbox,
  CreateLease,
  CreateMember,
  CreateTimer,
  CreateTimerSwitch,
  CreateOutboxSecond,
  CreateBroadcastSwitch,
] as const;

/**
 * In `ordo_delivery_node`: the node's tables and two of its own. Two numbers were given twice, so the list is in the order of the names; the
 * next one of the delivery app alone begins at 0100.
 */
export const deliveryNodeMigrations = [
  CreateOutbox,
  CreateInbox,
  CreateLease,
  CreateMember,
  CreateTimer,
  CreateTimerSwitch,
  CreateHandOff,
  CreateOutboxSecond,
  CreateBroadcastSwitch,
  CreateCarrierNonce,
] as const;

/** In `ordo_control`, on node 0 only. */
export const controlMigrations = [CreateWorkerLease, CreateControlLease, CarryWorkerLeases, DropWorkerLease] as const;

/** In `ordo_delivery_control`, on node 0 only: what the promise rooms are filled from. */
export const deliveryControlMigrations = [
  CreateLane,
  CreateLaneDebt,
  CreatePromiseRoom,
  CreatePromiseSwitch,
  CreatePromiseInstance,
  CreateDeliveryControlLease,
  CreateMerchantContract,
] as const;

/** In each of the 120 schemas of the delivery app, by the order's user shard. */
export const deliveryMigrations = [CreateDelivery, CreateWaybill, CreateCarrierReport, CreateDeliveryEvent] as const;

/** In each of the twelve schemas of the after-sale app: refunds by the lane of their order's user shard, lists by that of the merchant shard. */
export const aftersaleMigrations = [
  CreateRefund,
  CreateMerchantRefund,
  CreateRefundAccount,
  CreateRefundLine,
  CreateRefundPayment,
  CreateRefundTransfer,
  CreateRefundLedger,
  CreateCallbackNonce,
  CreateCompensationBudget,
  CreateCompensationGrant,
  CreateCompensationLedger,
  AddGrantId,
  IndexGrantId,
] as const;

/** What the runner of `@ordo/sharding` takes. Outbox, inbox, timers and leases of every app are the same tables. */
export const migrations = {
  user: userMigrations,
  merchant: merchantMigrations,
  node: nodeMigrations,
  control: controlMigrations,
  delivery: deliveryMigrations,
  delivery_node: deliveryNodeMigrations,
  delivery_control: deliveryControlMigrations,
  aftersale: aftersaleMigrations,
  aftersale_node: nodeMigrations,
} as const;
