/**
 * Closes the books of a load: what clients were promised, against what is in the user dimension, in the merchant dimension and on the
 * wire. One lost change fails the spec, whoever lost it.
 */
import { eventually } from '@ordo/testing';
import { type Balance, balanceOf, NOTHING_WRONG as NOTHING_WRONG_IN_BOOKS } from './books.js';
import type { DimensionReader } from './dimension-reader.js';
import type { EventRecorder } from './event-recorder.js';
import type { Ledger } from './ledger.js';

export interface Account extends Balance {
  /** Requests that were sent. */
  readonly attempted: number;
  /** Requests without an answer or with a 5xx; each was repeated. */
  readonly failed: number;
  /** Changes that were acknowledged. */
  readonly acknowledged: number;
  /** Placements whose clients gave up. */
  readonly unanswered: number;
  /** Answers that no fault explains. */
  readonly unexpected: readonly string[];
}

/** What an account is when every promise was kept, whatever it took; `failed` and `repeated` are the fault's business. */
export const NOTHING_WRONG = { ...NOTHING_WRONG_IN_BOOKS, unanswered: 0, unexpected: [] } as const;

/** What waits is caught up within this time once everything is back. */
const SETTLED_MS = 30_000;
const UNEXPECTED_SHOWN = 5;

export class Accountant {
  constructor(
    private readonly reader: DimensionReader,
    private readonly recorder: EventRecorder,
  ) {}

  /** Waits until everything has arrived, or long enough to say that it will not; then counts, and prints under `title`. */
  async settle(title: string, ledger: Ledger, withinMs: number = SETTLED_MS): Promise<Account> {
    const userIds = ledger.entries.map(({ body }) => body.userId);
    const merchantIds = ledger.entries.map(({ body }) => body.merchantId);
    const expected = await this.reader.ofUsers(userIds);
    const hasArrived = (): boolean => expected.every(({ orderId, version }) => this.hasHeard(orderId, version));
    await eventually(hasArrived, 'every event arrived', withinMs).catch(() => undefined);
    const timelines = await this.reader.timelinesOf(merchantIds);
    const balance = balanceOf({
      promised: ledger.placed,
      inUser: await this.reader.ofUsers(userIds),
      inMerchant: await this.reader.ofMerchants(merchantIds),
      timelines: new Set(timelines.map(({ orderId, version }) => `${orderId}-${version}`)),
      heardOf: (orderId) => this.recorder.of(orderId),
    });
    const account = {
      ...{ attempted: ledger.attempted, failed: ledger.failed, acknowledged: ledger.acknowledged, ...balance },
      unanswered: ledger.entries.length - ledger.placed.length,
      unexpected: ledger.unexpected.slice(0, UNEXPECTED_SHOWN),
    };
    console.log(`${title}: ${JSON.stringify(account)}`);
    return account;
  }

  private hasHeard(orderId: string, version: number): boolean {
    return new Set(this.recorder.of(orderId).map((event) => event.version)).size >= version;
  }
}
