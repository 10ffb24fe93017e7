/** @ordo/timers: timers that fire once, on time: the truth in MySQL, a rebuildable wheel of slots in Redis, a gate that decides. */

export { addEntries } from './engine/add-entries.js';
export { LeasedPartitions, type LeasedPartitionsOptions } from './engine/leased-partitions.js';
export {
  type NodeGroup,
  type OwnedPartition,
  type PartitionOwnership,
  type PlacedGroup,
  partitionsOfNode,
  placedOwnership,
  soleOwnership,
  spreadOwnership,
} from './engine/partition-ownership.js';
export { TimerEngine, type TimerEngineOptions } from './engine/timer-engine.js';
export { silentRecorder, type TimerRecorder } from './engine/timer-recorder.js';
export { type QueueTask, type TimersOptions, TimersRuntime } from './runtime/timers-runtime.js';
export { groupedBy } from './slot/grouped-by.js';
export {
  ALL_PARTITIONS,
  HORIZON_SECONDS,
  type IndexEntry,
  PARTITION_COUNT,
  type SlotEntry,
  slotOf,
} from './slot/slot.js';
export { type TimerStoreCase, type TimerStoreHarness, timerStoreContract } from './store/timer-store.contract.js';
export type { FiringVerdict, PendingDepth, PendingPage, SlotRange, TimerStore } from './store/timer-store.js';
export { type QueueSwitch, QueueSwitchRepository, type SwitchChange } from './switch/queue-switch.repository.js';
export { QueueState } from './switch/queue-switch.state.js';
export { QueueSwitches, type QueueSwitchesOptions } from './switch/queue-switches.js';
export { TableTimerStore, type TableTimerStoreOptions } from './table/table-timer-store.js';
export { MAX_AHEAD_MS, MAX_PAYLOAD_BYTES, type TimerRequest } from './table/timer.rules.js';
export { TimerState } from './table/timer.state.js';
export type { DueTimer, RetryRules, TimerEffects, TimerTask } from './table/timer-task.js';
export { type PlannedTimer, TimerWriter } from './table/timer-writer.js';
export { type KnownTimer, MAX_TIMERS_PER_CALL, type SetTimer, Timers } from './table/timers.js';
export { RedisWheel } from './wheel/redis-wheel.js';
export { openTimersRedis, type TimersRedis } from './wheel/timers-redis.js';
export { WheelFenced, WheelLost, WheelUnavailable } from './wheel/wheel.errors.js';
export type { Owner, WheelIndex, WheelState } from './wheel/wheel-index.js';
export { IndexPlace, type PartitionSurvey, WheelSurvey } from './wheel/wheel-survey.js';
