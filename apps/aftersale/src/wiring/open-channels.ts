/** Whom this installation moves money through: Stripe where it is configured, the signed HTTP channel for every other payment, and the payer. */
import { systemClock } from '@ordo/kernel';
import type { Logger } from '@ordo/platform';
import type { CompensationPayer } from '../compensation/compensation-payer.js';
import { SignedHttpPayer } from '../compensation/signed-http-payer.js';
import { type ChannelRoute, isStripePayment, PaymentChannels } from '../payment-channel/payment-channels.js';
import { SignedHttpChannel } from '../payment-channel/signed-http-channel.js';
import { StripeChannel } from '../payment-channel/stripe-channel.js';
import type { AftersaleConfig } from './aftersale-config.js';

/** The name under which refunds remember it. */
const SIGNED_HTTP = 'generic';

export function openChannels(config: AftersaleConfig, logger: Logger): PaymentChannels {
  const { paymentChannelUrl, paymentChannelSecrets, stripeApiKey, stripeWebhookSecret } = config;
  const shared = { clock: systemClock, logger };
  const stripe: ChannelRoute[] =
    stripeApiKey === ''
      ? []
      : [
          {
            channel: new StripeChannel({ ...shared, apiKey: stripeApiKey, webhookSecret: stripeWebhookSecret }),
            takes: isStripePayment,
          },
        ];
  const signed = new SignedHttpChannel({
    ...{ ...shared, partner: SIGNED_HTTP, baseUrl: paymentChannelUrl, secrets: paymentChannelSecrets },
  });
  return new PaymentChannels([...stripe, { channel: signed, takes: () => true }]);
}

/** Whoever pays compensations out. */
export function openPayer(
  { compensationPayerUrl, compensationPayerSecrets }: AftersaleConfig,
  logger: Logger,
): CompensationPayer {
  const at = { partner: SIGNED_HTTP, baseUrl: compensationPayerUrl, secrets: compensationPayerSecrets };
  return new SignedHttpPayer({ ...at, clock: systemClock, logger });
}
