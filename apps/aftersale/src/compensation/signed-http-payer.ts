/** The generic payer: payouts by our number over signed HTTP, the contract of docs/api/payment-channel.openapi.yaml under `/v1/payouts`. */
import type { PartnerAnswer, PartnerStanding } from '../transfer/partner-answer.js';
import { answerOf, standingOf } from '../transfer/signed-http-answers.js';
import { type MovementEvent, type RawCallback, readCallback } from '../transfer/signed-http-callback.js';
import { SignedHttpClient, type SignedHttpOptions } from '../transfer/signed-http-client.js';
import type { CompensationPayer, PayoutInstruction } from './compensation-payer.js';

const FIELD = 'payoutNumber';

export class SignedHttpPayer implements CompensationPayer {
  readonly name: string;
  private readonly client: SignedHttpClient;

  constructor(private readonly options: SignedHttpOptions) {
    this.name = options.partner;
    this.client = new SignedHttpClient(options);
  }

  async pay(instruction: PayoutInstruction): Promise<PartnerAnswer> {
    const { payoutNumber, receiver, asset, amount, currency } = instruction;
    const answer = await this.client.post('/v1/payouts', { payoutNumber, receiver, asset, amount, currency });
    return answerOf(answer, { field: FIELD, number: payoutNumber, amount });
  }

  async query(payoutNumber: string): Promise<PartnerStanding> {
    const answer = await this.client.get(`/v1/payouts/${encodeURIComponent(payoutNumber)}`);
    return standingOf(answer, { field: FIELD, number: payoutNumber });
  }

  verifyCallback(callback: RawCallback): MovementEvent {
    const { secrets, clock } = this.options;
    return readCallback(callback, FIELD, secrets, clock.nowMs());
  }
}
