/**
 * The committed truth about refunds. Every method is one transaction in the order's own schema, opened by the lock of its account. Guarantee
 * (P7): what is held and what went back never exceeds what was paid, per line and per order; each change has one fact in `refund_ledger` and,
 * unless the refund is at rest, the timer of its next step, all in that transaction.
 */
import { refuse, refuseViolations } from '@ordo/contracts';
import { type Clock, invariant } from '@ordo/kernel';
import { type Decision, JoinedReads, type NodePools, type ShardTransactions } from '@ordo/sharding';
import type { ChannelEvent } from '../payment-channel/payment-channel.js';
import { type Delivery, nonceInsert, nonceProof, selectNonce } from '../transfer/callback-nonce.repository.js';
import { newChangeMark } from '../transfer/change-mark.js';
import type { LedgerRow } from '../transfer/progress-columns.js';
import type { PlannedStep, StepTimers } from '../transfer/step-timers.js';
import { TransferNews } from '../transfer/transfer.state.js';
import type { TransferBook } from '../transfer/transfer-driver.js';
import type { TransferPace } from '../transfer/transfer-pace.rules.js';
import type { Tidings } from '../transfer/transfer-progress.js';
import type { RefundLedgerState, RefundTransfer } from './refund-account.js';
import type { RefundCompanion } from './refund-companion.js';
import {
  changeEffects,
  insertAccountOnce,
  LEDGER_STATEMENTS,
  type LedgerAddress,
  ledgerOf,
  lockLedger,
  paymentEffects,
  readLedger,
  selectSent,
  selectTransfer,
  type TakenPayment,
  transferOf,
} from './refund-ledger.repository.js';
import {
  applyTidings,
  type PaymentFacts,
  type RefundChange,
  type ReserveRequest,
  reserve,
  takePayment,
  withPayment,
} from './refund-ledger.rules.js';
import { orderOfRefund } from './refund-number.js';

export interface RefundStores {
  readonly pools: NodePools;
  readonly transactions: ShardTransactions;
  addressOf(orderId: string): LedgerAddress;
  /** Every schema of the app. */
  readonly addresses: readonly LedgerAddress[];
}

export interface RefundBookOptions {
  readonly timers: StepTimers;
  readonly companion: RefundCompanion;
  readonly pace: TransferPace;
  readonly clock: Clock;
}

/** What a change writes, with its timer. `announce` follows the commit. */
export interface PlannedChange {
  readonly effects: NonNullable<Decision<unknown>['effects']>;
  readonly announce: () => Promise<void>;
}

/** A ledger as a unit found it under its lock. */
export interface OpenedLedger {
  /** With the payment that becomes known in this unit; undefined for an order of which none is known. */
  readonly state: RefundLedgerState | undefined;
  /** The payment that is not on disk yet. */
  readonly known?: TakenPayment;
  /** What the companion read. */
  readonly companions: readonly unknown[];
}

interface Outcome<T> {
  readonly value: T;
  readonly planned?: PlannedChange;
}

/** Sums, one refund, its lines and its fact. */
const CHANGE_BYTES = 8_192;
/** A day of one schema. */
const BULK = { deadlineMs: 20_000 };
const nothing = async (): Promise<void> => undefined;

export class RefundBook implements TransferBook<RefundTransfer> {
  private readonly joined: JoinedReads;

  constructor(
    private readonly stores: RefundStores,
    private readonly options: RefundBookOptions,
  ) {
    this.joined = new JoinedReads(stores.pools);
  }

  /**
   * Holds the amounts and begins the refund, in a transaction of its own; idempotent by cause. Throws what {@link reserve} refuses. Whoever has
   * more to commit with it takes {@link planReservation} into a unit of their own.
   */
  reserve(request: ReserveRequest, payment?: PaymentFacts): Promise<RefundTransfer> {
    return this.run(request.orderId, this.opening(request.orderId, payment), (opened) => {
      const { transfer, planned } = this.planReservation(request, this.ledgerIn(opened, payment));
      return { value: transfer, ...(planned === undefined ? {} : { planned }) };
    });
  }

  /**
   * The statements that a unit opens with, first of all: the lock of the order's account, the ledger and the companion's reads. With `payment`
   * the account is made if the order has none, so that a payment becomes known in the very unit that needs it.
   */
  opening(orderId: string, payment?: PaymentFacts): readonly string[] {
    const address = this.stores.addressOf(orderId);
    const made = payment === undefined ? [] : [insertAccountOnce(payment, address, this.nowMs())];
    return [...made, ...lockLedger(orderId, address), ...this.options.companion.open(orderId)];
  }

  /** `opened`: the results of {@link opening} with the same payment. */
  ledgerIn(opened: readonly unknown[], payment?: PaymentFacts): OpenedLedger {
    const own = payment === undefined ? opened : opened.slice(1);
    const state = ledgerOf(own);
    const companions = own.slice(LEDGER_STATEMENTS);
    if (state === undefined || payment === undefined) return { state, companions };
    const taken = takePayment(state, payment);
    if (taken === undefined) return { state, companions };
    return { state: withPayment(state, taken), companions, known: { before: state.account, taken } };
  }

  /** What a reservation writes, and the payment with it if it is new; without `planned` for a repeat. */
  planReservation(
    request: ReserveRequest,
    ledger: OpenedLedger,
  ): { readonly transfer: RefundTransfer; readonly planned?: PlannedChange } {
    const reserved = reserve(stateIn(request.orderId, ledger), request, this.nowMs());
    if ('replay' in reserved) return { transfer: reserved.replay };
    return { transfer: reserved.transfer, planned: this.plan(reserved, ledger) };
  }

  /** What makes a payment known with a unit that sets nothing aside; undefined where it is known already. */
  planPayment(orderId: string, { known }: OpenedLedger): PlannedChange | undefined {
    if (known === undefined) return undefined;
    const effects = paymentEffects(known, this.stores.addressOf(orderId), this.nowMs(), newChangeMark());
    return { effects, announce: nothing };
  }

  async read(refundNumber: string): Promise<RefundTransfer | undefined> {
    const orderId = orderOfRefund(refundNumber);
    if (orderId === undefined) return undefined;
    const address = this.stores.addressOf(orderId);
    const [rows] = await this.joined.read(address.node, [selectTransfer(refundNumber, orderId, address)]);
    const [row] = rows as LedgerRow[];
    return row === undefined ? undefined : transferOf(row);
  }

  /** All refunds of an order with their sums; undefined for an order whose payment is not known here. */
  async readOrder(orderId: string): Promise<RefundLedgerState | undefined> {
    const address = this.stores.addressOf(orderId);
    const statements = readLedger(orderId, address);
    // The sessions read committed rows; one moment for all four statements needs the level above, for this transaction alone.
    const begin = ['SET TRANSACTION ISOLATION LEVEL REPEATABLE READ', 'START TRANSACTION WITH CONSISTENT SNAPSHOT'];
    const text = [...begin, ...statements, 'COMMIT'].join(';');
    const results = await this.stores.pools.at(address.node).query<unknown[]>(text);
    return ledgerOf(results.slice(begin.length));
  }

  /** The refunds of all orders whose first request left in a time: for reconciliation, not for callers. */
  async sentBetween(fromMs: number, toMs: number): Promise<readonly RefundTransfer[]> {
    const found: RefundTransfer[] = [];
    for (const { node, schema } of this.stores.addresses) {
      const rows = await this.stores.pools.at(node).query<LedgerRow[]>(selectSent(schema, fromMs, toMs), BULK);
      found.push(...rows.map(transferOf));
    }
    return found;
  }

  record(refundNumber: string, tidings: Tidings, expectedVersion: number): Promise<RefundTransfer | undefined> {
    const orderId = orderOfRefund(refundNumber) ?? '';
    return this.run<RefundTransfer | undefined>(orderId, this.opening(orderId), (opened) => {
      const ledger = this.ledgerIn(opened);
      const state = stateIn(orderId, ledger);
      const version = state.transfers.find(({ number }) => number === refundNumber)?.version;
      if (version !== expectedVersion) return { value: undefined };
      return this.apply(state, refundNumber, tidings, ledger);
    });
  }

  /** A person's word. Throws REFUND_NOT_FOUND, and REFUND_NOT_RETRYABLE (409) for a refund that does not wait for one. */
  async decide(
    refundNumber: string,
    news: typeof TransferNews.RETRY | typeof TransferNews.RELEASE,
    reason: string,
  ): Promise<RefundTransfer> {
    const orderId = this.orderOf(refundNumber);
    return this.run(orderId, this.opening(orderId), (opened) => {
      const ledger = this.ledgerIn(opened);
      const { state, transfer } = knownIn(ledger, refundNumber);
      const { value, planned } = this.apply(state, refundNumber, { news, reason }, ledger);
      if (value === undefined || planned === undefined) {
        const details = { refundNumber, currentState: transfer.state };
        throw refuse('REFUND_NOT_RETRYABLE', `refund ${refundNumber} is ${transfer.state}`, details);
      }
      return { value, planned };
    });
  }

  /**
   * A verified callback. Safe to repeat and in any order: what is stale changes nothing.
   * @throws Refusal REFUND_NOT_FOUND, MESSAGE_REPLAYED (this very delivery was taken before), CALLBACK_UNREADABLE (about another amount).
   */
  async hear(event: ChannelEvent, channel: string): Promise<RefundTransfer> {
    const { refundNumber } = event;
    const delivery: Delivery = { partner: channel, replayKey: event.replayKey };
    const orderId = this.orderOf(refundNumber);
    const address = this.stores.addressOf(orderId);
    const open = [...this.opening(orderId), selectNonce(address.schema, delivery)];
    return this.run(orderId, open, (opened) => {
      const ledger = this.ledgerIn(opened);
      const { state, transfer } = knownIn(ledger, refundNumber);
      assertFits(event, transfer, channel);
      if ((opened.at(-1) as unknown[]).length > 0) {
        throw refuse('MESSAGE_REPLAYED', 'this delivery was taken before', { refundNumber });
      }
      const heard = this.apply(state, refundNumber, tidingsOf(event), ledger);
      const kept = nonceInsert(address.schema, delivery, this.nowMs());
      const { effects, announce } = heard.planned ?? {
        effects: { updates: [], inserts: [], proof: nonceProof(address.schema, delivery) },
        announce: nothing,
      };
      const planned = { effects: { ...effects, inserts: [...effects.inserts, kept] }, announce };
      return { value: heard.value ?? transfer, planned };
    });
  }

  private apply(
    state: RefundLedgerState,
    refundNumber: string,
    tidings: Tidings,
    ledger: OpenedLedger,
  ): Outcome<RefundTransfer | undefined> {
    const change = applyTidings(state, refundNumber, tidings, this.nowMs(), this.options.pace);
    if (change === undefined) return { value: undefined };
    return { value: change.transfer, planned: this.plan(change, ledger) };
  }

  private plan(change: RefundChange, { companions, known }: OpenedLedger): PlannedChange {
    const { transfer } = change;
    const address = this.stores.addressOf(transfer.orderId);
    const nowMs = this.nowMs();
    const effects = changeEffects(change, address, nowMs, newChangeMark(), known);
    const followed = this.options.companion.follow(change, companions, nowMs);
    const step = this.stepOf(transfer, address.node);
    return {
      effects: {
        updates: [...effects.updates, ...followed.updates],
        inserts: [...effects.inserts, ...followed.inserts, ...(step === undefined ? [] : [step.insert])],
        proof: effects.proof,
      },
      announce: async () => {
        await step?.announce();
        await followed.announce?.();
      },
    };
  }

  private stepOf({ number, version, nextAtMs }: RefundTransfer, node: number): PlannedStep | undefined {
    return nextAtMs === null ? undefined : this.options.timers.plan(node, number, version, nextAtMs);
  }

  private async run<T>(
    orderId: string,
    open: readonly string[],
    decide: (opened: readonly unknown[]) => Outcome<T>,
  ): Promise<T> {
    const { node, schema } = this.stores.addressOf(orderId);
    let announce = nothing;
    const value = await this.stores.transactions.run<T>({
      ...{ node, lockKey: `${schema}/${orderId}`, open, sizeBytes: CHANGE_BYTES },
      decide: (opened) => {
        const outcome = decide(opened);
        announce = outcome.planned?.announce ?? nothing;
        const effects = outcome.planned?.effects;
        return effects === undefined ? { verdict: outcome.value } : { verdict: outcome.value, effects };
      },
    });
    await announce();
    return value;
  }

  private orderOf(refundNumber: string): string {
    const orderId = orderOfRefund(refundNumber);
    if (orderId === undefined) throw notFound(refundNumber);
    return orderId;
  }

  private nowMs(): number {
    return this.options.clock.nowMs();
  }
}

function knownIn(
  { state }: OpenedLedger,
  refundNumber: string,
): { readonly state: RefundLedgerState; readonly transfer: RefundTransfer } {
  const transfer = state?.transfers.find(({ number }) => number === refundNumber);
  if (state === undefined || transfer === undefined) throw notFound(refundNumber);
  return { state, transfer };
}

function stateIn(orderId: string, { state }: OpenedLedger): RefundLedgerState {
  invariant(state !== undefined, 'a refund of an order whose payment was not made known', { orderId });
  return state;
}

const notFound = (refundNumber: string): Error =>
  refuse('REFUND_NOT_FOUND', `refund ${refundNumber.slice(0, 32)} does not exist`, {
    refundNumber: refundNumber.slice(0, 32),
  });

const newsOf = {
  succeeded: TransferNews.SUCCEEDED,
  failed: TransferNews.FAILED,
  pending: TransferNews.PENDING,
} as const satisfies Readonly<Record<ChannelEvent['outcome'], TransferNews>>;

const tidingsOf = ({ outcome, reason, reference }: ChannelEvent): Tidings => ({
  ...{ news: newsOf[outcome], reference },
  ...(reason === null ? {} : { reason }),
});

/** A signed event about another amount is not about our refund, whatever its number. */
function assertFits(event: ChannelEvent, transfer: RefundTransfer, channel: string): void {
  const violations = [
    ...(event.amount === transfer.amount
      ? []
      : [{ field: 'amount', rule: 'equals', message: `must be ${transfer.amount}` }]),
    ...(event.currency === transfer.currency
      ? []
      : [{ field: 'currency', rule: 'equals', message: `must be ${transfer.currency}` }]),
    ...(channel === transfer.channel
      ? []
      : [{ field: 'channel', rule: 'equals', message: `must be ${transfer.channel}` }]),
  ];
  if (violations.length > 0) {
    throw refuseViolations(violations, 'CALLBACK_UNREADABLE', { refundNumber: transfer.number });
  }
}
