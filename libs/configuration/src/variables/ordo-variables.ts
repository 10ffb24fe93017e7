/** The variables that every Ordo application reads (DESIGN §11). An app spreads this table and adds its own. */
import { keySetText } from '../keys/key-set.js';
import { integerBetween, oneOf, serverOrCluster, setOf, text, timeZone, url, urls, word } from './readers.js';
import { optional, required } from './variable.js';

export const ordoVariables = {
  environment: optional('ORDO_ENVIRONMENT', oneOf('development', 'test', 'production'), 'development'),
  logLevel: optional('ORDO_LOG_LEVEL', oneOf('debug', 'info', 'warn', 'error', 'silent'), 'info'),
  roles: optional('ORDO_ROLES', setOf('api', 'worker'), new Set(['api', 'worker'] as const)),
  // 120 shards per dimension: more nodes than that would hold nothing.
  mysqlNodes: required('ORDO_MYSQL_NODES', urls({ min: 1, max: 120 }, 'mysql')),
  // Environments that share a virtual host differ in it; the names of the default carry none.
  space: optional('ORDO_SPACE', word, ''),
  amqpUrl: required('ORDO_AMQP_URL', url('amqp', 'amqps')),
  // Absent: this process tells no second cluster. How much one hears is the operator's switch (`ordo broadcast`).
  amqpSecondUrl: optional<string | undefined>('ORDO_AMQP_SECOND_URL', url('amqp', 'amqps'), undefined),
  redisCacheUrl: required('ORDO_REDIS_CACHE_URL', url('redis', 'rediss')),
  redisTimersUrl: required('ORDO_REDIS_TIMERS_URL', serverOrCluster),
  authKeys: required('ORDO_AUTH_KEYS', keySetText),
  authIssuer: optional('ORDO_AUTH_ISSUER', text, 'ordo'),
  authAudience: optional('ORDO_AUTH_AUDIENCE', text, 'ordo'),
  httpPort: optional('ORDO_HTTP_PORT', integerBetween(0, 65_535), 7101),
  grpcPort: optional('ORDO_GRPC_PORT', integerBetween(0, 65_535), 7102),
  businessTimeZone: optional('ORDO_BUSINESS_TIME_ZONE', timeZone, 'UTC'),
} as const;

export type OrdoConfig = ReturnType<typeof import('./configuration.js').loadConfig<typeof ordoVariables>>;
