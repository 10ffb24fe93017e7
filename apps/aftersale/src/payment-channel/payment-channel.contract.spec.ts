/** The contract suite finds what it is there to find: channels that are broken on purpose fail the very case that is named for them. */
import { describe, expect, it } from '@jest/globals';
import { type PartnerAnswer, PartnerRefusal, type PartnerStanding, refused } from '../transfer/partner-answer.js';
import type { RawCallback } from '../transfer/signed-http-callback.js';
import {
  type CallbackRequest,
  CURRENCY,
  type PaymentChannelHarness,
  paymentChannelContract,
} from './payment-channel.contract.js';
import type { ChannelEvent, ChannelPage, CreatedRange, RefundInstruction, RefundLookup } from './payment-channel.js';
import type { ChannelStep } from './rehearsal/channel-step.js';
import { MemoryChannel, type Movement } from './rehearsal/memory-channel.js';

const SECRET = 'the-secret-of-the-memory';

function harnessOf(channel: MemoryChannel): PaymentChannelHarness {
  let next = 0;
  const name = (kind: string): string => {
    next += 1;
    return `${kind}-${next}`;
  };
  return {
    channel,
    secrets: [SECRET],
    logged: () => '',
    aNumber: () => name('number'),
    aPayment: async (amount) => {
      const paymentId = name('payment');
      channel.payments.set(paymentId, { amount, currency: CURRENCY });
      return paymentId;
    },
    plan: async (refundNumber, ...steps) => void channel.plans.set(refundNumber, [...steps]),
    settle: async () => channel.settle(),
    booked: async (refundNumber) => {
      const own = channel.movements.filter((movement) => movement.refundNumber === refundNumber);
      const moved = own.reduce((sum, movement) => sum + movement.moved, 0);
      return { moved, amountMoved: own.reduce((sum, movement) => sum + movement.moved * movement.amount, 0) };
    },
    requests: async () => channel.requests,
    callback: signed,
    unreadableCallback: () => signed({}),
  };
}

function signed({ ageMs = 0, ...told }: Partial<CallbackRequest>): RawCallback {
  const reason = told.outcome === 'failed' ? PartnerRefusal.OTHER : null;
  const event = { ...told, reason, currency: CURRENCY, occurredAtMs: Date.now() - ageMs, replayKey: `at ${ageMs}` };
  const body = Buffer.from(JSON.stringify(event));
  return { body, headers: { signature: String(body.length) } };
}

class DoublingChannel extends MemoryChannel {
  protected override again(known: Movement, instruction: RefundInstruction, step: ChannelStep): PartnerAnswer {
    if (known.status === 'succeeded') this.move(known);
    return super.again(known, instruction, step);
  }
}

/** Looks first and opens later, as a channel without a unique key does. */
class RacyChannel extends MemoryChannel {
  override async refund(instruction: RefundInstruction): Promise<PartnerAnswer> {
    const known = this.movementOf(instruction.refundNumber);
    await Promise.resolve();
    if (known !== undefined) return super.refund(instruction);
    const before = this.movements.splice(0);
    const answer = await super.refund(instruction);
    this.movements.unshift(...before);
    return answer;
  }
}

class RenamingChannel extends MemoryChannel {
  protected override again(known: Movement, instruction: RefundInstruction, step: ChannelStep): PartnerAnswer {
    return super.again(known, { ...instruction, amount: known.amount }, step);
  }
}

class SurelyNotChannel extends MemoryChannel {
  override async refund(instruction: RefundInstruction): Promise<PartnerAnswer> {
    const answer = await super.refund(instruction);
    return answer.kind === 'unknown' ? refused(PartnerRefusal.OTHER) : answer;
  }
}

class SlowChannel extends MemoryChannel {
  override async refund(instruction: RefundInstruction): Promise<PartnerAnswer> {
    const answer = await super.refund(instruction);
    if (answer.kind === 'unknown') await new Promise((resolve) => setTimeout(resolve, 3_100));
    return answer;
  }
}

class StubbornChannel extends MemoryChannel {
  override async refund(instruction: RefundInstruction): Promise<PartnerAnswer> {
    const answer = await super.refund(instruction);
    return answer.kind === 'unknown' ? super.refund(instruction) : answer;
  }
}

class ForgivingChannel extends MemoryChannel {
  protected override work(instruction: RefundInstruction, step: ChannelStep): PartnerAnswer {
    const wasClosed = this.closed.has(instruction.refundNumber);
    if (wasClosed) this.payments.set(instruction.paymentId, { amount: 10_000, currency: CURRENCY });
    this.closed.delete(instruction.refundNumber);
    return super.work(instruction, step);
  }
}

class HarshChannel extends MemoryChannel {
  override async refund(instruction: RefundInstruction): Promise<PartnerAnswer> {
    const answer = await super.refund(instruction);
    return answer.kind === 'refused' ? { ...answer, isFinal: true } : answer;
  }
}

class OptimisticChannel extends MemoryChannel {
  override async query(lookup: RefundLookup): Promise<PartnerStanding> {
    const standing = await super.query(lookup);
    return standing.kind === 'pending' ? { ...standing, kind: 'succeeded' } : standing;
  }
}

class DefeatedChannel extends MemoryChannel {
  protected override again(known: Movement, instruction: RefundInstruction, step: ChannelStep): PartnerAnswer {
    return known.status === 'failed' ? refused(PartnerRefusal.OTHER) : super.again(known, instruction, step);
  }
}

class GenerousChannel extends MemoryChannel {
  protected override work(instruction: RefundInstruction, step: ChannelStep): PartnerAnswer {
    this.payments.set(instruction.paymentId, { amount: 1_000_000, currency: CURRENCY });
    return super.work(instruction, step);
  }
}

class CredulousChannel extends MemoryChannel {
  override verifyCallback({ body }: RawCallback): ChannelEvent | undefined {
    return super.verifyCallback({ body, headers: { signature: String(body.length) } });
  }
}

class SameKeyChannel extends MemoryChannel {
  override verifyCallback(callback: RawCallback): ChannelEvent | undefined {
    const event = super.verifyCallback(callback);
    return event && { ...event, replayKey: 'always' };
  }
}

class GuessingChannel extends MemoryChannel {
  override verifyCallback(callback: RawCallback): ChannelEvent | undefined {
    try {
      return super.verifyCallback(callback);
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'CALLBACK_UNREADABLE') throw error;
      return JSON.parse(callback.body.toString()) as ChannelEvent;
    }
  }
}

class SkippingChannel extends MemoryChannel {
  override async list(range: CreatedRange, after?: string): Promise<ChannelPage> {
    const page = await super.list(range, after);
    return page.next === undefined ? page : { ...page, next: String(Number(page.next) + 1) };
  }
}

class TalkativeChannel extends MemoryChannel {
  override async refund(instruction: RefundInstruction): Promise<PartnerAnswer> {
    const answer = await super.refund(instruction);
    return answer.kind === 'refused' ? { ...answer, reason: `signed by ${SECRET}` as PartnerRefusal } : answer;
  }
}

describe('the contract of a payment channel', () => {
  it.each(paymentChannelContract.map((each) => [each.name, each] as const))('memory: %s', (_, each) =>
    each.run(harnessOf(new MemoryChannel())),
  );

  it.each([
    [DoublingChannel, 'a number that is sent three times moves its money once'],
    [RacyChannel, 'two senders of one number at the same moment move its money once between them'],
    [RenamingChannel, 'a number with another amount is refused, not finally, and moves nothing more'],
    [SurelyNotChannel, 'an answer that is lost is unknown, and the query tells what was done behind it'],
    [
      SurelyNotChannel,
      'a request that never arrived is unknown, then not found, and the same number may be sent again',
    ],
    [SlowChannel, 'a channel that says nothing is unknown within the time limit'],
    [StubbornChannel, 'one call is one request: nothing is repeated behind the caller'],
    [ForgivingChannel, 'a final refusal is final: the number moves nothing, however often it is sent'],
    [HarshChannel, 'a refusal for now is not final, and the same number moves its money later'],
    [DefeatedChannel, 'a refund that failed may be sent again under its number, and moves its money once'],
    [OptimisticChannel, 'accepted is never called succeeded while the money has not moved'],
    [GenerousChannel, 'parts of a payment go back up to the last cent and not one further'],
    [SameKeyChannel, 'a signed callback is read, and two deliveries differ in their replay key'],
    [CredulousChannel, 'a callback that is forged, altered, old, early or unsigned is refused before it is read'],
    [GuessingChannel, 'a signed callback of another contract is refused or left alone, and never taken for a refund'],
    [SkippingChannel, 'the list of a time names each of its refunds once over all pages'],
    [TalkativeChannel, 'no answer, refusal or log line repeats a secret'],
  ])('%p fails the case "%s"', async (Broken, name) => {
    const found = paymentChannelContract.find((each) => each.name === name);
    await expect(found?.run(harnessOf(new Broken()))).rejects.toThrow();
  });

  it('has a broken channel for every case', () => {
    expect(paymentChannelContract).toHaveLength(17);
  });
});
