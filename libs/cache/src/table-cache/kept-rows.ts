/**
 * Rows of hot keys, kept in the process for a moment. Only what cannot change may lie here: nobody tells this process when another one
 * writes, and a read may not be older than an acknowledged change. So a shop's hour of orders costs Redis one small row each.
 */
import { LRUCache } from 'lru-cache';

/** A hot order is read again within a second; a few keep a key that cools down from staying. */
const KEPT_MS = 5_000;
const MOST_ROWS = 20_000;
/** UTF-16 units, 16 MB of Latin text at most. */
const MOST_UNITS = 16_777_216;
/** Places that remember one sight each; a power of two. */
const SIGHTS = 65_536;
/** Digits of a key's end that tell sights apart: they fit 32 bits. */
const TAIL = 10;

export class KeptRows {
  private readonly rows = new LRUCache<string, string>({
    ...{ max: MOST_ROWS, maxSize: MOST_UNITS, ttl: KEPT_MS },
    sizeCalculation: (value, key) => value.length + key.length,
  });
  private readonly sights = new Uint32Array(SIGHTS);

  get(key: string): string | undefined {
    return this.rows.get(key);
  }

  /** Keeps a row that is seen for the second time; a scan of keys that are read once drives nothing out. */
  offer(key: string, value: string): void {
    const sight = sightOf(key);
    const place = sight % SIGHTS;
    if (this.sights[place] === sight) this.rows.set(key, value);
    else this.sights[place] = sight;
  }
}

/** FNV-1a over the end of the key, where ids differ. */
function sightOf(key: string): number {
  let hash = 2_166_136_261;
  for (let at = Math.max(0, key.length - TAIL); at < key.length; at += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(at), 16_777_619);
  }
  return hash >>> 0;
}
