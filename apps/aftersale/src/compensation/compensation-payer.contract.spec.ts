/** A payer in memory keeps the contract, and payers that are broken on purpose fail the very case that is named for them. */
import { describe, expect, it } from '@jest/globals';
import { CURRENCY } from '../payment-channel/payment-channel.contract.js';
import { MemoryChannel } from '../payment-channel/rehearsal/memory-channel.js';
import { type PartnerAnswer, PartnerRefusal, type PartnerStanding, refused } from '../transfer/partner-answer.js';
import type { MovementEvent, RawCallback } from '../transfer/signed-http-callback.js';
import { type CompensationPayerHarness, compensationPayerContract } from './compensation-payer.contract.js';
import type { CompensationPayer, PayoutInstruction } from './compensation-payer.js';

class MemoryPayer implements CompensationPayer {
  readonly name = 'memory';

  constructor(readonly channel: MemoryChannel) {}

  pay({ payoutNumber, receiver, amount, currency }: PayoutInstruction): Promise<PartnerAnswer> {
    this.channel.payments.set(receiver, { amount: 1_000_000, currency });
    return this.channel.refund({
      refundNumber: payoutNumber,
      paymentId: receiver,
      amount,
      currency,
      recordedRefusals: 0,
      unanswered: 0,
    });
  }

  query(payoutNumber: string): Promise<PartnerStanding> {
    return this.channel.query({ refundNumber: payoutNumber, paymentId: '' });
  }

  verifyCallback(callback: RawCallback): MovementEvent | undefined {
    const event = this.channel.verifyCallback(callback);
    return event && { ...event, number: event.refundNumber };
  }
}

function harnessOf(payer: MemoryPayer): CompensationPayerHarness {
  const { channel } = payer;
  let next = 0;
  const name = (kind: string): string => {
    next += 1;
    return `${kind}-${next}`;
  };
  return {
    ...{ payer, secrets: ['the secret'], logged: () => '', aNumber: () => name('number') },
    aPayment: async () => name('receiver'),
    plan: async (number, ...steps) => void channel.plans.set(number, [...steps]),
    settle: async () => channel.settle(),
    booked: async (number) => {
      const own = channel.movements.filter(({ refundNumber }) => refundNumber === number);
      const moved = own.reduce((sum, each) => sum + each.moved, 0);
      return { moved, amountMoved: own.reduce((sum, each) => sum + each.moved * each.amount, 0) };
    },
    requests: async () => channel.requests,
    callback: signed,
    unreadableCallback: () => signed({}),
  };
}

function signed({ ageMs = 0, ...told }: { readonly ageMs?: number; readonly outcome?: string }): RawCallback {
  const reason = told.outcome === 'failed' ? PartnerRefusal.OTHER : null;
  const event = { ...told, reason, currency: CURRENCY, occurredAtMs: Date.now() - ageMs, replayKey: `at ${ageMs}` };
  const body = Buffer.from(JSON.stringify(event));
  return { body, headers: { signature: String(body.length) } };
}

class ForgetfulPayer extends MemoryPayer {
  override async pay(instruction: PayoutInstruction): Promise<PartnerAnswer> {
    const known = this.channel.movementOf(instruction.payoutNumber);
    if (known?.status === 'succeeded') known.moved += 1;
    return super.pay(instruction);
  }
}

class LenientPayer extends MemoryPayer {
  override async pay(instruction: PayoutInstruction): Promise<PartnerAnswer> {
    const answer = await super.pay(instruction);
    return answer.kind === 'refused' ? refused(PartnerRefusal.OTHER) : answer;
  }
}

describe('the contract of a payer', () => {
  it.each(compensationPayerContract.map((each) => [each.name, each] as const))('memory: %s', (_, each) =>
    each.run(harnessOf(new MemoryPayer(new MemoryChannel()))),
  );

  it.each([
    [ForgetfulPayer, 'a number that is sent three times moves its money once'],
    [LenientPayer, 'a receiver that takes nothing is a final refusal, and the number moves nothing afterwards'],
  ])('%p fails the case "%s"', async (Broken, name) => {
    const found = compensationPayerContract.find((each) => each.name === name);
    await expect(found?.run(harnessOf(new Broken(new MemoryChannel())))).rejects.toThrow();
  });

  it('takes over what a channel owes, except for payments and lists', () => {
    expect(compensationPayerContract).toHaveLength(15);
  });
});
