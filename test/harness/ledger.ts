/** What the clients of a load know: what they asked for, and what they were promised by an acknowledgement. Nothing else counts as promised. */
import type { PlaceOrderBody } from '@ordo/testing';

/** One placement under one Idempotency-Key, and what followed. */
export interface LedgerEntry {
  readonly key: string;
  readonly body: PlaceOrderBody;
  /** Known once a placement was acknowledged. */
  orderId?: string;
  /** The highest version that an answer named, and the state that it named with it. */
  version: number;
  status: string;
  /** Changes of this order that were acknowledged. */
  acknowledged: number;
}

export interface Sample {
  readonly operation: 'place' | 'step' | 'read';
  readonly sentAtMs: number;
  readonly tookMs: number;
  /** 0: no answer. */
  readonly httpStatus: number;
  readonly code?: string;
}

export class Ledger {
  readonly entries: LedgerEntry[] = [];
  readonly samples: Sample[] = [];
  /** Requests that were carried out although no answer came: the repeat found them done. A crash may do that, a stop may not. */
  readonly silentlyDone: string[] = [];
  /** Answers that no fault explains: each of them fails a spec. */
  readonly unexpected: string[] = [];

  open(key: string, body: PlaceOrderBody): LedgerEntry {
    const entry = { key, body, version: 0, status: '', acknowledged: 0 };
    this.entries.push(entry);
    return entry;
  }

  get placed(): readonly (LedgerEntry & { readonly orderId: string })[] {
    return this.entries.filter((entry): entry is LedgerEntry & { orderId: string } => entry.orderId !== undefined);
  }

  get attempted(): number {
    return this.samples.length;
  }

  get acknowledged(): number {
    return this.entries.reduce((sum, entry) => sum + entry.acknowledged, 0);
  }

  /** Requests without an answer and answers of 5xx, which clients repeat. */
  get failed(): number {
    return this.samples.filter(({ httpStatus }) => httpStatus === 0 || httpStatus >= 500).length;
  }

  /** The p-quantile of the answered requests of a kind that were sent in the window; NaN when there was none. */
  latencyMs(quantile: number, operation: Sample['operation'], fromMs = 0, untilMs = Number.POSITIVE_INFINITY): number {
    const took = this.samples
      .filter((each) => each.operation === operation && each.httpStatus > 0 && each.httpStatus < 500)
      .filter(({ sentAtMs }) => sentAtMs >= fromMs && sentAtMs < untilMs)
      .map(({ tookMs }) => tookMs)
      .sort((a, b) => a - b);
    return took[Math.min(took.length - 1, Math.floor(took.length * quantile))] ?? Number.NaN;
  }

  countBetween(operation: Sample['operation'], fromMs: number, untilMs: number): number {
    return this.samples.filter(
      (each) => each.operation === operation && each.sentAtMs >= fromMs && each.sentAtMs < untilMs,
    ).length;
  }
}
