/** Thin first version: the interface that the apps code against. */
export type CacheKind = 'base' | 'ext';

export interface LoadedRow {
  readonly value: string;
  readonly revision: number;
}

export interface TableCache {
  /** The cached JSON text; undefined for absent, unreachable, too slow or not to be trusted. Never throws. */
  get(kind: CacheKind, id: string): Promise<string | undefined>;
  /** Both rows of one order in one round trip. Never throws. */
  getPair(id: string): Promise<{ readonly base: string | undefined; readonly ext: string | undefined }>;
  /** In the order of `ids`, one round trip. Never throws. */
  getMany(kind: CacheKind, ids: readonly string[]): Promise<readonly (string | undefined)[]>;
  /** Writes unless a newer revision is there. Await it before a write is acknowledged; ≤ 25 ms. Never throws. */
  put(kind: CacheKind, id: string, value: string, revision: number): Promise<void>;
  /** The cached text or what `load` gives, one load per key at a time. Throws only what `load` throws, or Transient OVERLOADED. */
  loadThrough(kind: CacheKind, id: string, load: () => Promise<LoadedRow | undefined>): Promise<string | undefined>;
  close(): Promise<void>;
}
