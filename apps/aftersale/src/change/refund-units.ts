/**
 * One unit of work about the refunds of one order. It opens with the lock of the order's account and reads the ledger and all refunds behind
 * it, so whoever decides sees everything and is alone: that closes the races of two applications, of an agreement against a merchant's own
 * refund, and of either against the end of the order.
 */
import type { ShardTransactions } from '@ordo/sharding';
import type { RefundRecord, StoredRefund } from '../record/refund-record.js';
import type { RefundLedgerState } from '../refund-ledger/refund-account.js';
import type { PlannedChange, RefundBook } from '../refund-ledger/refund-book.js';
import { LEDGER_STATEMENTS, ledgerOf } from '../refund-ledger/refund-ledger.repository.js';
import type { AftersalePlacement, LaneAddress } from './aftersale-address.js';
import { refundsIn } from './order-refunds.repository.js';
import type { PlannedStep } from './refund-change.js';

/** What is known of an order, under its lock. */
export interface FoundRefunds {
  /** Undefined for an order whose payment was not made known here. */
  readonly ledger: RefundLedgerState | undefined;
  readonly refunds: readonly StoredRefund[];
  readonly address: LaneAddress;
  /** Sets the amount of a refund aside: its number, and what has to commit with it. Throws what the ledger refuses. */
  reserve(record: RefundRecord): { readonly refundNumber: string; readonly change?: PlannedChange };
}

export interface Outcome<T> {
  readonly value: T;
  readonly steps?: readonly PlannedStep[];
  readonly reservation?: PlannedChange | undefined;
}

/** Rows, their events and timers. */
const UNIT_BYTES = 16_384;

/** Why the ledger holds an amount: it is unique within the order, so a refund is set aside once. */
export const causeOf = (refundId: string): string => `refund:${refundId}`;
export const refundOfCause = (cause: string): string | undefined => /^refund:(\d+)$/.exec(cause)?.[1];

export class RefundUnits {
  constructor(
    private readonly placement: AftersalePlacement,
    private readonly transactions: ShardTransactions,
    private readonly book: Pick<RefundBook, 'openReservation' | 'planReservation'>,
  ) {}

  /** What `decide` throws refuses this unit alone. It may be asked more than once, and answers for what is found then. */
  async run<T>(orderId: string, decide: (found: FoundRefunds) => Outcome<T>): Promise<T> {
    const address = this.placement.ofNumber(orderId);
    let announcements: readonly (() => Promise<void>)[] = [];
    const value = await this.transactions.run<T>({
      ...{ node: address.node, lockKey: `${address.schema}/${orderId}`, sizeBytes: UNIT_BYTES },
      open: this.book.openReservation(orderId),
      decide: (opened) => {
        const outcome = decide(this.foundIn(opened, orderId, address));
        const planned = [...(outcome.reservation === undefined ? [] : [outcome.reservation]), ...(outcome.steps ?? [])];
        announcements = planned.map(({ announce }) => announce);
        const [first] = planned;
        if (first === undefined) return { verdict: outcome.value };
        const effects = {
          updates: planned.flatMap(({ effects }) => effects.updates),
          inserts: planned.flatMap(({ effects }) => effects.inserts),
          proof: first.effects.proof,
        };
        return { verdict: outcome.value, effects };
      },
    });
    for (const announce of announcements) await announce();
    return value;
  }

  private foundIn(opened: readonly unknown[], orderId: string, address: LaneAddress): FoundRefunds {
    return {
      address,
      ledger: ledgerOf(opened),
      refunds: refundsIn(opened[LEDGER_STATEMENTS]),
      reserve: ({ refundId, paymentId, currency, breakdown }) => {
        const request = { orderId, cause: causeOf(refundId), paymentId, currency, lines: breakdown.lines };
        const { transfer, planned } = this.book.planReservation(request, opened);
        return { refundNumber: transfer.number, ...(planned === undefined ? {} : { change: planned }) };
      },
    };
  }
}
