/** @ordo/cache: the table cache and the wake-up channel over Redis. May vanish at any time; never throws, never waits long. */
export { Nudge } from './nudge/nudge.js';
export type { CacheCounter } from './table-cache/cache-counter.js';
export type { LoadLimits } from './table-cache/load-limiter.js';
export { type CacheKind, type LoadedRow, TableCache, type TableCacheOptions } from './table-cache/table-cache.js';
