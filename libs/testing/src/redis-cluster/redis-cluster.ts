/**
 * A Redis Cluster of its own for a spec: masters of this machine's `redis-server` on free ports, made a cluster by `redis-cli`. A missing
 * program fails the spec. Masters count what they refuse, so a spec can ask how often a call touched two hash slots.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';

const run = promisify(execFile);
/** A cluster's bus listens on the port plus 10,000: both stay below the ports that the system hands out. */
const LOWEST_PORT = 12_000;
const PORTS = 9_000;

export class RedisCluster {
  private constructor(
    private readonly servers: readonly ChildProcess[],
    private readonly ports: readonly number[],
    private readonly directory: string,
  ) {}

  static async start(masters = 3): Promise<RedisCluster> {
    const directory = mkdtempSync(join(tmpdir(), 'ordo-cluster-'));
    const ports = await freePorts(masters);
    const servers = ports.map((port) => {
      const config = ['--cluster-enabled', 'yes', '--cluster-config-file', `nodes-${port}.conf`, '--save', ''];
      const flags = ['--port', String(port), ...config, '--dir', directory, '--bind', '127.0.0.1'];
      return spawn('redis-server', flags, { stdio: 'ignore' });
    });
    const cluster = new RedisCluster(servers, ports, directory);
    try {
      await Promise.all(servers.map((server) => once(server, 'spawn')));
      await Promise.all(ports.map((port) => onServer(port, (redis) => redis.ping())));
      const addresses = ports.map((port) => `127.0.0.1:${port}`);
      await run('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes']);
      await Promise.all(ports.map((port) => onServer(port, isWhole)));
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** Comma-separated, as `ORDO_REDIS_TIMERS_URL` has them. */
  get urls(): string {
    return this.ports.map((port) => `redis://127.0.0.1:${port}`).join(',');
  }

  /** How often each master has answered with the error `code` since it began. */
  refusals(code: string): Promise<number[]> {
    const found = new RegExp(`errorstat_${code}:count=(\\d+)`);
    return this.ofEach(async (redis) => Number(found.exec(await redis.info('errorstats'))?.[1] ?? 0));
  }

  keyCounts(): Promise<number[]> {
    return this.ofEach((redis) => redis.dbsize());
  }

  /** Moves hash slots, and what is in them, from the first master to the second while clients go on. */
  async moveSlots(count: number): Promise<void> {
    const [from, to] = (await this.ofEach((redis) => redis.call('CLUSTER', 'MYID'))).map(String);
    const moves = ['--cluster-from', from ?? '', '--cluster-to', to ?? '', '--cluster-slots', String(count)];
    await run('redis-cli', ['--cluster', 'reshard', `127.0.0.1:${this.ports[0]}`, ...moves, '--cluster-yes'], {
      maxBuffer: 16 * 1024 ** 2,
    });
  }

  async stop(): Promise<void> {
    for (const server of this.servers.filter(({ exitCode, pid }) => exitCode === null && pid !== undefined)) {
      const exited = once(server, 'exit');
      server.kill('SIGKILL');
      await exited;
    }
    rmSync(this.directory, { recursive: true, force: true });
  }

  private ofEach<T>(ask: (redis: Redis) => Promise<T>): Promise<T[]> {
    return Promise.all(this.ports.map((port) => onServer(port, ask)));
  }
}

async function onServer<T>(port: number, ask: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  try {
    return await ask(redis);
  } finally {
    redis.disconnect();
  }
}

/** `redis-cli` returns when the masters agree with it; each needs to have heard of all slots, too. */
async function isWhole(redis: Redis): Promise<void> {
  for (;;) {
    if (String(await redis.call('CLUSTER', 'INFO')).includes('cluster_state:ok')) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => ((server.address() as { port: number }).port % PORTS) + LOWEST_PORT);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
