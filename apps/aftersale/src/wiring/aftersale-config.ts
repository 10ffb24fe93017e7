/** The variables of the after-sale app beside the house's (docs/operations.md). */
import { serviceToken } from '@ordo/assembly';
import {
  type Configuration,
  integerBetween,
  list,
  optional,
  ordoVariables,
  required,
  text,
  url,
} from '@ordo/configuration';

const PORTS = { http: 7201, grpc: 7202 };
/** A person who presses every button of an order does some ten commands; a shop in a bad hour some hundred. */
const BOUND_PER_MINUTE = 120;
const SERVICE_PER_MINUTE = 60_000;
const MAX_PER_MINUTE = 10_000_000;

export const aftersaleVariables = {
  ...ordoVariables,
  httpPort: optional('ORDO_HTTP_PORT', integerBetween(0, 65_535), PORTS.http),
  grpcPort: optional('ORDO_GRPC_PORT', integerBetween(0, 65_535), PORTS.grpc),
  orderAddress: optional('ORDO_ORDER_GRPC_ADDRESS', text, '127.0.0.1:7102'),
  serviceToken: required('ORDO_SERVICE_TOKEN', serviceToken),
  paymentChannelUrl: required('ORDO_PAYMENT_CHANNEL_URL', url('http', 'https')),
  // The first signs; all of them are accepted, so that a secret can be changed without a gap.
  paymentChannelSecrets: required('ORDO_PAYMENT_CHANNEL_SECRETS', list),
  compensationPayerUrl: required('ORDO_COMPENSATION_PAYER_URL', url('http', 'https')),
  compensationPayerSecrets: required('ORDO_COMPENSATION_PAYER_SECRETS', list),
  stripeApiKey: optional('ORDO_STRIPE_API_KEY', text, ''),
  stripeWebhookSecret: optional('ORDO_STRIPE_WEBHOOK_SECRET', text, ''),
  boundPerMinute: optional('ORDO_QUOTA_BOUND_PER_MINUTE', integerBetween(1, MAX_PER_MINUTE), BOUND_PER_MINUTE),
  servicePerMinute: optional('ORDO_QUOTA_SERVICE_PER_MINUTE', integerBetween(1, MAX_PER_MINUTE), SERVICE_PER_MINUTE),
} as const;

export type AftersaleConfig = Configuration<typeof aftersaleVariables>;
