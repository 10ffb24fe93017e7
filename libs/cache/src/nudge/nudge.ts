/**
 * A tap on the shoulder between processes: "there is work on this channel". Best effort by design: it may be lost, repeated or late, and
 * whoever listens polls as well. It carries nothing, so that nobody can come to depend on what it carries.
 */
import type { Redis } from 'ioredis';
import { openRedis } from '../redis-link/redis-client.js';

/** A burst of commits is one tap: the relay reads a batch either way, and 500 taps a second per channel are no load. */
const AT_MOST_EVERY_MS = 2;

export class Nudge {
  private readonly sender: Redis;
  private listener: Redis | undefined;
  private readonly listeners = new Map<string, (() => void)[]>();
  private readonly waiting = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private lastSentMs = 0;

  constructor(private readonly url: string) {
    this.sender = openRedis(url, ignore);
  }

  /** Taps whoever listens to `channel`, at once or up to 2 ms later together with others. Never throws, never waits. */
  publish(channel: string): void {
    this.waiting.add(channel);
    if (this.timer !== undefined) return;
    const dueMs = this.lastSentMs + AT_MOST_EVERY_MS - performance.now();
    if (dueMs <= 0) this.send();
    else this.timer = setTimeout(() => this.send(), dueMs);
  }

  /** `fn` is called for every tap from now on, and after each (re)connection, when taps may have been missed. Never throws. */
  subscribe(channel: string, fn: () => void): void {
    const known = this.listeners.get(channel);
    if (known !== undefined) {
      known.push(fn);
      return;
    }
    this.listeners.set(channel, [fn]);
    this.listener ??= this.listen();
    if (this.listener.status === 'ready') this.listener.subscribe(channel).catch(ignore);
  }

  close(): void {
    clearTimeout(this.timer);
    this.sender.disconnect();
    this.listener?.disconnect();
  }

  private send(): void {
    this.timer = undefined;
    this.lastSentMs = performance.now();
    for (const channel of this.waiting) this.sender.publish(channel, '').catch(ignore);
    this.waiting.clear();
  }

  private listen(): Redis {
    const listener = openRedis(this.url, ignore);
    listener.on('message', (channel: string) => this.wake(channel));
    listener.on('ready', () => {
      const channels = [...this.listeners.keys()];
      listener.subscribe(...channels).then(() => channels.forEach((channel) => this.wake(channel)), ignore);
    });
    return listener;
  }

  private wake(channel: string): void {
    for (const fn of this.listeners.get(channel) ?? []) fn();
  }
}

/** A lost tap is made good by the listener's own polling. */
function ignore(): void {
  return;
}
