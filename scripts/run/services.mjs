/**
 * order-api and order-worker as processes of the development stack: started with a log file and a pid file each,
 * waited for until they are ready, and stopped gracefully. What an earlier start left behind is stopped first.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFree, portsFor } from '../stack/ports.mjs';
import { forgetPid, ownedPid, signalGroup, startDetached, waitGone } from '../stack/processes.mjs';
import { ROOT } from '../stack/profile.mjs';

const MAIN = 'dist/apps/order/src/main.js';
const PREFERRED = { http: 7101, grpc: 7102 };
/** A first boot reads every schema's migration record and declares the topology. */
const READY_MS = 60_000;
/** What a service may take to finish what it has accepted. */
const STOP_MS = 30_000;

export async function servicesOf(profile, env) {
  const ports = await portsFor(profile, ['order-api-http', 'order-api-grpc', 'order-worker-http']);
  const http = (await isFree(PREFERRED.http)) ? PREFERRED.http : ports['order-api-http'];
  const grpc = (await isFree(PREFERRED.grpc)) ? PREFERRED.grpc : ports['order-api-grpc'];
  return {
    api: service(profile, env, 'order-api', { ORDO_ROLES: 'api', ORDO_HTTP_PORT: http, ORDO_GRPC_PORT: grpc }),
    worker: service(profile, env, 'order-worker', { ORDO_ROLES: 'worker', ORDO_HTTP_PORT: ports['order-worker-http'] }),
    moved: [http === PREFERRED.http ? [] : `port 7101 is taken: REST is on ${http}`]
      .concat(grpc === PREFERRED.grpc ? [] : `port 7102 is taken: gRPC is on ${grpc}`)
      .flat(),
    grpcAddress: `127.0.0.1:${grpc}`,
  };
}

function service(profile, env, name, variables) {
  const settings = Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, String(value)]));
  return {
    name,
    url: `http://127.0.0.1:${variables.ORDO_HTTP_PORT}`,
    pidFile: profile.pidFileOf(name),
    log: profile.file('logs', `${name}.log`),
    launch: {
      program: process.execPath,
      args: ['--enable-source-maps', MAIN],
      cwd: ROOT,
      env: { ...env, ...settings },
      markers: [MAIN],
    },
  };
}

export async function stopLeftovers(profile) {
  const names = ['order-api', 'order-worker'];
  const running = names.filter((name) => ownedPid(profile.pidFileOf(name)) !== undefined);
  await Promise.all(running.map((name) => stopService({ name, pidFile: profile.pidFileOf(name) })));
  return running;
}

/** Returns when /health/ready answers 200; throws with the end of the log when the service ended or stays unready. */
export async function startService(service) {
  startDetached(service.launch, service.pidFile, service.log);
  const giveUpAt = Date.now() + READY_MS;
  let last = 'no answer';
  while (Date.now() < giveUpAt) {
    if (!isRunning(service)) throw new Error(`${service.name} ended while it started\n${tailOf(service.log)}`);
    last = await readiness(service);
    if (last === 'ready') return `${service.url} (pid ${ownedPid(service.pidFile)}, log ${service.log})`;
    await sleep(100);
  }
  throw new Error(`${service.name} is not ready after ${READY_MS / 1000} s: ${last}\n${tailOf(service.log)}`);
}

export function isRunning(service) {
  return ownedPid(service.pidFile) !== undefined;
}

/** True when it stopped by itself within its time; otherwise it was killed. */
export async function stopService(service) {
  const pid = ownedPid(service.pidFile);
  if (pid === undefined) return true;
  signalGroup(pid, 'SIGTERM');
  const stopped = await waitGone(service.pidFile, STOP_MS);
  if (!stopped) signalGroup(pid, 'SIGKILL');
  forgetPid(service.pidFile);
  return stopped;
}

async function readiness(service) {
  try {
    const response = await fetch(`${service.url}/health/ready`, { signal: AbortSignal.timeout(2_000) });
    return response.ok
      ? 'ready'
      : `/health/ready answered ${response.status}: ${(await response.text()).slice(0, 500)}`;
  } catch (error) {
    return error.cause?.message ?? error.message;
  }
}

function tailOf(path) {
  return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
}
