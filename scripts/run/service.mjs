/**
 * One program of the development stack as a process: started with a log file and a pid file, waited for until it is ready, and stopped
 * gracefully. What an earlier start left behind is found by its pid file.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { forgetPid, ownedPid, signalGroup, startDetached, waitGone } from '../stack/processes.mjs';
import { ROOT } from '../stack/profile.mjs';

/** A first boot reads every schema's migration record and declares the topology. */
const READY_MS = 60_000;
/** What a service may take to finish what it has accepted. */
const STOP_MS = 30_000;

/** `readyPath`: answers 200 once the program serves. `port` also goes into the program's environment, by the name in `portVariable`. */
export function service(profile, env, { name, main, port, variables = {}, ...rest }) {
  const { readyPath = '/health/ready', portVariable = 'ORDO_HTTP_PORT' } = rest;
  const all = { ...variables, [portVariable]: port };
  const settings = Object.fromEntries(Object.entries(all).map(([key, value]) => [key, String(value)]));
  return {
    ...{ name, readyPath, url: `http://127.0.0.1:${port}` },
    pidFile: profile.pidFileOf(name),
    log: profile.file('logs', `${name}.log`),
    launch: {
      program: process.execPath,
      args: ['--enable-source-maps', main],
      cwd: ROOT,
      env: { ...env, ...settings },
      markers: [main],
    },
  };
}

/** Returns when the service is ready; throws with the end of the log when it ended or stays unready. */
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

async function readiness({ url, readyPath }) {
  try {
    const response = await fetch(`${url}${readyPath}`, { signal: AbortSignal.timeout(2_000) });
    return response.ok ? 'ready' : `${readyPath} answered ${response.status}: ${(await response.text()).slice(0, 500)}`;
  } catch (error) {
    return error.cause?.message ?? error.message;
  }
}

function tailOf(path) {
  return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
}
