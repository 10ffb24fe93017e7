/**
 * Keys whose cached row may be older than an acknowledged change, because the write to Redis failed. Until the debt is settled this
 * process does not read them from the cache, and once Redis answers it puts their revisions there. Kept as revisions, not as rows.
 */

/** About 10 MB. Past it single keys are forgotten and the whole family is swept instead. */
const MOST_KEYS = 100_000;

export class OwedKeys {
  private readonly revisions = new Map<string, number>();
  private overflowed = false;

  constructor(private readonly most = MOST_KEYS) {}

  get size(): number {
    return this.revisions.size;
  }

  /** Too many to name: everything cached before must go. */
  get mustSweep(): boolean {
    return this.overflowed;
  }

  add(key: string, revision: number): void {
    const known = this.revisions.get(key);
    if (known === undefined && this.revisions.size >= this.most) {
      this.overflowed = true;
      return;
    }
    if (known === undefined || known < revision) this.revisions.set(key, revision);
  }

  has(key: string): boolean {
    return this.revisions.size > 0 && this.revisions.has(key);
  }

  /** Whether a later revision of `key` than this one is owed. */
  exceeds(key: string, revision: number): boolean {
    return (this.revisions.get(key) ?? -1) > revision;
  }

  /** `key` holds `revision` now, with or without its row. */
  settle(key: string, revision: number): void {
    const owed = this.revisions.get(key);
    if (owed !== undefined && owed <= revision) this.revisions.delete(key);
  }

  settleAll(): void {
    this.revisions.clear();
    this.overflowed = false;
  }

  take(count: number): readonly (readonly [key: string, revision: number])[] {
    const taken: (readonly [string, number])[] = [];
    for (const entry of this.revisions) {
      if (taken.length >= count) break;
      taken.push(entry);
    }
    return taken;
  }
}
