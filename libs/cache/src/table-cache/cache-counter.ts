/** What the cache tells about itself; `Metrics` of @ordo/platform fits. */
export interface CacheCounter {
  /** `outcome`: hit, local (kept in the process), absent (known not to exist), miss, error (asked in vain) or skipped (not asked). */
  cacheRead(family: string, outcome: string): void;
}

export const countNothing: CacheCounter = { cacheRead: () => undefined };
