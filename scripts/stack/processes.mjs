/**
 * Processes that outlive the script that started them, and the proof that a pid is still ours.
 * A pid alone proves nothing (the system hands it out again), so a pid file also keeps the moment the process started
 * and texts of which its command line must hold one; whatever does not match is left alone.
 */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, readJson, writeJson } from './profile.mjs';

const POLL_MS = 50;

/** Starts `launch.program` in a process group of its own, its output appended to the log, and writes the pid file. */
export function startDetached(launch, pidFile, logFile) {
  const log = openSync(logFile, 'a');
  const child = spawn(launch.program, launch.args, {
    cwd: launch.cwd,
    env: launch.env ?? process.env,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.on('error', () => {});
  child.unref();
  if (!child.pid) throw new Error(`cannot start ${launch.program}`);
  writeJson(pidFile, { pid: child.pid, startedAt: startOf(child.pid), markers: launch.markers });
  return child.pid;
}

/** Writes a pid file for this very process, so that a second run can see that it still lives. */
export function recordSelf(pidFile, marker) {
  writeJson(pidFile, { pid: process.pid, startedAt: startOf(process.pid), markers: [marker] });
}

/** The pid if the process of this pid file lives and is provably the one that we started; otherwise undefined. */
export function ownedPid(pidFile) {
  const record = readJson(pidFile, undefined);
  if (!record || !isAlive(record.pid) || stateOf(record.pid) === 'Z') return undefined;
  if (startOf(record.pid) !== record.startedAt) return undefined;
  const commandLine = commandLineOf(record.pid);
  return record.markers.some((marker) => commandLine.includes(marker)) ? record.pid : undefined;
}

export function forgetPid(pidFile) {
  rmSync(pidFile, { force: true });
}

/** True when the process is stopped by a signal (freeze). */
export function isFrozen(pid) {
  return stateOf(pid).startsWith('T');
}

/** Signals the whole process group, so that helpers of a server (Erlang's port programs) go with it. */
export function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** True once the process is gone; false when it is still there after `patienceMs`. */
export async function waitGone(pidFile, patienceMs) {
  const giveUpAt = Date.now() + patienceMs;
  while (ownedPid(pidFile) !== undefined) {
    if (Date.now() > giveUpAt) return false;
    await sleep(POLL_MS);
  }
  return true;
}

function procStat(pid) {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return undefined;
  try {
    const text = readFileSync(path, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** Without /proc (macOS) the same facts come from ps. */
function psField(pid, field) {
  try {
    return execFileSync('ps', ['-o', `${field}=`, '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}

function startOf(pid) {
  return procStat(pid)?.[19] ?? psField(pid, 'lstart');
}

function stateOf(pid) {
  return procStat(pid)?.[0] ?? psField(pid, 'state');
}

function commandLineOf(pid) {
  const path = `/proc/${pid}/cmdline`;
  if (!existsSync(path)) return psField(pid, 'command');
  try {
    return readFileSync(path, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
