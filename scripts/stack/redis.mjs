/**
 * A private Redis: append-only file, synced every second. The cache may forget (least recently used first);
 * timers and promise must not, so they refuse writes when memory ends instead of dropping keys.
 */
import { mkdirSync } from 'node:fs';
import { probeRedis } from './probes.mjs';

const CACHE_BYTES = '512mb';

export function redisLaunch(profile, programs, server, ports) {
  const dir = profile.dataOf(server.name);
  const port = ports[server.name];
  const limits =
    server.name === 'redis-cache'
      ? ['--maxmemory', CACHE_BYTES, '--maxmemory-policy', 'allkeys-lru']
      : ['--maxmemory-policy', 'noeviction'];
  return {
    program: programs.redisServer,
    args: [
      ...['--port', String(port), '--bind', '127.0.0.1', '--protected-mode', 'yes', '--dir', dir],
      ...['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', '', '--daemonize', 'no'],
      ...['--databases', '16', '--tcp-backlog', '511', ...limits],
    ],
    cwd: dir,
    // Redis rewrites its command line to "redis-server 127.0.0.1:<port>" once it has started.
    markers: [`--port ${port}`, `127.0.0.1:${port}`],
    ports: [server.name],
    prepare: () => mkdirSync(dir, { recursive: true }),
    probe: () => probeRedis(port),
    readyMs: 60_000,
    stopMs: 20_000,
  };
}
