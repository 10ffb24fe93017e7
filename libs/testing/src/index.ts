/** @ordo/testing: what specs of every room need: bodies, ids, tokens, waiting, and the servers that they run on. Never in production. */
export { aMerchantToken, aServiceToken, aToken, aUserToken } from './callers/tokens.js';
export { type BulkOrders, bulkOrderStatements, numbersBelow } from './orders/bulk-orders.js';
export { anId, anIdOfShard, anIdWhere } from './orders/ids.js';
export { aPlaceOrder, aVirtualPlaceOrder, type PlaceOrderBody, payAmountOf } from './orders/place-order-builder.js';
export { RedisCluster } from './redis-cluster/redis-cluster.js';
export {
  type CarrierOdds,
  CarrierSimulator,
  type CarrierStep,
  type CarrierSummary,
  type ReportTally,
  simulatedCarrierSecrets,
  type WaybillEntry,
} from './simulators/carrier-simulator.js';
export {
  type CallbackTally,
  type ChannelOdds,
  ChannelSimulator,
  type ChannelStep,
  type ChannelSummary,
  type NumberEntry,
  type SimulatedPayment,
  simulatedSecrets,
} from './simulators/channel-simulator.js';
export { type TestStack, testStack } from './stack/test-stack.js';
export { type StatementBounds, type StatementPlan, StatementWitness } from './statements/statement-witness.js';
export { eventually } from './waiting/eventually.js';
