/** The servers of the test stack, as `npm test` names them. A missing one fails the spec; nothing is skipped. */
const NAMES = ['ORDO_MYSQL_NODES', 'ORDO_AMQP_URL', 'ORDO_REDIS_CACHE_URL', 'ORDO_AUTH_KEYS'] as const;

export interface Servers {
  readonly mysqlNodes: readonly string[];
  readonly amqpUrl: string;
  readonly redisCacheUrl: string;
  /** The JWKS text that tokens are signed and checked with. */
  readonly authKeys: string;
}

export function servers(): Servers {
  const missing = NAMES.filter((name) => (process.env[name] ?? '') === '');
  if (missing.length > 0) {
    throw new Error(
      `${missing.join(', ')} not set: run the spec with \`npm test -- <path>\`, which starts the servers`,
    );
  }
  const [mysqlNodes = '', amqpUrl = '', redisCacheUrl = '', authKeys = ''] = NAMES.map((name) => process.env[name]);
  return { mysqlNodes: mysqlNodes.split(','), amqpUrl, redisCacheUrl, authKeys };
}
