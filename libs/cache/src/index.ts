/**
 * @ordo/cache: the table cache, the wake-up channel over Redis, and the house's way to open one. May vanish at any time; never throws,
 * never waits long.
 */
export { Nudge } from './nudge/nudge.js';
export { DeadlineExceeded, within } from './redis-link/deadline.js';
export { openRedis } from './redis-link/redis-client.js';
export type { CacheCounter } from './table-cache/cache-counter.js';
export { LoadLimiter, type LoadLimits } from './table-cache/load-limiter.js';
export { SingleFlight } from './table-cache/single-flight.js';
export {
  ABSENT,
  type CacheKind,
  type LoadedRow,
  OUTDATED,
  TableCache,
  type TableCacheOptions,
} from './table-cache/table-cache.js';
export type { RaiseWatcher } from './version-board/raise-listener.js';
export type { Raise } from './version-board/raise-script.js';
export { VersionBoard, type VersionBoardOptions } from './version-board/version-board.js';
