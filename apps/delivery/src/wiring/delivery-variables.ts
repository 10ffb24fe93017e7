/** The variables of the delivery app beside those of the house. */
import { serviceToken } from '@ordo/assembly';
import { integerBetween, list, oneOf, optional, ordoVariables, required, text, url, urls } from '@ordo/configuration';
import { rooms } from '../promise-rooms/promise-room.js';
import { UNCLAIMED_AFTER_MS } from '../waybill-life/push-instants.rules.js';

/** A secret that a person could guess is none; the text itself is never shown. */
const MIN_SECRET_LENGTH = 32;

/** The first signs, all verify. */
function secrets(value: string): readonly [string, ...string[]] {
  const all = list(value);
  if (all.some((secret) => secret.length < MIN_SECRET_LENGTH)) {
    throw new Error(`must be a comma-separated list of secrets of at least ${MIN_SECRET_LENGTH} characters`);
  }
  return all as [string, ...string[]];
}

export const deliveryVariables = {
  ...ordoVariables,
  httpPort: optional('ORDO_HTTP_PORT', integerBetween(0, 65_535), 7301),
  grpcPort: optional('ORDO_GRPC_PORT', integerBetween(0, 65_535), 7302),
  redisPromiseUrls: required('ORDO_REDIS_PROMISE_URLS', urls({ min: 2, max: 2 }, 'redis', 'rediss')),
  /** The room that this instance stands in, and reads first. */
  promiseRoom: optional('ORDO_PROMISE_ROOM', oneOf(...rooms), 'A'),
  /** Promise tokens, and the credentials of waybills. */
  deliverySecrets: required('ORDO_DELIVERY_SECRETS', secrets),
  /** Where the order app answers gRPC. */
  orderGrpcAddress: optional('ORDO_ORDER_GRPC_ADDRESS', text, '127.0.0.1:7102'),
  /** With which this app calls the order app; as text or `file:<path>`. */
  serviceToken: required('ORDO_SERVICE_TOKEN', serviceToken),
  /** The carrier that implements our contract. */
  carrierUrl: optional('ORDO_CARRIER_URL', url('http', 'https'), 'http://127.0.0.1:7390'),
  carrierSecrets: required('ORDO_CARRIER_SECRETS', secrets),
  /** How long a carrier is asked to take a call before the alarm; DOMAIN §4 says a quarter of an hour, and no more. */
  unclaimedSeconds: optional(
    'ORDO_CARRIER_UNCLAIMED_SECONDS',
    integerBetween(1, UNCLAIMED_AFTER_MS / 1_000),
    UNCLAIMED_AFTER_MS / 1_000,
  ),
  /** DoorDash Drive is a carrier where its developer id is set; the key, the secret and the credential of its webhooks belong to it. */
  driveUrl: optional('ORDO_DRIVE_URL', url('http', 'https'), 'https://openapi.doordash.com'),
  driveDeveloperId: optional('ORDO_DRIVE_DEVELOPER_ID', text, ''),
  driveKeyId: optional('ORDO_DRIVE_KEY_ID', text, ''),
  driveSigningSecret: optional('ORDO_DRIVE_SIGNING_SECRET', text, ''),
  driveWebhookCredential: optional('ORDO_DRIVE_WEBHOOK_CREDENTIAL', text, ''),
} as const;

export type DeliveryConfig = ReturnType<typeof import('@ordo/configuration').loadConfig<typeof deliveryVariables>>;
