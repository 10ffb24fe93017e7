/**
 * The way with Docker: one compose project per checkout and profile, made from docker-compose.yml, its host ports chosen
 * free and its passwords taken from the profile. Nothing outside that project is touched.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { portsFor } from './ports.mjs';
import { ROOT, secretsOf } from './profile.mjs';
import { ALARM_WATERMARK, MEMORY_WATERMARK } from './rabbitmq.mjs';
import { SERVERS } from './servers.mjs';

/** A daemon that does not answer within this time is as good as none. */
const INFO_TIMEOUT_MS = 5_000;
const UP_TIMEOUT_S = 300;
/** The first with inline `configs`, which docker-compose.yml uses. */
const OLDEST_COMPOSE = [2, 23, 1];

/** undefined when Docker can be used; otherwise why not. */
export function whyNoDocker() {
  const info = spawnSync('docker', ['info', '--format', '{{.ServerVersion}}'], {
    encoding: 'utf8',
    timeout: INFO_TIMEOUT_MS,
  });
  if (info.error?.code === 'ENOENT') return 'no docker client';
  if (info.status !== 0 || !info.stdout.trim()) return 'no Docker engine answers';
  const compose = spawnSync('docker', ['compose', 'version', '--short'], {
    encoding: 'utf8',
    timeout: INFO_TIMEOUT_MS,
  });
  if (compose.status !== 0) return 'the compose plugin of Docker is missing';
  return isOldCompose(compose.stdout)
    ? `Compose ${compose.stdout.trim()} is older than ${OLDEST_COMPOSE.join('.')}`
    : undefined;
}

function isOldCompose(version) {
  const found = version
    .replace(/^v/, '')
    .split('.')
    .map((part) => Number.parseInt(part, 10));
  const at = OLDEST_COMPOSE.findIndex((part, index) => part !== found[index]);
  return at >= 0 && !(found[at] > OLDEST_COMPOSE[at]);
}

export async function upDocker(profile, servers) {
  await portsFor(
    profile,
    SERVERS.map((server) => server.name),
  );
  for (const server of servers) unpause(profile, server);
  compose(profile, [
    'up',
    '-d',
    '--wait',
    '--wait-timeout',
    String(UP_TIMEOUT_S),
    ...servers.map((server) => server.name),
  ]);
}

/** Start, too, waits for the health check: a caller that goes on at once would only measure the boot. */
export function startDocker(profile, server) {
  unpause(profile, server);
  compose(profile, ['up', '-d', '--wait', '--wait-timeout', String(UP_TIMEOUT_S), '--no-deps', server.name]);
}

export function stopDocker(profile, server) {
  unpause(profile, server);
  compose(profile, ['stop', server.name]);
}

export function killDocker(profile, server) {
  compose(profile, ['kill', server.name]);
}

export function freezeDocker(profile, server) {
  compose(profile, ['pause', server.name]);
}

export function thawDocker(profile, server) {
  compose(profile, ['unpause', server.name]);
}

/** Docker neither starts nor stops a paused container; that this one is not paused is no error. */
function unpause(profile, server) {
  compose(profile, ['unpause', server.name], 'quiet');
}

export function alarmDocker(profile, server) {
  compose(profile, ['exec', '-T', server.name, 'rabbitmqctl', 'set_vm_memory_high_watermark', String(ALARM_WATERMARK)]);
}

export function calmDocker(profile, server) {
  compose(profile, [
    'exec',
    '-T',
    server.name,
    'rabbitmqctl',
    'set_vm_memory_high_watermark',
    String(MEMORY_WATERMARK),
  ]);
}

export function resetDocker(profile, server) {
  compose(profile, ['rm', '--stop', '--force', '--volumes', server.name]);
  spawnSync('docker', ['volume', 'rm', '-f', `${projectOf(profile)}_${server.name}`], { stdio: 'ignore' });
}

export function statusDocker(profile, server) {
  const answer = compose(profile, ['ps', '--all', '--format', '{{.State}}', server.name], 'quiet');
  const state = { running: 'up', paused: 'frozen' }[answer.trim()] ?? 'down';
  return { name: server.name, state, address: `127.0.0.1:${portOf(profile, server)}`, pid: undefined };
}

export function urlDocker(profile, server) {
  const secrets = secretsOf(profile);
  const address = `127.0.0.1:${portOf(profile, server)}`;
  if (server.kind === 'mysql') return `mysql://ordo:${secrets.mysqlPassword}@${address}`;
  if (server.kind === 'rabbitmq') return `amqp://ordo:${secrets.amqpPassword}@${address}`;
  return `redis://${address}`;
}

function portOf(profile, server) {
  return profile.read('ports.json', {})[server.name];
}

/** Two checkouts on one machine must not adopt each other's containers, so their path is part of the name. */
function projectOf(profile) {
  return `ordo-${profile.name}-${createHash('sha256').update(ROOT).digest('hex').slice(0, 6)}`;
}

function compose(profile, args, mode) {
  const ports = profile.read('ports.json', {});
  const secrets = secretsOf(profile);
  const portVariables = SERVERS.map((server) => [
    `ORDO_PORT_${server.name.replaceAll('-', '_').toUpperCase()}`,
    String(ports[server.name]),
  ]);
  const env = {
    ...process.env,
    ...Object.fromEntries(portVariables),
    ORDO_MYSQL_PASSWORD: secrets.mysqlPassword,
    ORDO_AMQP_PASSWORD: secrets.amqpPassword,
  };
  const result = spawnSync('docker', ['compose', '-p', projectOf(profile), ...args], {
    cwd: ROOT,
    env,
    encoding: 'utf8',
  });
  if (result.status === 0) return result.stdout;
  if (mode === 'quiet') return '';
  throw new Error(
    `docker compose ${args.join(' ')} failed:\n${result.stderr.trim().split('\n').slice(-10).join('\n')}`,
  );
}
