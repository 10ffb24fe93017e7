/**
 * The channel's own book: which payments it took and which money went back. Written without a look at our ledger, so that the two can be
 * compared. A movement that counts is pending or succeeded; a failed one gives its amount back to the payment.
 */

const MAX_REFUNDS = 50;
const MAX_AGE_MS = 365 * 86_400_000;

export class ChannelBook {
  payments = new Map();
  /** Every movement that was ever opened, in order. */
  movements = [];
  /** Refusals that bind: number → reason. */
  refusals = new Map();
  /** Requests to move money that arrived, by number. */
  arrivals = new Map();
  #sequence = 0;
  #takesAny;

  /** `takesAny`: refunds of payments that it was not told of, too, without a bound: for orders that somebody plays with by hand. */
  constructor({ takesAny = false } = {}) {
    this.#takesAny = takesAny;
  }

  take({ paymentId, amount, currency, paidAtMs = Date.now(), disputed = false }) {
    this.payments.set(paymentId, { paymentId, amount, currency, paidAtMs, disputed });
  }

  arrived(number) {
    this.arrivals.set(number, (this.arrivals.get(number) ?? 0) + 1);
  }

  of(number) {
    return this.movements.filter((movement) => movement.number === number);
  }

  byReference(reference) {
    return this.movements.find((movement) => movement.reference === reference);
  }

  /** The refusal of a movement, or undefined when it may be opened. */
  objection({ paymentId, amount, currency }) {
    const payment = this.payments.get(paymentId);
    if (payment === undefined) return this.#takesAny ? undefined : 'PAYMENT_UNKNOWN';
    if (payment.currency !== currency) return 'CURRENCY_MISMATCH';
    if (payment.disputed) return 'PAYMENT_DISPUTED';
    if (Date.now() - payment.paidAtMs > MAX_AGE_MS) return 'PAYMENT_TOO_OLD';
    const live = this.movements.filter((each) => each.paymentId === paymentId && each.status !== 'failed');
    if (live.length >= MAX_REFUNDS) return 'LIMIT_REACHED';
    const gone = live.reduce((sum, each) => sum + each.amount, 0);
    return gone + amount > payment.amount ? 'AMOUNT_EXCEEDS' : undefined;
  }

  /** Opens a movement: pending until it is settled. */
  open({ number, paymentId, amount, currency }) {
    this.#sequence += 1;
    const movement = {
      ...{ reference: `re_${String(this.#sequence).padStart(8, '0')}`, number, paymentId, amount, currency },
      ...{ status: 'pending', reason: null, createdAtMs: Date.now(), settlements: 0 },
    };
    this.movements.push(movement);
    return movement;
  }

  settle(movement, status, reason = null) {
    if (movement.status !== 'pending') return;
    movement.status = status;
    movement.reason = status === 'failed' ? (reason ?? 'OTHER') : null;
    movement.settlements += 1;
  }

  /** What a test compares: per number, per payment and in all. `doubled` counts numbers under which money moved more than once. */
  summary() {
    const byNumber = {};
    const byPayment = {};
    let moved = 0;
    for (const { number, paymentId, amount, status, reference } of this.movements) {
      const key = number ?? reference;
      const entry = (byNumber[key] ??= { moved: 0, movements: 0, pending: 0, failed: 0, arrivals: 0, paymentId });
      entry.movements += 1;
      if (status === 'failed') entry.failed += 1;
      if (status === 'pending') entry.pending += 1;
      if (status !== 'succeeded') continue;
      entry.moved += amount;
      entry.times = (entry.times ?? 0) + 1;
      byPayment[paymentId] = (byPayment[paymentId] ?? 0) + amount;
      moved += amount;
    }
    for (const [number, count] of this.arrivals) {
      if (byNumber[number] !== undefined) byNumber[number].arrivals = count;
    }
    const arrivals = [...this.arrivals.values()].reduce((sum, count) => sum + count, 0);
    const doubled = Object.values(byNumber).filter(({ times = 0 }) => times > 1).length;
    return { moved, arrivals, numbersAsked: this.arrivals.size, doubled, byNumber, byPayment };
  }
}
