/**
 * The contract suite of the CompensationPayer port: the cases of a payment channel that speak of movements, callbacks and secrets, through a payer.
 * What they say of payments and of lists is not a payer's.
 */

import {
  type PaymentChannelCase,
  type PaymentChannelHarness,
  paymentChannelContract,
} from '../payment-channel/payment-channel.contract.js';
import type { ChannelEvent, PaymentChannel } from '../payment-channel/payment-channel.js';
import { PartnerRefusal } from '../transfer/partner-answer.js';
import type { CompensationPayer } from './compensation-payer.js';

export interface CompensationPayerHarness extends Omit<PaymentChannelHarness, 'channel'> {
  readonly payer: CompensationPayer;
}

/** Bounds of a payment and lists: a payer has neither. */
const OF_CHANNELS: ReadonlySet<string> = new Set([
  'a final refusal is final: the number moves nothing, however often it is sent',
  'parts of a payment go back up to the last cent and not one further',
  'the list of a time names each of its refunds once over all pages',
]);

export interface CompensationPayerCase {
  readonly name: string;
  run(harness: CompensationPayerHarness): Promise<void>;
}

const shared = paymentChannelContract.filter(({ name }) => !OF_CHANNELS.has(name)).map(throughPayer);

export const compensationPayerContract: readonly CompensationPayerCase[] = [
  ...shared,
  {
    name: 'a receiver that takes nothing is a final refusal, and the number moves nothing afterwards',
    async run({ payer, aNumber, plan, booked, settle }) {
      const terms = { payoutNumber: aNumber(), receiver: '10001', asset: 'CASH', amount: 700, currency: 'CNY' };
      await plan(terms.payoutNumber, { refuse: PartnerRefusal.RECEIVER_CLOSED });
      const answers = [await payer.pay(terms), await payer.pay(terms)];
      const areFinal = answers.every((answer) => answer.kind === 'refused' && answer.isFinal);
      if (!areFinal) throw new Error(`not final: ${JSON.stringify(answers)}`);
      await settle();
      const { moved } = await booked(terms.payoutNumber);
      if (moved !== 0) throw new Error(`money moved ${moved} times under a number that was refused for ever`);
    },
  },
];

function throughPayer({ name, run }: PaymentChannelCase): CompensationPayerCase {
  return { name, run: ({ payer, ...harness }) => run({ ...harness, channel: asChannel(payer) }) };
}

function asChannel(payer: CompensationPayer): PaymentChannel {
  return {
    name: payer.name,
    refund: ({ refundNumber, paymentId, amount, currency }) =>
      payer.pay({ payoutNumber: refundNumber, receiver: paymentId, asset: 'RED_PACKET', amount, currency }),
    query: ({ refundNumber }) => payer.query(refundNumber),
    verifyCallback: (callback): ChannelEvent | undefined => {
      const event = payer.verifyCallback(callback);
      return event && { ...event, refundNumber: event.number };
    },
    list: async () => ({ refunds: [] }),
  };
}
