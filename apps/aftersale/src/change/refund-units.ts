/**
 * One unit of work about the refunds of one order. It opens with the lock of the order's account and reads the ledger and all refunds behind
 * it, so whoever decides sees everything and is alone: that closes the races of two applications, of an agreement against a merchant's own
 * refund, and of either against the end of the order.
 */
import type { ShardTransactions } from '@ordo/sharding';
import type { RefundRecord, StoredRefund } from '../record/refund-record.js';
import type { RefundLedgerState } from '../refund-ledger/refund-account.js';
import type { OpenedLedger, PlannedChange, RefundBook } from '../refund-ledger/refund-book.js';
import type { PaymentFacts } from '../refund-ledger/refund-ledger.rules.js';
import type { AftersalePlacement, LaneAddress } from './aftersale-address.js';
import { refundsIn } from './order-refunds.repository.js';
import type { PlannedStep } from './refund-change.js';

/** What is known of an order, under its lock. */
export interface FoundRefunds {
  /** Undefined for an order of which no payment is known here. */
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
    private readonly book: Pick<RefundBook, 'opening' | 'ledgerIn' | 'planReservation' | 'planPayment'>,
  ) {}

  /**
   * What `decide` throws refuses this unit alone. It may be asked more than once, and answers for what is found then. `payment` becomes known
   * with whatever the unit writes; a unit that writes nothing makes nothing known.
   */
  async run<T>(orderId: string, decide: (found: FoundRefunds) => Outcome<T>, payment?: PaymentFacts): Promise<T> {
    const address = this.placement.ofNumber(orderId);
    let announcements: readonly (() => Promise<void>)[] = [];
    const value = await this.transactions.run<T>({
      ...{ node: address.node, lockKey: `${address.schema}/${orderId}`, sizeBytes: UNIT_BYTES },
      open: this.book.opening(orderId, payment),
      decide: (opened) => {
        const ledger = this.book.ledgerIn(opened, payment);
        const outcome = decide(this.foundIn(ledger, orderId, address));
        const planned = this.plannedOf(outcome, orderId, ledger);
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

  private plannedOf<T>(
    { steps = [], reservation }: Outcome<T>,
    orderId: string,
    ledger: OpenedLedger,
  ): readonly (PlannedStep | PlannedChange)[] {
    if (reservation !== undefined) return [reservation, ...steps];
    const payment = steps.length === 0 ? undefined : this.book.planPayment(orderId, ledger);
    return payment === undefined ? steps : [payment, ...steps];
  }

  private foundIn(opened: OpenedLedger, orderId: string, address: LaneAddress): FoundRefunds {
    return {
      address,
      ledger: opened.state,
      refunds: refundsIn(opened.companions[0]),
      reserve: ({ refundId, paymentId, currency, breakdown }) => {
        const request = { orderId, cause: causeOf(refundId), paymentId, currency, lines: breakdown.lines };
        const { transfer, planned } = this.book.planReservation(request, opened);
        return { refundNumber: transfer.number, ...(planned === undefined ? {} : { change: planned }) };
      },
    };
  }
}
