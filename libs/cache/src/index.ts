/** @ordo/cache: the table cache and the wake-up channel over Redis. May vanish at any time; never throws, never waits long. */
export type { CacheKind, LoadedRow, TableCache } from './table-cache/table-cache.js';
