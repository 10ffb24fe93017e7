/**
 * The way without Docker: servers that are installed on this machine, run from private data directories on private
 * ports. Only processes that a pid file proves to be ours are ever signalled.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { MYSQL_USER, mysqlLaunch } from './mysql.mjs';
import { isFree, movePort, portsFor } from './ports.mjs';
import { untilReady } from './probes.mjs';
import { forgetPid, isFrozen, ownedPid, signalGroup, startDetached, waitGone } from './processes.mjs';
import { secretsOf } from './profile.mjs';
import { findPrograms } from './programs.mjs';
import { AMQP_USER, RABBIT_PORTS, rabbitLaunch, setAlarm } from './rabbitmq.mjs';
import { redisLaunch } from './redis.mjs';

const LAUNCH = { mysql: mysqlLaunch, rabbitmq: rabbitLaunch, redis: redisLaunch };

export async function upPrivate(profile, servers, say) {
  const names = servers.flatMap((server) => (server.kind === 'rabbitmq' ? RABBIT_PORTS : [server.name]));
  await portsFor(profile, names);
  const results = await Promise.allSettled(servers.map((server) => startPrivate(profile, server, say)));
  const failures = results.filter((result) => result.status === 'rejected').map((result) => result.reason.message);
  if (failures.length > 0) throw new Error(failures.join('\n'));
}

/** Idempotent: thaws what is frozen, starts what is down, and returns when the server answers its protocol. */
export async function startPrivate(profile, server, say) {
  const running = ownedPid(profile.pidFileOf(server.name));
  let launch = launchOf(profile, server);
  if (running === undefined) {
    launch = await withFreePorts(profile, server, launch, say);
    await launch.prepare();
    startHelper(profile, launch.helper);
    startDetached(launch, profile.pidFileOf(server.name), logOf(profile, server));
  } else if (isFrozen(running)) {
    signalGroup(running, 'SIGCONT');
  }
  const alive = () => ownedPid(profile.pidFileOf(server.name)) !== undefined;
  try {
    await untilReady(server.name, launch.probe, alive, launch.readyMs);
  } catch (error) {
    throw new Error(`${error.message}\n${tailOf(logOf(profile, server))}`);
  }
  if (running === undefined) say(`${server.name} is ready on 127.0.0.1:${portOf(profile, server)}`);
}

/** Graceful; after `stopMs` the hard way, because a later start needs the data directory for itself. */
export async function stopPrivate(profile, server) {
  const pidFile = profile.pidFileOf(server.name);
  if (!existsSync(pidFile) && !existsSync(profile.pidFileOf('epmd'))) return;
  const launch = launchOf(profile, server);
  const pid = ownedPid(pidFile);
  if (pid !== undefined) {
    signalGroup(pid, 'SIGCONT');
    signalGroup(pid, 'SIGTERM');
    if (!(await waitGone(pidFile, launch.stopMs))) await killPrivate(profile, server);
  }
  forgetPid(pidFile);
  await stopHelper(profile, launch.helper);
}

export async function killPrivate(profile, server) {
  const pidFile = profile.pidFileOf(server.name);
  const pid = requirePid(profile, server);
  signalGroup(pid, 'SIGKILL');
  if (!(await waitGone(pidFile, 10_000))) throw new Error(`${server.name} (pid ${pid}) survived SIGKILL`);
  forgetPid(pidFile);
}

export function freezePrivate(profile, server) {
  signalGroup(requirePid(profile, server), 'SIGSTOP');
}

export function thawPrivate(profile, server) {
  signalGroup(requirePid(profile, server), 'SIGCONT');
}

export function alarmPrivate(profile) {
  setAlarm(profile, findPrograms(), profile.read('ports.json', {}), true);
}

export function calmPrivate(profile) {
  setAlarm(profile, findPrograms(), profile.read('ports.json', {}), false);
}

export async function resetPrivate(profile, server) {
  await stopPrivate(profile, server);
  rmSync(profile.dataOf(server.name), { recursive: true, force: true });
}

export function statusPrivate(profile, server) {
  const pid = ownedPid(profile.pidFileOf(server.name));
  const state = pid === undefined ? 'down' : isFrozen(pid) ? 'frozen' : 'up';
  return { name: server.name, state, address: `127.0.0.1:${portOf(profile, server) ?? '?'}`, pid };
}

export function urlPrivate(profile, server) {
  const secrets = secretsOf(profile);
  const address = `127.0.0.1:${portOf(profile, server)}`;
  if (server.kind === 'mysql') return `mysql://${MYSQL_USER}:${secrets.mysqlPassword}@${address}`;
  if (server.kind === 'rabbitmq') return `amqp://${AMQP_USER}:${secrets.amqpPassword}@${address}`;
  return `redis://${address}`;
}

function launchOf(profile, server) {
  return LAUNCH[server.kind](profile, findPrograms(), server, profile.read('ports.json', {}));
}

/** Somebody else may have taken a remembered port while the server was down; then the server moves, never the other. */
async function withFreePorts(profile, server, launch, say) {
  const ports = profile.read('ports.json', {});
  const helperRuns = ownedPid(profile.pidFileOf('epmd')) !== undefined;
  let moved = false;
  for (const name of launch.ports) {
    if (name === 'rabbitmq-epmd' && helperRuns) continue;
    if (ports[name] !== undefined && (await isFree(ports[name]))) continue;
    say(`${name}: port ${ports[name]} is taken by another program, moving to ${await movePort(profile, name)}`);
    moved = true;
  }
  return moved ? launchOf(profile, server) : launch;
}

function startHelper(profile, helper) {
  if (!helper || ownedPid(profile.pidFileOf(helper.name)) !== undefined) return;
  startDetached(helper.launch, profile.pidFileOf(helper.name), profile.file('logs', `${helper.name}.log`));
}

async function stopHelper(profile, helper) {
  if (!helper) return;
  const pidFile = profile.pidFileOf(helper.name);
  const pid = ownedPid(pidFile);
  if (pid !== undefined) {
    signalGroup(pid, 'SIGTERM');
    if (!(await waitGone(pidFile, 5_000))) signalGroup(pid, 'SIGKILL');
  }
  forgetPid(pidFile);
  await helper.sweep();
}

function requirePid(profile, server) {
  const pid = ownedPid(profile.pidFileOf(server.name));
  if (pid === undefined) throw new Error(`${server.name} of profile ${profile.name} does not run`);
  return pid;
}

function portOf(profile, server) {
  return profile.read('ports.json', {})[server.name];
}

function logOf(profile, server) {
  return profile.file('logs', `${server.name}.log`);
}

function tailOf(path) {
  if (!existsSync(path)) return `(no log at ${path})`;
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n').slice(-15);
  return `last lines of ${path}:\n${lines.join('\n')}`;
}
