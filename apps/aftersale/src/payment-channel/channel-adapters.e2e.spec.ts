/** Both adapters by the contract of the port, against the simulated channel in a process of its own: real sockets, real resets, real silence. */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '@ordo/kernel';
import { type LogFacts, type Logger, signMessage } from '@ordo/platform';
import { anId, ChannelSimulator, type ChannelStep as SimulatedStep, simulatedSecrets } from '@ordo/testing';
import type { RawCallback } from '../transfer/signed-http-callback.js';
import {
  type CallbackRequest,
  CURRENCY,
  type PaymentChannelHarness,
  paymentChannelContract,
} from './payment-channel.contract.js';
import type { PaymentChannel } from './payment-channel.js';
import type { ChannelStep } from './rehearsal/channel-step.js';
import { SignedHttpChannel } from './signed-http-channel.js';
import { StripeChannel } from './stripe-channel.js';

/** Short, because one case waits for it. */
const TIMEOUT_MS = 700;

let simulator: ChannelSimulator;
let logged = '';

const note = (message: string, facts?: LogFacts): void => {
  logged += `${message} ${JSON.stringify(facts)}\n`;
};
const logger: Logger = { debug: note, info: note, warn: note, error: note, child: () => logger };

beforeAll(async () => {
  simulator = await ChannelSimulator.start();
});

afterAll(() => simulator.stop());

beforeEach(async () => {
  await simulator.clear();
  await simulator.weather({ settleMs: null });
});

const stepOf = ({ before, refuse, settle, after }: ChannelStep): SimulatedStep => ({
  before: refuse === undefined ? (before ?? 'none') : `refuse:${refuse}`,
  ...(after === undefined ? {} : { after }),
  ...(settle === 'fails' ? { outcome: 'failed', reason: 'OTHER' } : {}),
  settleMs: settle === undefined ? null : 0,
});

interface Protocol {
  readonly prefix: string;
  open(): PaymentChannel;
  callback(request: CallbackRequest): RawCallback;
  unreadable(): RawCallback;
}

const generic: Protocol = {
  prefix: 'pay-',
  open: () => {
    const { channel } = simulatedSecrets;
    const where = { partner: 'generic', baseUrl: simulator.channelUrl, secrets: [channel], timeoutMs: TIMEOUT_MS };
    return new SignedHttpChannel({ ...where, clock: systemClock, logger });
  },
  callback: ({ refundNumber, outcome, amount, ageMs = 0 }) => {
    const told = { refundNumber, status: outcome, amount, currency: CURRENCY, reason: null, reference: 're_1' };
    return genericallySigned({ ...told, occurredAt: new Date().toISOString() }, ageMs);
  },
  unreadable: () => genericallySigned({ kind: 'newsletter' }, 0),
};

function genericallySigned(document: unknown, ageMs: number): RawCallback {
  const body = Buffer.from(JSON.stringify(document));
  return { body, headers: signMessage(body, simulatedSecrets.channel, Date.now() - ageMs) };
}

const stripe: Protocol = {
  prefix: 'pi_',
  open: () => {
    const { stripeKey: apiKey, stripeWebhook: webhookSecret } = simulatedSecrets;
    return new StripeChannel({
      ...{ apiKey, webhookSecret, url: simulator.url, timeoutMs: TIMEOUT_MS },
      ...{ clock: systemClock, logger },
    });
  },
  callback: ({ refundNumber, outcome, amount, ageMs = 0 }) => {
    const object = {
      ...{ id: 're_1', object: 'refund', amount, currency: 'cny', status: outcome },
      metadata: { refund_number: refundNumber },
    };
    return stripeSigned({ type: 'refund.updated', data: { object } }, ageMs);
  },
  unreadable: () => stripeSigned({ type: 'customer.created', data: { object: { id: 'cus_1' } } }, 0),
};

function stripeSigned(event: Readonly<Record<string, unknown>>, ageMs: number): RawCallback {
  const timestamp = Math.floor((Date.now() - ageMs) / 1_000);
  const body = Buffer.from(JSON.stringify({ id: 'evt_1', object: 'event', created: timestamp, ...event }));
  const digest = createHmac('sha256', simulatedSecrets.stripeWebhook)
    .update(`${timestamp}.`)
    .update(body)
    .digest('hex');
  return { body, headers: { 'stripe-signature': `t=${timestamp},v1=${digest}` } };
}

function harnessOf({ prefix, open, callback, unreadable }: Protocol): PaymentChannelHarness {
  return {
    channel: open(),
    secrets: Object.values(simulatedSecrets),
    logged: () => logged,
    aNumber: () => `${anId()}-1`,
    aPayment: async (amount) => {
      const paymentId = prefix + anId();
      await simulator.takePayments({ paymentId, amount, currency: CURRENCY });
      return paymentId;
    },
    plan: async (refundNumber, ...steps) => void (await simulator.plan(refundNumber, ...steps.map(stepOf))),
    settle: async () => void (await simulator.settle()),
    booked: async (refundNumber) => {
      const entry = (await simulator.book()).byNumber[refundNumber];
      return { moved: entry?.times ?? 0, amountMoved: entry?.moved ?? 0 };
    },
    requests: async () => (await simulator.book()).arrivals,
    callback,
    unreadableCallback: unreadable,
  };
}

describe.each([
  ['signed HTTP', generic],
  ['Stripe', stripe],
])('the channel over %s', (_, protocol) => {
  it.each(paymentChannelContract.map((each) => [each.name, each] as const))('%s', (_name, each) =>
    each.run(harnessOf(protocol)),
  );
});

describe('what only a real channel gets wrong', () => {
  it.each([
    ['signed HTTP', generic],
    ['Stripe', stripe],
  ])('%s: half an answer, a fault after the movement and a limit of requests are told apart', async (_, protocol) => {
    const harness = harnessOf(protocol);
    const paymentId = await harness.aPayment(9_000);
    const ask = async (step: SimulatedStep) => {
      const refundNumber = harness.aNumber();
      await simulator.plan(refundNumber, { ...step, settleMs: null });
      const terms = { refundNumber, paymentId, amount: 5, currency: CURRENCY, recordedRefusals: 0, unanswered: 0 };
      return { answer: await harness.channel.refund(terms), standing: await harness.channel.query(terms) };
    };
    expect(await ask({ after: 'garbage' })).toMatchObject({
      answer: { kind: 'unknown' },
      standing: { kind: 'pending' },
    });
    expect(await ask({ after: 'fault' })).toMatchObject({
      answer: { kind: 'unknown', cause: 'PARTNER_FAULT' },
      standing: { kind: 'pending' },
    });
    expect(await ask({ before: 'fault' })).toMatchObject({
      answer: { kind: 'unknown', cause: 'PARTNER_FAULT' },
      standing: { kind: 'not-found' },
    });
    expect(await ask({ before: 'rate-limit' })).toMatchObject({
      answer: { kind: 'refused', reason: 'RATE_LIMITED', isFinal: false, retryAfterMs: 1_000 },
      standing: { kind: 'not-found' },
    });
  });

  it('Stripe: a fault that is repeated for minutes and left nothing ends its key, and no other does', async () => {
    const harness = harnessOf(stripe);
    const paymentId = await harness.aPayment(9_000);
    const asking = (refundNumber: string) => (unanswered: number, recordedRefusals: number) =>
      harness.channel.refund({ refundNumber, paymentId, amount: 5, currency: CURRENCY, recordedRefusals, unanswered });
    const fault = { kind: 'unknown', cause: 'PARTNER_FAULT' };
    const nothing = harness.aNumber();
    await simulator.plan(nothing, { before: 'refuse:INSUFFICIENT_FUNDS', after: 'fault' });
    const ask = asking(nothing);
    expect([await ask(0, 0), await ask(1, 0), await ask(6, 0)]).toMatchObject([fault, fault, fault]);
    expect(await ask(7, 0)).toEqual({ kind: 'refused', reason: 'OTHER', isFinal: false, isRecorded: true });
    expect(await ask(0, 1)).toMatchObject({ kind: 'accepted' });
    const fresh = harness.aNumber();
    await simulator.plan(fresh, { before: 'fault' });
    expect(await asking(fresh)(7, 0)).toMatchObject(fault);
    const moved = harness.aNumber();
    await simulator.plan(moved, { after: 'fault' });
    expect([await asking(moved)(0, 0), await asking(moved)(7, 0)]).toMatchObject([fault, { kind: 'accepted' }]);
    await harness.settle();
    expect([await harness.booked(nothing), await harness.booked(moved)]).toMatchObject([{ moved: 1 }, { moved: 1 }]);
  });

  it.each([
    ['signed HTTP', generic],
    ['Stripe', stripe],
  ])('%s: a silent channel makes a question unknown, and its list a Transient', async (_, protocol) => {
    const harness = harnessOf(protocol);
    const paymentId = await harness.aPayment(9_000);
    await simulator.weather({ silent: true });
    expect(await harness.channel.query({ refundNumber: harness.aNumber(), paymentId })).toEqual({
      kind: 'unknown',
      cause: 'TIMEOUT',
    });
    const range = { fromMs: Date.now() - 1_000, toMs: Date.now() };
    await expect(harness.channel.list(range)).rejects.toMatchObject({ code: 'CHANNEL_UNAVAILABLE' });
  });

  it('a message of ours carries the headers that the contract document asks for', () => {
    const text = readFileSync(new URL('../../../../docs/api/payment-channel.openapi.yaml', import.meta.url), 'utf8');
    const asked = [...text.matchAll(/name: (x-ordo-[a-z]+), in: header.*pattern: '([^']+)'/g)];
    const headers = signMessage('{}', 'secret', Date.now());
    for (const [, name = '', pattern = ''] of asked) expect(headers[name]).toMatch(new RegExp(pattern));
    expect(Object.keys(headers)).toHaveLength(asked.length);
  });

  it('credentials that do not do are a refusal that is not final, for both', async () => {
    const open = { clock: systemClock, logger, timeoutMs: TIMEOUT_MS };
    const channels = [
      new SignedHttpChannel({ ...open, partner: 'generic', baseUrl: simulator.channelUrl, secrets: ['wrong'] }),
      new StripeChannel({ ...open, apiKey: 'sk_wrong', webhookSecret: 'whsec_x', url: simulator.url }),
    ];
    for (const channel of channels) {
      const terms = {
        refundNumber: '1-1',
        paymentId: 'pi_1',
        amount: 5,
        currency: CURRENCY,
        recordedRefusals: 0,
        unanswered: 0,
      };
      expect(await channel.refund(terms)).toMatchObject({ kind: 'refused', reason: 'DENIED', isFinal: false });
      expect(await channel.query(terms)).toMatchObject({ kind: 'unknown' });
    }
  });
});
