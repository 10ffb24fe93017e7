/** The generic payer by the contract of the port, against the simulated payer in a process of its own. */
import { afterAll, beforeAll, beforeEach, describe, it } from '@jest/globals';
import { systemClock } from '@ordo/kernel';
import { type LogFacts, type Logger, signMessage } from '@ordo/platform';
import { anId, ChannelSimulator, simulatedSecrets } from '@ordo/testing';
import { CURRENCY } from '../payment-channel/payment-channel.contract.js';
import type { RawCallback } from '../transfer/signed-http-callback.js';
import { type CompensationPayerHarness, compensationPayerContract } from './compensation-payer.contract.js';
import { SignedHttpPayer } from './signed-http-payer.js';

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

function signed(document: unknown, ageMs = 0): RawCallback {
  const body = Buffer.from(JSON.stringify(document));
  return { body, headers: signMessage(body, simulatedSecrets.payer, Date.now() - ageMs) };
}

function harness(): CompensationPayerHarness {
  const open = { partner: 'payer', baseUrl: simulator.payerUrl, secrets: [simulatedSecrets.payer], timeoutMs: 700 };
  return {
    payer: new SignedHttpPayer({ ...open, clock: systemClock, logger }),
    ...{ secrets: Object.values(simulatedSecrets), logged: () => logged, aPayment: async () => anId() },
    aNumber: () => `${anId()}-c-late-delivery`,
    plan: async (number, ...steps) => {
      const planned = steps.map(({ before, refuse, settle, after }) => ({
        before: refuse === undefined ? (before ?? ('none' as const)) : (`refuse:${refuse}` as const),
        ...(after === undefined ? {} : { after }),
        ...(settle === 'fails' ? { outcome: 'failed' as const, reason: 'OTHER' } : {}),
        settleMs: settle === undefined ? null : 0,
      }));
      await simulator.plan(number, ...planned);
    },
    settle: async () => void (await simulator.settle()),
    booked: async (number) => {
      const entry = (await simulator.book('payer')).byNumber[number];
      return { moved: entry?.times ?? 0, amountMoved: entry?.moved ?? 0 };
    },
    requests: async () => (await simulator.book('payer')).arrivals,
    callback: ({ refundNumber, outcome, amount, ageMs }) =>
      signed(
        {
          ...{
            payoutNumber: refundNumber,
            status: outcome,
            amount,
            currency: CURRENCY,
            reason: null,
            reference: 're_1',
          },
          occurredAt: new Date().toISOString(),
        },
        ageMs,
      ),
    unreadableCallback: () => signed({ kind: 'newsletter' }),
  };
}

describe('the payer over signed HTTP', () => {
  it.each(compensationPayerContract.map((each) => [each.name, each] as const))('%s', (_, each) => each.run(harness()));
});
