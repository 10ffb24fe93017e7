/**
 * A private RabbitMQ node: its own node name, cookie, epmd, ports and data, so that it neither joins nor disturbs
 * a broker of the system. The `sbin` script of the release is used and never the wrapper in /usr/sbin, because the
 * wrapper of Debian changes the user and drops the environment.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isFree } from './ports.mjs';
import { probeAmqp } from './probes.mjs';
import { secretsOf } from './profile.mjs';

export const AMQP_USER = 'ordo';
export const RABBIT_PORTS = ['rabbitmq', 'rabbitmq-dist', 'rabbitmq-epmd'];

/** Alarm threshold for free disk; the default is meant for production, this one only catches a really full disk. */
const DISK_FREE_LIMIT = '200MB';
export const MEMORY_WATERMARK = 0.3;
/** No broker lives with so little: the alarm is on at once. */
export const ALARM_WATERMARK = 0.00001;

/** epmd as a process of our own: left to itself, Erlang would daemonise one that nobody stops. */
export function epmdLaunch(profile, programs, ports) {
  const port = String(ports['rabbitmq-epmd']);
  return {
    program: programs.epmd,
    args: ['-port', port, '-address', '127.0.0.1'],
    cwd: profile.dir,
    env: { PATH: process.env.PATH },
    markers: [`-port ${port}`],
  };
}

/**
 * A broker whose epmd was killed starts another one by itself, as a daemon on the same private port that no pid file
 * knows. Once the broker is gone nobody needs it; epmd refuses to go while a node is registered with it.
 */
async function sweepEpmd(programs, port) {
  if (port === undefined || (await isFree(port))) return;
  spawnSync(programs.epmd, ['-kill'], { env: { ERL_EPMD_PORT: String(port) }, stdio: 'ignore', timeout: 5_000 });
}

export function rabbitLaunch(profile, programs, server, ports) {
  const dir = profile.dataOf(server.name);
  return {
    program: programs.rabbitmqServer,
    args: ['-ordo_data', dir],
    cwd: dir,
    env: rabbitEnvironment(profile, programs, ports),
    markers: [`-ordo_data ${dir}`],
    ports: RABBIT_PORTS,
    helper: {
      name: 'epmd',
      launch: epmdLaunch(profile, programs, ports),
      sweep: () => sweepEpmd(programs, ports['rabbitmq-epmd']),
    },
    prepare: () => prepare(profile, dir, ports),
    probe: () => probeAmqp(ports.rabbitmq, AMQP_USER, secretsOf(profile).amqpPassword),
    readyMs: 120_000,
    stopMs: 60_000,
  };
}

/**
 * The memory alarm on purpose, and its end: a broker above its watermark stops reading from whoever publishes, and tells them. By the
 * broker's own tool, which finds this node by the environment that it runs in.
 */
export function setAlarm(profile, programs, ports, isOn) {
  const watermark = String(isOn ? ALARM_WATERMARK : MEMORY_WATERMARK);
  const tool = join(dirname(programs.rabbitmqServer), 'rabbitmqctl');
  const env = rabbitEnvironment(profile, programs, ports);
  const result = spawnSync(tool, ['set_vm_memory_high_watermark', watermark], {
    env,
    encoding: 'utf8',
    timeout: 30_000,
  });
  if (result.status !== 0) throw new Error(`rabbitmqctl failed: ${result.stderr || result.stdout || result.error}`);
}

/** What the broker and its command-line tools need to find this node and no other. */
export function rabbitEnvironment(profile, programs, ports) {
  const dir = profile.dataOf('rabbitmq');
  const dist = ports['rabbitmq-dist'];
  return {
    PATH: `${dirname(programs.erl)}:${process.env.PATH}`,
    HOME: join(dir, 'home'),
    LANG: 'C.UTF-8',
    ERL_EPMD_PORT: String(ports['rabbitmq-epmd']),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: `ordo-${profile.name}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(ports.rabbitmq),
    RABBITMQ_DIST_PORT: String(dist),
    RABBITMQ_CTL_DIST_PORT_MIN: String(dist + 10_000),
    RABBITMQ_CTL_DIST_PORT_MAX: String(dist + 10_010),
    RABBITMQ_CONF_ENV_FILE: join(dir, 'rabbitmq-env.conf'),
    RABBITMQ_CONFIG_FILE: join(dir, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(dir, 'advanced.config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(dir, 'enabled_plugins'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(dir, 'generated'),
    RABBITMQ_SCHEMA_DIR: join(dir, 'schema'),
    RABBITMQ_MNESIA_BASE: join(dir, 'mnesia'),
    RABBITMQ_LOG_BASE: join(dir, 'log'),
    RABBITMQ_PID_FILE: join(dir, 'rabbitmq.pid'),
    // ALLOW_INPUT makes the script exec the Erlang machine instead of standing before it, so that the pid is the broker's.
    RABBITMQ_ALLOW_INPUT: 'true',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-noinput -kernel inet_dist_use_interface {127,0,0,1}',
  };
}

function prepare(profile, dir, ports) {
  const secrets = secretsOf(profile);
  for (const part of ['home', 'mnesia', 'log', 'generated', 'schema']) mkdirSync(join(dir, part), { recursive: true });
  const cookie = join(dir, 'home', '.erlang.cookie');
  if (!existsSync(cookie)) writeFileSync(cookie, secrets.erlangCookie, { mode: 0o400 });
  writeFileSync(join(dir, 'rabbitmq-env.conf'), '');
  writeFileSync(join(dir, 'enabled_plugins'), '[].\n');
  rmSync(join(dir, 'rabbitmq.pid'), { force: true });
  const config = [
    `listeners.tcp.1 = 127.0.0.1:${ports.rabbitmq}`,
    `default_user = ${AMQP_USER}`,
    `default_pass = ${secrets.amqpPassword}`,
    `disk_free_limit.absolute = ${DISK_FREE_LIMIT}`,
    `vm_memory_high_watermark.relative = ${MEMORY_WATERMARK}`,
    'log.file.level = info',
    'log.file.rotation.size = 20971520',
    'log.file.rotation.count = 3',
  ];
  writeFileSync(join(dir, 'rabbitmq.conf'), `${config.join('\n')}\n`, { mode: 0o600 });
  chmodSync(join(dir, 'rabbitmq.conf'), 0o600);
}
