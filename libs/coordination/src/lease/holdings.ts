/**
 * What this process may still believe to own. Trust ends by the monotonic clock a margin before the database could give the lease to
 * anyone else, so a process that was frozen owns nothing from its first instruction on, whatever the wall clock says.
 */
import type { Clock } from '@ordo/kernel';
import type { Held, LeaseRow } from './lease-statements.js';

interface Holding extends Held {
  readonly trustedUntilMs: number;
}

export interface TrustSettings {
  readonly clock: Clock;
  readonly ttlMs: number;
  readonly trustMarginMs: number;
}

export interface HoldingsChange {
  readonly gained: readonly Held[];
  readonly lost: readonly Held[];
}

export class Holdings {
  private bySlot = new Map<number, Holding>();

  constructor(private readonly settings: TrustSettings) {}

  /**
   * Replaces what was believed by what the database answered to a request that started at `askedAtMs` (monotonic). The lease lives
   * for `leftMs` from some moment after that, so counting from the start of the request errs on the safe side only.
   */
  adopt(rows: readonly LeaseRow[], askedAtMs: number): HoldingsChange {
    const before = this.bySlot;
    this.bySlot = new Map(rows.map((row) => [row.slot, this.holdingOf(row, askedAtMs)]));
    return { gained: missingIn(before, this.bySlot), lost: missingIn(this.bySlot, before) };
  }

  /** Believes no more in `slots`, before they are given back. */
  drop(slots: readonly number[]): readonly Held[] {
    const kept = new Map([...this.bySlot].filter(([slot]) => !slots.includes(slot)));
    const dropped = missingIn(kept, this.bySlot);
    this.bySlot = kept;
    return dropped;
  }

  trusted(): readonly Held[] {
    const nowMs = this.settings.clock.monotonicMs();
    const held: Held[] = [];
    for (const { partition, epoch, trustedUntilMs } of this.bySlot.values()) {
      if (nowMs < trustedUntilMs) held.push({ partition, epoch });
    }
    return held;
  }

  epochOf(slot: number): number | undefined {
    const holding = this.bySlot.get(slot);
    return holding !== undefined && this.settings.clock.monotonicMs() < holding.trustedUntilMs
      ? holding.epoch
      : undefined;
  }

  private holdingOf({ slot, epoch, leftMs }: LeaseRow, askedAtMs: number): Holding {
    const { ttlMs, trustMarginMs } = this.settings;
    return { partition: slot, epoch, trustedUntilMs: askedAtMs + Math.min(leftMs, ttlMs) - trustMarginMs };
  }
}

/** What `held` has, and `other` has not or under another epoch. */
function missingIn(other: ReadonlyMap<number, Held>, held: ReadonlyMap<number, Held>): readonly Held[] {
  return [...held.values()]
    .filter(({ partition, epoch }) => other.get(partition)?.epoch !== epoch)
    .map(({ partition, epoch }) => ({ partition, epoch }));
}
