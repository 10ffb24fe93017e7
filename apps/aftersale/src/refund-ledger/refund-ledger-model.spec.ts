/**
 * P7 as a law: whatever the order of reservations, steps, deaths, answers, callbacks and queries, no more goes back than was paid, each number moves
 * its money once or never, and when the weather clears every refund ends and both books agree to the cent.
 */
import { describe, expect, it } from '@jest/globals';
import { Refusal } from '@ordo/kernel';
import fc from 'fast-check';
import type { ChannelStep } from '../payment-channel/rehearsal/channel-step.js';
import { MemoryChannel } from '../payment-channel/rehearsal/memory-channel.js';
import { PartnerRefusal } from '../transfer/partner-answer.js';
import { isTerminal, TransferFact, TransferNews, TransferState } from '../transfer/transfer.state.js';
import { TransferDriver, type TransferPartner } from '../transfer/transfer-driver.js';
import { defaultPace } from '../transfer/transfer-pace.rules.js';
import type { RefundTransfer } from './refund-account.js';
import { MemoryRefundBook } from './rehearsal/memory-refund-book.js';

const ORDER = '127053183455232001';
const CURRENCY = 'CNY';
const PAID = { A: 1_174, B: 1_826, packing: 300, delivery: 300 } as const;
const TOTAL = 3_600;
const LATE = 3_600;
const NOON_MS = 1_790_000_000_000;
const pace = { ...defaultPace, patienceMs: 0, maxFailures: 3, maxLooks: 4 };

/** Who goes on next, drawn by a seed: every await of a worker or a channel waits here for its turn. */
class Turns {
  private readonly waiting: (() => void)[] = [];

  constructor(private seed: number) {}

  get count(): number {
    return this.waiting.length;
  }

  readonly gate = (): Promise<void> => new Promise((resolve) => this.waiting.push(resolve));

  /** Lets one of those that wait go on, to its next gate or to its end. */
  async one(): Promise<void> {
    this.seed = (Math.imul(this.seed, 1_664_525) + 1_013_904_223) >>> 0;
    const [next] = this.waiting.splice(this.seed % Math.max(1, this.waiting.length), 1);
    next?.();
    for (let ticks = 0; ticks < MICROTASKS; ticks += 1) await Promise.resolve();
  }

  async all(): Promise<void> {
    while (this.waiting.length > 0) await this.one();
  }
}

/** More than lie between two gates of a step. */
const MICROTASKS = 16;

/** A process that dies: its promise never does anything again. */
class Death extends Error {}

class Stage {
  nowMs = NOON_MS;
  readonly channel = new MemoryChannel(() => this.nowMs);
  readonly book = new MemoryRefundBook(ORDER, CURRENCY, pace, () => this.nowMs);
  readonly working: Promise<unknown>[] = [];
  causes = 0;
  deliveries = 0;
  refusedReservations = 0;

  constructor(readonly turns: Turns) {
    for (const [paymentId, amount] of [
      ['pay-1', TOTAL],
      ['pay-late', LATE],
    ] as const) {
      this.channel.payments.set(paymentId, { amount, currency: CURRENCY });
    }
    const known = { orderId: ORDER, currency: CURRENCY, channel: 'memory', paidAtMs: NOON_MS };
    const lines = Object.entries(PAID).map(([lineKey, amount]) => ({ lineKey, amount }));
    this.book.takePayment({ ...known, paymentId: 'pay-1', lines });
    this.book.takePayment({ ...known, paymentId: 'pay-late', lines: [{ lineKey: 'payment:pay-late', amount: LATE }] });
  }

  reserve(lines: readonly { readonly lineKey: string; readonly amount: number }[], paymentId = 'pay-1'): void {
    this.causes += 1;
    try {
      this.book.reserve({ orderId: ORDER, cause: `application:${this.causes}`, paymentId, currency: CURRENCY, lines });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.refusedReservations += 1;
    }
  }

  /** A worker takes up the `pick`-th timer, due or not yet cleared away, and dies after `livesFor` of its awaits. */
  step(pick: number, livesFor: number): void {
    const planned = this.book.steps.at(-1 - (pick % Math.max(1, this.book.steps.length)));
    if (planned === undefined) return;
    let left = livesFor;
    const breath = async (): Promise<void> => {
      await this.turns.gate();
      left -= 1;
      if (left < 0) throw new Death();
    };
    const driver = new TransferDriver(
      {
        read: (number) => breath().then(() => this.book.read(number)),
        record: (number, tidings, version) => breath().then(() => this.book.record(number, tidings, version)),
      },
      this.partner(breath),
      pace,
    );
    this.working.push(driver.step(planned.number, planned.version).catch(forgiveDeath));
  }

  /** Also told of what was true a while ago, twice, and after newer news. */
  callback(pick: number, isTrue: boolean): void {
    const movement = this.channel.movements[pick % Math.max(1, this.channel.movements.length)];
    if (movement === undefined) return;
    this.deliveries += 1;
    const { refundNumber, status } = movement;
    const outcome = isTrue ? status : 'pending';
    this.working.push(
      this.turns.gate().then(() => this.book.hear({ refundNumber, outcome, replayKey: `${this.deliveries}` })),
    );
  }

  /** Fair weather: everything pending settles, every timer that is due is served, a person answers what is stalled. */
  async clearUp(): Promise<void> {
    await Promise.all(this.working);
    this.channel.plans.clear();
    for (let round = 0; round < 200; round += 1) {
      if (this.book.state.transfers.every(({ state }) => isTerminal(state))) return;
      this.channel.settle();
      for (const { number, state } of this.book.state.transfers) {
        if (state === TransferState.STALLED) this.book.apply(number, { news: TransferNews.RETRY });
      }
      this.nowMs += pace.maxRetryMs;
      for (const planned of this.book.steps.splice(0)) {
        const driver = new TransferDriver(
          this.book,
          this.partner(async () => undefined),
          pace,
        );
        await driver.step(planned.number, planned.version);
      }
    }
  }

  private partner(breath: () => Promise<void>): TransferPartner<RefundTransfer> {
    return {
      send: async ({ number, paymentId, amount, currency, refusals }) => {
        await breath();
        const asked = { refundNumber: number, paymentId, amount, currency, recordedRefusals: refusals, unanswered: 0 };
        const answer = await this.channel.refund(asked);
        await breath();
        return answer;
      },
      query: async ({ number, paymentId }) => {
        await breath();
        return this.channel.query({ refundNumber: number, paymentId });
      },
    };
  }
}

function forgiveDeath(error: unknown): void {
  if (!(error instanceof Death)) throw error;
}

const channelStep: fc.Arbitrary<ChannelStep> = fc.oneof(
  fc.constant({}),
  fc.constant({ settle: 'at-once' as const }),
  fc.constant({ settle: 'fails' as const }),
  fc.constant({ before: 'drop' as const }),
  fc.constant({ after: 'drop' as const }),
  fc.constant({ after: 'drop' as const, settle: 'at-once' as const }),
  fc
    .constantFrom(PartnerRefusal.INSUFFICIENT_FUNDS, PartnerRefusal.RATE_LIMITED, PartnerRefusal.PAYMENT_DISPUTED)
    .map((refuse) => ({ refuse })),
);

const someLines = fc.uniqueArray(
  fc.record({
    lineKey: fc.constantFrom(...Object.keys(PAID)),
    amount: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 1_900 })),
  }),
  { selector: ({ lineKey }) => lineKey, minLength: 1, maxLength: 4 },
);

const command = fc.oneof(
  { weight: 3, arbitrary: someLines.map((lines) => (stage: Stage) => stage.reserve(lines)) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: LATE }).map((amount) => (stage: Stage) => {
      stage.reserve([{ lineKey: 'payment:pay-late', amount }], 'pay-late');
    }),
  },
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        fc.oneof({ weight: 4, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(40) }),
        fc.oneof(fc.constant(99), fc.nat(6)),
      )
      .map(
        ([pick, livesFor]) =>
          (stage: Stage) =>
            stage.step(pick, livesFor),
      ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.nat(20), fc.boolean()).map(
      ([pick, isTrue]) =>
        (stage: Stage) =>
          stage.callback(pick, isTrue),
    ),
  },
  { weight: 2, arbitrary: fc.constant((stage: Stage) => stage.channel.settle()) },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 1, max: 7_200_000 }).map((byMs) => (stage: Stage) => void (stage.nowMs += byMs)),
  },
);

const commands = fc.array(command, { minLength: 20, maxLength: 120, size: 'max' });

/** What the requests of the first numbers meet. */
const weather = fc.array(fc.array(channelStep, { maxLength: 6 }), { minLength: 12, maxLength: 12 });

function expectAgreement({ book, channel }: Stage): void {
  for (const { number, state, amount } of book.state.transfers) {
    expect(isTerminal(state)).toBe(true);
    const moved = channel.movementOf(number)?.moved ?? 0;
    expect(moved).toBe(state === TransferState.CONFIRMED ? 1 : 0);
    const ends = book.facts.filter(({ number: of, fact }) => of === number && fact === TransferFact.CONFIRMED);
    expect(ends).toHaveLength(moved);
    expect(amount).toBeGreaterThan(0);
  }
  const gone = channel.movements.reduce((sum, { amount, moved }) => sum + amount * moved, 0);
  expect(book.state.account).toMatchObject({ held: 0, confirmed: gone });
  expect(book.facts.filter(({ fact }) => fact === TransferFact.CONTRADICTED)).toEqual([]);
  expect(gone).toBeLessThanOrEqual(TOTAL + LATE);
}

describe('the refund ledger', () => {
  it('keeps its laws under any order of steps, deaths, answers, callbacks and looks', async () => {
    const tally = { runs: 0, refunds: 0, confirmed: 0, released: 0, refused: 0, requests: 0 };
    await fc.assert(
      fc.asyncProperty(fc.nat(), weather, commands, async (seed, plans, acts) => {
        const stage = new Stage(new Turns(seed));
        plans.forEach((steps, at) => stage.channel.plans.set(`${ORDER}-${at + 1}`, [...steps]));
        for (const act of acts) {
          act(stage);
          if (stage.turns.count > 7) await stage.turns.one();
        }
        await stage.turns.all();
        await stage.clearUp();
        expectAgreement(stage);
        tally.runs += 1;
        tally.refunds += stage.book.state.transfers.length;
        tally.confirmed += stage.book.facts.filter(({ fact }) => fact === TransferFact.CONFIRMED).length;
        tally.released += stage.book.facts.filter(({ fact }) => fact === TransferFact.RELEASED).length;
        tally.refused += stage.refusedReservations;
        tally.requests += stage.channel.requests;
      }),
      { numRuns: 120 },
    );
    console.log(`refund ledger: ${JSON.stringify(tally)}`);
    // A property over nothing is no property.
    expect(tally.confirmed).toBeGreaterThan(300);
    expect(tally.released).toBeGreaterThan(3);
    expect(tally.refused).toBeGreaterThan(300);
  }, 60_000);

  it('gives back exactly what was paid by any sequence of parts that asks for all that is left', () => {
    const parts = fc.array(someLines, { maxLength: 12 });
    fc.assert(
      fc.property(parts, (asked) => {
        const stage = new Stage(new Turns(0));
        const { book } = stage;
        for (const lines of asked) stage.reserve(lines);
        const left = book.state.lines
          .filter(({ paymentId }) => paymentId === 'pay-1')
          .map(({ lineKey, paid, held, confirmed }) => ({ lineKey, amount: paid - held - confirmed }))
          .filter(({ amount }) => amount > 0);
        if (left.length > 0) stage.reserve(left);
        expect(book.state.account.held).toBe(TOTAL);
        expect(() =>
          book.reserve({
            orderId: ORDER,
            cause: 'one more',
            paymentId: 'pay-1',
            currency: CURRENCY,
            lines: [{ lineKey: 'A', amount: 1 }],
          }),
        ).toThrow('must be at most 0');
      }),
    );
  });
});
