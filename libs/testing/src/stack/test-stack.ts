/** The servers that a spec runs on, as `npm test` names them. A missing one fails the spec by name; nothing is skipped. */
const NAMES = [
  'ORDO_MYSQL_NODES',
  'ORDO_AMQP_URL',
  'ORDO_REDIS_CACHE_URL',
  'ORDO_REDIS_TIMERS_URL',
  'ORDO_REDIS_PROMISE_URLS',
  'ORDO_AUTH_KEYS',
] as const;

export interface TestStack {
  /** Order = node index. */
  readonly mysqlNodes: readonly string[];
  readonly amqpUrl: string;
  readonly redisCacheUrl: string;
  readonly redisTimersUrl: string;
  /** Rooms A and B of the promise service. */
  readonly redisPromiseUrls: readonly string[];
  /** JWKS text: the apps verify with it, specs sign with it. */
  readonly authKeys: string;
  /** Whose servers they are: the name that `scripts/stack.mjs` knows them by. */
  readonly profile: string;
}

export function testStack(environment: NodeJS.ProcessEnv = process.env): TestStack {
  const missing = NAMES.filter((name) => (environment[name] ?? '') === '');
  if (missing.length > 0) {
    throw new Error(
      `${missing.join(', ')} not set: run the spec with "npm test -- <path>", which starts the servers first`,
    );
  }
  const valueOf = (name: (typeof NAMES)[number]): string => environment[name] ?? '';
  return {
    mysqlNodes: valueOf('ORDO_MYSQL_NODES').split(','),
    amqpUrl: valueOf('ORDO_AMQP_URL'),
    redisCacheUrl: valueOf('ORDO_REDIS_CACHE_URL'),
    redisTimersUrl: valueOf('ORDO_REDIS_TIMERS_URL'),
    redisPromiseUrls: valueOf('ORDO_REDIS_PROMISE_URLS').split(','),
    authKeys: valueOf('ORDO_AUTH_KEYS'),
    profile: environment['ORDO_PROFILE'] ?? 'test',
  };
}
