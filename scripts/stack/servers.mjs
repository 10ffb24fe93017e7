/**
 * The servers of a stack, and which variable of the environment names each of them.
 * A variable that is set outside wins over everything: then nothing of that kind is started.
 */
export const SERVERS = [
  { name: 'mysql-0', kind: 'mysql', variable: 'ORDO_MYSQL_NODES' },
  { name: 'mysql-1', kind: 'mysql', variable: 'ORDO_MYSQL_NODES' },
  { name: 'rabbitmq', kind: 'rabbitmq', variable: 'ORDO_AMQP_URL' },
  { name: 'redis-cache', kind: 'redis', variable: 'ORDO_REDIS_CACHE_URL' },
  { name: 'redis-timers', kind: 'redis', variable: 'ORDO_REDIS_TIMERS_URL' },
  { name: 'redis-promise-a', kind: 'redis', variable: 'ORDO_REDIS_PROMISE_URLS' },
  { name: 'redis-promise-b', kind: 'redis', variable: 'ORDO_REDIS_PROMISE_URLS' },
];

export const VARIABLES = [...new Set(SERVERS.map((server) => server.variable))];

export function serverNamed(name) {
  const server = SERVERS.find((candidate) => candidate.name === name);
  if (server) return server;
  throw new Error(`no server is called "${name}"; there are ${SERVERS.map((one) => one.name).join(', ')}`);
}

export function serversOf(variable) {
  return SERVERS.filter((server) => server.variable === variable);
}
