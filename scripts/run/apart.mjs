/**
 * A bench in which the after-sale app has hardware and servers of its own, as a service of its own is deployed. The first half of the cores
 * belongs to the forward path: callers, order app, its MySQL nodes, the broker, the Redis servers. The second half is the after-sale app's,
 * with MySQL nodes and Redis servers of its own and the channel. Programs are held there by their affinity (taskset of util-linux). The data of its
 * servers are in memory, which stands for the disk of another machine: on the disk of the forward path its fsyncs would wait in one queue with
 * those that placements wait for. Every setting of durability is as elsewhere.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { openProfile } from '../stack/profile.mjs';
import { down, environmentAt, reset, status, upOnly } from '../stack/stack.mjs';
import { migrate } from './servers.mjs';

/** What the after-sale app keeps; events come from the broker of the forward path. */
const OWN_SERVERS = ['mysql-0', 'mysql-1', 'redis-timers', 'redis-cache'];

/** Answers the environment of the bench, and `end`, after which nothing is left of it. `env` is that of the forward path's servers. */
export async function setApart(profile, env, say) {
  const cores = cpus().length;
  if (cores < 2) throw new Error('the after-sale app cannot have a core of its own where there is only one');
  const half = Math.floor(cores / 2);
  const [forward, others, all] = [`0-${half - 1}`, `${half}-${cores - 1}`, `0-${cores - 1}`];
  const own = `${profile}-2`;
  await reset(own);
  const forget = keptInMemory(own);
  const end = async () => {
    await down(own);
    forget();
    hold([...pidsOf(profile), process.pid], all);
  };
  try {
    await upOnly(own, OWN_SERVERS, say);
    const { ORDO_MYSQL_NODES, ORDO_REDIS_TIMERS_URL, ORDO_REDIS_CACHE_URL } = environmentAt(own);
    const aftersale = { ORDO_MYSQL_NODES, ORDO_REDIS_TIMERS_URL, ORDO_REDIS_CACHE_URL };
    await migrate({ ...env, ...aftersale, ORDO_PROFILE: own });
    hold(pidsOf(profile), forward);
    hold([...pidsOf(own), process.pid], others);
    const placed = { ORDO_BENCH_FORWARD_CORES: forward, ORDO_BENCH_AFTERSALE_SERVERS: JSON.stringify(aftersale) };
    return { env: { ...env, ...placed }, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** For a profile that was reset; answers what takes its data away again. */
function keptInMemory(name) {
  const memory = join('/dev/shm', `ordo-${name}-${process.pid}`);
  const data = dirname(openProfile(name).dataOf('any'));
  const forget = () => {
    for (const path of [data, memory]) rmSync(path, { recursive: true, force: true });
  };
  forget();
  mkdirSync(memory);
  symlinkSync(memory, data);
  return forget;
}

function pidsOf(profile) {
  const up = status(profile).filter(({ state }) => state === 'up');
  const strangers = up.filter(({ pid }) => pid === undefined).map(({ name }) => name);
  if (strangers.length > 0)
    throw new Error(`${strangers.join(', ')}: only a server that is a process here can be held`);
  return up.map(({ pid }) => pid);
}

/** With all their threads; what they start later inherits it. */
function hold(pids, cores) {
  for (const pid of pids) execFileSync('taskset', ['--all-tasks', '--pid', '--cpu-list', cores, String(pid)]);
}
