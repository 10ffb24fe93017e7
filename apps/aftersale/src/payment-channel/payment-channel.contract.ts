/**
 * The contract suite of the PaymentChannel port: plain cases, for any runner. A channel passes if every case resolves. An adapter hands in how the
 * channel behind it is made to misbehave and what its book holds, because that is the channel's business and not the adapter's.
 */
import { invariant } from '@ordo/kernel';
import { type PartnerAnswer, PartnerRefusal, type PartnerStanding } from '../transfer/partner-answer.js';
import type { RawCallback } from '../transfer/signed-http-callback.js';
import type { ChannelEvent, PaymentChannel, RefundInstruction } from './payment-channel.js';
import type { ChannelStep } from './rehearsal/channel-step.js';

/** A movement as the channel's own book has it. */
export interface BookedRefund {
  /** How often money left under the number. */
  readonly moved: number;
  readonly amountMoved: number;
}

export interface CallbackRequest {
  readonly refundNumber: string;
  readonly outcome: 'succeeded' | 'failed' | 'pending';
  readonly amount: number;
  /** Signed so long ago; negative: so far ahead. Default 0. */
  readonly ageMs?: number;
}

export interface PaymentChannelHarness {
  readonly channel: PaymentChannel;
  /** A payment of which nothing has been refunded; answers the channel's name of it. */
  aPayment(amount: number): Promise<string>;
  /** A number that was never used. */
  aNumber(): string;
  /** What the next requests to move money under `refundNumber` meet; one step each, the last for all others: pending until settled. */
  plan(refundNumber: string, ...steps: readonly ChannelStep[]): Promise<void>;
  /** The money of everything that is pending moves, and the book says so. */
  settle(): Promise<void>;
  booked(refundNumber: string): Promise<BookedRefund>;
  /** How many requests to move money have reached the channel so far, under any number. */
  requests(): Promise<number>;
  /** A delivery as the channel signs it. */
  callback(request: CallbackRequest): RawCallback;
  /** A well signed delivery whose document is not of the contract. */
  unreadableCallback(): RawCallback;
  /** Texts that may never show: keys and secrets. */
  readonly secrets: readonly string[];
  /** Whatever was logged so far, as text. */
  logged(): string;
}

export interface PaymentChannelCase {
  readonly name: string;
  run(harness: PaymentChannelHarness): Promise<void>;
}

export const CURRENCY = 'CNY';
const MINUTE_MS = 60_000;
/** What an adapter is given as its time limit by a harness, with room for a machine that does other things. */
const LIMIT_MS = 3_000;

export const paymentChannelContract: readonly PaymentChannelCase[] = [
  {
    name: 'a number that is sent three times moves its money once',
    async run(harness) {
      const asked = await anInstruction(harness, 700);
      for (const expected of ['accepted', 'accepted', 'accepted']) {
        expectKind(await harness.channel.refund(asked), expected);
      }
      await harness.settle();
      expectKind(await harness.channel.refund(asked), 'succeeded');
      await expectMoved(harness, asked, 1);
    },
  },
  {
    name: 'two senders of one number at the same moment move its money once between them',
    async run(harness) {
      const asked = await anInstruction(harness, 700);
      await Promise.all(Array.from({ length: 6 }, () => harness.channel.refund(asked)));
      await harness.settle();
      expectKind(await harness.channel.query(asked), 'succeeded');
      await expectMoved(harness, asked, 1);
    },
  },
  {
    name: 'a number with another amount is refused, not finally, and moves nothing more',
    async run(harness) {
      const asked = await anInstruction(harness, 700);
      await harness.channel.refund(asked);
      const answer = await harness.channel.refund({ ...asked, amount: 701 });
      expectRefused(answer, PartnerRefusal.NUMBER_REUSED, false);
      await harness.settle();
      await expectMoved(harness, asked, 1);
    },
  },
  {
    name: 'an answer that is lost is unknown, and the query tells what was done behind it',
    async run(harness) {
      const asked = await anInstruction(harness, 700);
      await harness.plan(asked.refundNumber, { after: 'drop' });
      expectKind(await harness.channel.refund(asked), 'unknown');
      expectKind(await harness.channel.query(asked), 'pending');
      await harness.settle();
      expectKind(await harness.channel.query(asked), 'succeeded');
      expectKind(await harness.channel.refund(asked), 'succeeded');
      await expectMoved(harness, asked, 1);
    },
  },
  {
    name: 'a request that never arrived is unknown, then not found, and the same number may be sent again',
    async run(harness) {
      const asked = await anInstruction(harness, 700);
      await harness.plan(asked.refundNumber, { before: 'drop' });
      expectKind(await harness.channel.refund(asked), 'unknown');
      expectKind(await harness.channel.query(asked), 'not-found');
      expectKind(await harness.channel.refund(asked), 'accepted');
      await harness.settle();
      await expectMoved(harness, asked, 1);
    },
  },
  {
    name: 'a channel that says nothing is unknown within the time limit',
    async run(harness) {
      const asked = await anInstruction(harness, 700);
      await harness.plan(asked.refundNumber, { before: 'hang' });
      const startedMs = performance.now();
      expectKind(await harness.channel.refund(asked), 'unknown');
      const tookMs = performance.now() - startedMs;
      invariant(tookMs < LIMIT_MS, `it took ${Math.round(tookMs)} ms`);
    },
  },
  {
    name: 'one call is one request: nothing is repeated behind the caller',
    async run(harness) {
      for (const step of [{ before: 'drop' }, { after: 'drop' }] as const) {
        const asked = await anInstruction(harness, 700);
        await harness.plan(asked.refundNumber, step, step, step);
        const before = await harness.requests();
        await harness.channel.refund(asked);
        const made = (await harness.requests()) - before;
        invariant(made === 1, `${made} requests for one call`, { step });
      }
    },
  },
  {
    name: 'a final refusal is final: the number moves nothing, however often it is sent',
    async run(harness) {
      const asked = await anInstruction(harness, 700, 699);
      expectRefused(await harness.channel.refund(asked), PartnerRefusal.AMOUNT_EXCEEDS, true);
      expectRefused(await harness.channel.refund(asked), PartnerRefusal.AMOUNT_EXCEEDS, true);
      const standing = await harness.channel.query(asked);
      invariant(['failed', 'not-found'].includes(standing.kind), `a refused number stands as ${standing.kind}`);
      await harness.settle();
      await expectMoved(harness, asked, 0);
    },
  },
  {
    name: 'a refusal for now is not final, and the same number moves its money later',
    async run(harness) {
      const asked = await anInstruction(harness, 700);
      await harness.plan(asked.refundNumber, { refuse: PartnerRefusal.INSUFFICIENT_FUNDS });
      expectRefused(await harness.channel.refund(asked), PartnerRefusal.INSUFFICIENT_FUNDS, false);
      expectKind(await harness.channel.refund({ ...asked, recordedRefusals: 1 }), 'accepted');
      expectKind(await harness.channel.refund({ ...asked, recordedRefusals: 1 }), 'accepted');
      // Whoever was frozen before the refusal was recorded and sends now moves nothing more.
      await harness.channel.refund(asked);
      await harness.settle();
      await expectMoved(harness, asked, 1);
    },
  },
  {
    name: 'a refund that failed may be sent again under its number, and moves its money once',
    async run(harness) {
      const asked = await anInstruction(harness, 700);
      await harness.plan(asked.refundNumber, { settle: 'fails' });
      await harness.channel.refund(asked);
      expectKind(await harness.channel.query(asked), 'failed');
      await expectMoved(harness, asked, 0);
      await Promise.all([harness.channel.refund(asked), harness.channel.refund(asked)]);
      await harness.settle();
      expectKind(await harness.channel.query(asked), 'succeeded');
      await expectMoved(harness, asked, 1);
    },
  },
  {
    name: 'accepted is never called succeeded while the money has not moved',
    async run(harness) {
      const asked = await anInstruction(harness, 700);
      expectKind(await harness.channel.refund(asked), 'accepted');
      expectKind(await harness.channel.query(asked), 'pending');
      await expectMoved(harness, asked, 0);
      await harness.settle();
      expectKind(await harness.channel.query(asked), 'succeeded');
    },
  },
  {
    name: 'parts of a payment go back up to the last cent and not one further',
    async run(harness) {
      const first = await anInstruction(harness, 700, 1_000);
      const second = { ...first, refundNumber: harness.aNumber(), amount: 300 };
      const third = { ...first, refundNumber: harness.aNumber(), amount: 1 };
      expectKind(await harness.channel.refund(first), 'accepted');
      expectKind(await harness.channel.refund(second), 'accepted');
      expectRefused(await harness.channel.refund(third), PartnerRefusal.AMOUNT_EXCEEDS, true);
      await harness.settle();
      await expectMoved(harness, first, 1);
      await expectMoved(harness, second, 1);
    },
  },
  {
    name: 'a signed callback is read, and two deliveries differ in their replay key',
    async run(harness) {
      const asked = await anInstruction(harness, 700);
      await harness.channel.refund(asked);
      const read = (ageMs: number): ChannelEvent | undefined =>
        harness.channel.verifyCallback(
          harness.callback({ refundNumber: asked.refundNumber, outcome: 'succeeded', amount: 700, ageMs }),
        );
      const [first, second] = [read(0), read(4 * MINUTE_MS)];
      const { refundNumber, outcome, amount, currency } = first ?? {};
      const isRight = refundNumber === asked.refundNumber && outcome === 'succeeded' && amount === 700;
      invariant(isRight && currency === CURRENCY, 'the event says what was sent', { first });
      invariant(first?.replayKey !== second?.replayKey, 'each delivery has a replay key of its own');
      const failed = harness.channel.verifyCallback(
        harness.callback({ refundNumber: asked.refundNumber, outcome: 'failed', amount: 700 }),
      );
      invariant(failed?.outcome === 'failed' && failed.reason !== null, 'a failure has a reason', { failed });
    },
  },
  {
    name: 'a callback that is forged, altered, old, early or unsigned is refused before it is read',
    async run(harness) {
      const told = { refundNumber: harness.aNumber(), outcome: 'succeeded', amount: 700 } as const;
      const right = harness.callback(told);
      const altered = { ...right, body: Buffer.from(right.body.toString().replace('700', '7000')) };
      expectRefusal(() => harness.channel.verifyCallback(altered), 'SIGNATURE_INVALID');
      expectRefusal(() => harness.channel.verifyCallback({ ...right, headers: {} }), 'SIGNATURE_INVALID');
      for (const ageMs of [6 * MINUTE_MS, -6 * MINUTE_MS]) {
        const late = harness.callback({ ...told, ageMs });
        expectRefusal(() => harness.channel.verifyCallback(late), 'SIGNATURE_EXPIRED');
      }
    },
  },
  {
    name: 'a signed callback of another contract is refused or left alone, and never taken for a refund',
    async run(harness) {
      const callback = harness.unreadableCallback();
      try {
        const event = harness.channel.verifyCallback(callback);
        invariant(event === undefined, 'it is no refund', { event });
      } catch (error) {
        invariant((error as { code?: unknown }).code === 'CALLBACK_UNREADABLE', `refused as ${String(error)}`);
      }
    },
  },
  {
    name: 'the list of a time names each of its refunds once over all pages',
    async run(harness) {
      const fromMs = Date.now() - MINUTE_MS;
      const asked = await anInstruction(harness, 1, 1_000);
      const numbers = Array.from({ length: 7 }, () => harness.aNumber());
      for (const refundNumber of numbers) await harness.channel.refund({ ...asked, refundNumber });
      const listed = await listAll(harness.channel, fromMs);
      for (const number of numbers) {
        const found = listed.filter((refundNumber) => refundNumber === number).length;
        invariant(found === 1, `${number} is listed ${found} times`);
      }
      const ofYesterday = await harness.channel.list({ fromMs: fromMs - 86_400_000, toMs: fromMs - 80_000_000 });
      invariant(!ofYesterday.refunds.some(({ refundNumber }) => numbers.includes(refundNumber ?? '')), 'only its time');
    },
  },
  {
    name: 'no answer, refusal or log line repeats a secret',
    async run(harness) {
      const asked = await anInstruction(harness, 700, 699);
      const told: unknown[] = [];
      await harness.plan(asked.refundNumber, { before: 'drop' });
      told.push(await harness.channel.refund(asked), await harness.channel.refund(asked));
      const right = harness.callback({ refundNumber: asked.refundNumber, outcome: 'succeeded', amount: 1 });
      try {
        harness.channel.verifyCallback({ ...right, body: Buffer.from('{}') });
      } catch (error) {
        const { message, details, stack, cause } = error as Error & { details?: unknown };
        told.push(message, details, stack, String(cause));
      }
      const text = JSON.stringify(told) + harness.logged();
      for (const secret of harness.secrets) invariant(!text.includes(secret), 'a secret was told');
    },
  },
];

async function anInstruction(
  harness: PaymentChannelHarness,
  amount: number,
  paid: number = amount * 10,
): Promise<RefundInstruction> {
  const paymentId = await harness.aPayment(paid);
  return { refundNumber: harness.aNumber(), paymentId, amount, currency: CURRENCY, recordedRefusals: 0, unanswered: 0 };
}

async function listAll(channel: PaymentChannel, fromMs: number): Promise<(string | null)[]> {
  const numbers: (string | null)[] = [];
  for (let after: string | undefined; ; ) {
    const page = await channel.list({ fromMs, toMs: Date.now() + MINUTE_MS }, after);
    numbers.push(...page.refunds.map(({ refundNumber }) => refundNumber));
    after = page.next;
    if (after === undefined) return numbers;
  }
}

function expectKind(answer: PartnerAnswer | PartnerStanding, kind: string): void {
  invariant(answer.kind === kind, `it must be ${kind}, and is ${answer.kind}`, { answer });
}

function expectRefused(answer: PartnerAnswer, reason: PartnerRefusal, isFinal: boolean): void {
  expectKind(answer, 'refused');
  const isRight = answer.kind === 'refused' && answer.reason === reason && answer.isFinal === isFinal;
  invariant(isRight, `refused as ${JSON.stringify(answer)} and not as ${reason}, final ${isFinal}`);
}

async function expectMoved(harness: PaymentChannelHarness, asked: RefundInstruction, times: number): Promise<void> {
  const { moved, amountMoved } = await harness.booked(asked.refundNumber);
  invariant(moved === times, `money moved ${moved} times and not ${times}`, { number: asked.refundNumber });
  invariant(amountMoved === times * asked.amount, `${amountMoved} moved`);
}

function expectRefusal(act: () => unknown, code: string): void {
  try {
    act();
  } catch (error) {
    invariant((error as { code?: unknown }).code === code, `refused as ${String(error)} and not as ${code}`);
    return;
  }
  invariant(false, `it was accepted and not refused as ${code}`);
}
