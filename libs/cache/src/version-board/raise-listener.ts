/** Hears of raises over a connection of its own (Redis gives a subscriber no other commands). Messages may be lost: it says when. */
import type { Redis } from 'ioredis';
import { openRedis } from '../redis-link/redis-client.js';
import { raisesOf } from './raise-script.js';

export interface RaiseWatcher {
  raised(subject: string, version: number): void;
  /** Raises may have been missed: look at what you wait for. */
  missed(): void;
}

/** A subscription that died without a word is found within this and the silence that a socket is allowed. */
const PING_EVERY_MS = 1_000;

export class RaiseListener {
  private readonly redis: Redis;
  private readonly watchers: RaiseWatcher[] = [];
  private readonly pinging: NodeJS.Timeout;

  constructor(url: string, channel: string) {
    this.redis = openRedis(url, ignore);
    this.redis.on('message', (_channel: string, text: string) => this.hear(text));
    this.redis.on('ready', () => void this.redis.subscribe(channel).then(() => this.missed(), ignore));
    this.pinging = setInterval(() => {
      if (this.redis.status === 'ready') this.redis.ping().catch(ignore);
    }, PING_EVERY_MS);
    this.pinging.unref();
  }

  add(watcher: RaiseWatcher): void {
    this.watchers.push(watcher);
  }

  missed(): void {
    for (const watcher of this.watchers) watcher.missed();
  }

  close(): void {
    clearInterval(this.pinging);
    this.redis.disconnect();
  }

  private hear(text: string): void {
    for (const [subject, version] of raisesOf(text)) {
      for (const watcher of this.watchers) watcher.raised(subject, version);
    }
  }
}

/** The connection opens again by itself, and says so. */
function ignore(): void {
  return;
}
