/**
 * The rules of the ledger, pure: what may be held, and what each piece of news does to the sums. Guarantee (P7): in every state that these
 * functions lead to, held + confirmed ≤ paid, per line and per order. They are applied under the lock of the account, so they hold whatever
 * happens at the same time.
 */
import { refuse, refuseViolations } from '@ordo/contracts';
import { assertMinorAmount, invariant, type Refusal } from '@ordo/kernel';
import { MAX_PAYMENT_AGE_MS, MAX_REFUNDS_PER_PAYMENT } from '../payment-channel/payment-channel.js';
import { isHeld, TransferFact, TransferState } from '../transfer/transfer.state.js';
import type { TransferPace } from '../transfer/transfer-pace.rules.js';
import { advance, reservedProgress, type Tidings } from '../transfer/transfer-progress.js';
import type {
  LineAmount,
  RefundAccount,
  RefundBounds,
  RefundLedgerState,
  RefundLine,
  RefundPayment,
  RefundTransfer,
} from './refund-account.js';
import { refundNumberOf } from './refund-number.js';

/** A payment as the order side confirmed it, cut into lines that add up to it. */
export interface PaymentFacts extends RefundPayment {
  readonly orderId: string;
  readonly currency: string;
  readonly lines: readonly LineAmount[];
}

export interface ReserveRequest {
  readonly orderId: string;
  readonly cause: string;
  readonly paymentId: string;
  readonly currency: string;
  readonly lines: readonly LineAmount[];
}

/** One change of one refund, with the sums that go with it. */
export interface RefundChange {
  readonly before: RefundLedgerState;
  readonly account: RefundAccount;
  /** Only those that changed. */
  readonly lines: readonly RefundLine[];
  readonly transfer: RefundTransfer;
  readonly fact: TransferFact;
  /** Why, for the fact. */
  readonly reason: string | null;
}

/** The state after `change`. */
export function afterChange({ before, account, lines, transfer }: RefundChange): RefundLedgerState {
  const changed = new Map(lines.map((line) => [line.lineKey, line]));
  return {
    ...before,
    account,
    lines: before.lines.map((line) => changed.get(line.lineKey) ?? line),
    transfers: [...before.transfers.filter(({ number }) => number !== transfer.number), transfer],
  };
}

export interface NewPayment {
  readonly account: RefundAccount;
  readonly payment: RefundPayment;
  readonly lines: readonly RefundLine[];
}

/** The lines of a payment that the ledger does not know yet; undefined for one that it knows with the same sum. */
export function takePayment(state: RefundLedgerState, facts: PaymentFacts): NewPayment | undefined {
  const { paymentId, channel, paidAtMs, currency } = facts;
  const { account } = state;
  invariant(account.currency === currency, 'the payments of an order have one currency', { orderId: facts.orderId });
  const paid = sumOf(facts.lines);
  const known = state.lines.filter((line) => line.paymentId === paymentId);
  if (known.length > 0) {
    const recorded = known.reduce((sum, line) => sum + line.paid, 0);
    invariant(recorded === paid, 'a payment was recorded with another amount', { paymentId, recorded, paid });
    return undefined;
  }
  const bounds = ({ lineKey, amount }: LineAmount): RefundLine => ({
    ...{ lineKey, paymentId, paid: amount, held: 0, confirmed: 0 },
  });
  return {
    account: { ...account, paid: account.paid + paid, version: account.version + 1 },
    payment: { paymentId, channel, paidAtMs },
    lines: facts.lines.filter(({ amount }) => amount > 0).map(bounds),
  };
}

/** The state with a payment that {@link takePayment} took. */
export const withPayment = (state: RefundLedgerState, { account, payment, lines }: NewPayment): RefundLedgerState => ({
  ...{ ...state, account },
  payments: [...state.payments, payment],
  lines: [...state.lines, ...lines],
});

/**
 * Holds an amount for a refund: the change to commit, or the refund that the same cause has already.
 * @throws Refusal REFUND_EXCEEDS_PAID (naming each line and what is left of it), REFUND_LIMIT_REACHED, PAYMENT_TOO_OLD,
 * REFUND_CAUSE_REUSED (the cause stands for other lines), INVALID_ARGUMENT.
 */
export function reserve(
  state: RefundLedgerState,
  request: ReserveRequest,
  nowMs: number,
): RefundChange | { readonly replay: RefundTransfer } {
  assertLines(request.lines);
  const replay = state.transfers.find(({ cause }) => cause === request.cause);
  if (replay !== undefined) return { replay: sameRefund(replay, request) };
  const payment = state.payments.find(({ paymentId }) => paymentId === request.paymentId);
  if (payment === undefined)
    throw exceeds(request, [{ field: 'paymentId', rule: 'known', message: 'is not of this order' }]);
  assertChannelTakes(state, payment, nowMs);
  const { account } = state;
  if (account.currency !== request.currency) {
    throw refuseViolations([{ field: 'currency', rule: 'equals', message: `must be ${account.currency}` }]);
  }
  const lines = heldLines(state, request);
  const amount = sumOf(request.lines);
  if (amount > leftOf(account)) {
    throw exceeds(request, [{ field: 'amount', rule: 'maximum', message: `must be at most ${leftOf(account)}` }]);
  }
  const refundCount = account.refundCount + 1;
  const { orderId, cause, paymentId, currency } = request;
  const transfer: RefundTransfer = {
    ...{ ...reservedProgress(nowMs), number: refundNumberOf(orderId, refundCount), orderId, cause, paymentId },
    ...{ channel: payment.channel, currency, amount, lines: request.lines },
  };
  return {
    ...{ before: state, lines, transfer, fact: TransferFact.RESERVED, reason: null },
    account: { ...account, held: account.held + amount, refundCount, version: account.version + 1 },
  };
}

/** What `tidings` change about a refund and its sums; undefined: nothing. */
export function applyTidings(
  state: RefundLedgerState,
  refundNumber: string,
  tidings: Tidings,
  nowMs: number,
  pace: TransferPace,
): RefundChange | undefined {
  const before = state.transfers.find(({ number }) => number === refundNumber);
  invariant(before !== undefined, 'tidings of a refund that the ledger does not have', { refundNumber });
  const advanced = advance(before, tidings, nowMs, pace);
  if (advanced === undefined) return undefined;
  const transfer = { ...before, ...advanced.after };
  const ends = isHeld(before.state) && !isHeld(transfer.state);
  const confirms = ends && transfer.state === TransferState.CONFIRMED;
  const settle = <B extends RefundBounds>(bounds: B, amount: number): B => ({
    ...{ ...bounds, held: bounds.held - amount, confirmed: bounds.confirmed + (confirms ? amount : 0) },
  });
  const amountOf = new Map(before.lines.map(({ lineKey, amount }) => [lineKey, amount]));
  const touched = ends ? state.lines.filter(({ lineKey }) => amountOf.has(lineKey)) : [];
  const account = ends ? settle(state.account, before.amount) : state.account;
  return {
    ...{ before: state, transfer, fact: advanced.fact, reason: tidings.reason ?? null },
    account: { ...account, version: account.version + 1 },
    lines: touched.map((line) => settle(line, amountOf.get(line.lineKey) ?? 0)),
  };
}

/** What can still be held. */
export const leftOf = ({ paid, held, confirmed }: RefundBounds): number => paid - held - confirmed;

/** The laws of the ledger, for specs and for reading: throws for a state that no sequence of these functions leads to. */
export function assertSound({ account, lines, transfers }: RefundLedgerState): void {
  for (const bounds of [account, ...lines]) {
    invariant(bounds.held >= 0 && bounds.confirmed >= 0 && leftOf(bounds) >= 0, 'more is spoken for than was paid', {
      orderId: account.orderId,
      bounds,
    });
  }
  const held = transfers.filter(({ state }) => isHeld(state));
  const confirmed = transfers.filter(({ state }) => state === TransferState.CONFIRMED);
  const sums = { held: amountOfAll(held), confirmed: amountOfAll(confirmed) };
  invariant(account.held === sums.held && account.confirmed === sums.confirmed, 'the account is not its refunds', {
    orderId: account.orderId,
    ...sums,
  });
  for (const line of lines) {
    const own = { held: amountOfLine(held, line), confirmed: amountOfLine(confirmed, line) };
    const { lineKey } = line;
    invariant(line.held === own.held && line.confirmed === own.confirmed, 'a line is not its refunds', {
      lineKey,
      ...own,
    });
  }
  const linesPaid = lines.reduce((sum, { paid }) => sum + paid, 0);
  invariant(linesPaid === account.paid, 'the account is not its lines', { orderId: account.orderId, linesPaid });
}

const amountOfLine = (transfers: readonly RefundTransfer[], { lineKey, paymentId }: RefundLine): number =>
  sumOf(
    transfers
      .filter((each) => each.paymentId === paymentId)
      .flatMap(({ lines }) => lines.filter((line) => line.lineKey === lineKey)),
  );
const amountOfAll = (transfers: readonly RefundTransfer[]): number =>
  transfers.reduce((sum, { amount }) => sum + amount, 0);
const sumOf = (lines: readonly LineAmount[]): number => lines.reduce((sum, { amount }) => sum + amount, 0);

function assertLines(lines: readonly LineAmount[]): void {
  const keys = new Set(lines.map(({ lineKey }) => lineKey));
  const isEmpty = lines.length === 0 || sumOf(lines) === 0;
  if (keys.size !== lines.length || isEmpty) {
    throw refuseViolations([{ field: 'lines', rule: 'distinct', message: 'must name each line once, with an amount' }]);
  }
  for (const { amount } of lines) {
    assertMinorAmount(amount, 'refund');
    if (amount === 0) throw refuseViolations([{ field: 'lines', rule: 'minimum', message: 'amounts are above zero' }]);
  }
}

function sameRefund(replay: RefundTransfer, request: ReserveRequest): RefundTransfer {
  const text = (lines: readonly LineAmount[]): string =>
    JSON.stringify(lines.map(({ lineKey, amount }) => [lineKey, amount]).sort());
  const isSame = replay.paymentId === request.paymentId && text(replay.lines) === text(request.lines);
  if (isSame) return replay;
  const details = { orderId: request.orderId, cause: request.cause, refundNumber: replay.number };
  throw refuse('REFUND_CAUSE_REUSED', `cause ${request.cause} has a refund of other lines already`, details);
}

function assertChannelTakes({ transfers, account }: RefundLedgerState, payment: RefundPayment, nowMs: number): void {
  const { paymentId, paidAtMs } = payment;
  const details = { orderId: account.orderId, paymentId };
  if (nowMs - paidAtMs > MAX_PAYMENT_AGE_MS) {
    throw refuse('PAYMENT_TOO_OLD', 'channels refund a payment for a year', {
      ...details,
      paidAt: new Date(paidAtMs).toISOString(),
    });
  }
  const own = transfers.filter(
    (transfer) => transfer.paymentId === paymentId && transfer.state !== TransferState.RELEASED,
  );
  if (own.length < MAX_REFUNDS_PER_PAYMENT) return;
  throw refuse('REFUND_LIMIT_REACHED', `a payment takes ${MAX_REFUNDS_PER_PAYMENT} refunds`, details);
}

function heldLines(state: RefundLedgerState, request: ReserveRequest): RefundLine[] {
  const violations = [];
  const held: RefundLine[] = [];
  for (const { lineKey, amount } of request.lines) {
    const line = state.lines.find((each) => each.lineKey === lineKey && each.paymentId === request.paymentId);
    const left = line === undefined ? 0 : leftOf(line);
    if (line === undefined || amount > left) {
      violations.push({ field: `lines.${lineKey}`, rule: 'maximum', message: `must be at most ${left}` });
    } else held.push({ ...line, held: line.held + amount });
  }
  if (violations.length > 0) throw exceeds(request, violations);
  return held;
}

type Violations = Parameters<typeof refuseViolations>[0];

const exceeds = ({ orderId, paymentId }: ReserveRequest, violations: Violations): Refusal =>
  refuseViolations(violations, 'REFUND_EXCEEDS_PAID', { orderId, paymentId });
