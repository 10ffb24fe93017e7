/**
 * Facts that begin refunds, gathered for half a second: one insert per node in that time, where a transaction for each was a fifth of all
 * commits of the app. Guarantee: a fact is acknowledged to the broker when it is committed, and not before; one that can never be written
 * decides about itself alone.
 */
import { OrdoError } from '@ordo/kernel';
import type { TimerRequest } from '@ordo/timers';

/** A timer begins with the next second anyway. */
export const GATHERED_MS = 500;
/** With payloads of at most 4 KB each, half of the smallest packet limit in use (MySQL 5.7: 4 MB). */
const MAX_GATHERED = 500;

/** Safe to repeat with any of them. */
type Write = (requests: readonly TimerRequest[], node: number) => Promise<void>;

interface Noted {
  readonly request: TimerRequest;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

export class GatheredCauses {
  private readonly open = new Map<number, Noted[]>();

  constructor(
    private readonly write: Write,
    private readonly gatheredMs = GATHERED_MS,
  ) {}

  /** Resolves when it is committed. A node that is away is told to everybody who waited for it; all else to whom it concerns. */
  note(request: TimerRequest, node: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const batch = this.open.get(node) ?? this.begin(node);
      batch.push({ request, resolve, reject });
      if (batch.length === MAX_GATHERED) this.close(node, batch);
    });
  }

  private begin(node: number): Noted[] {
    const batch: Noted[] = [];
    this.open.set(node, batch);
    setTimeout(() => this.close(node, batch), this.gatheredMs);
    return batch;
  }

  private close(node: number, batch: readonly Noted[]): void {
    if (this.open.get(node) !== batch) return;
    this.open.delete(node);
    void this.settle(node, batch);
  }

  private async settle(node: number, batch: readonly Noted[]): Promise<void> {
    try {
      await this.write(
        batch.map(({ request }) => request),
        node,
      );
      for (const { resolve } of batch) resolve();
    } catch (error) {
      const isAway = error instanceof OrdoError && error.family === 'transient';
      if (isAway || batch.length === 1) for (const { reject } of batch) reject(error);
      else for (const noted of batch) await this.settle(node, [noted]);
    }
  }
}
