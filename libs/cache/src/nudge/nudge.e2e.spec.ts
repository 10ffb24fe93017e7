/** Taps over a real Redis: they arrive, they are few, and their absence harms nobody. */
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Nudge } from './nudge.js';

const opened: Nudge[] = [];

function redisUrl(): string {
  const url = process.env['ORDO_REDIS_CACHE_URL'];
  if (url === undefined) throw new Error('ORDO_REDIS_CACHE_URL is not set: run these specs with `npm test`');
  return url;
}

function open(url = redisUrl()): Nudge {
  const nudge = new Nudge(url);
  opened.push(nudge);
  return nudge;
}

/** A listener that is known to be connected: it is woken once when its subscription stands. */
async function listening(channel: string): Promise<{ taps: () => number; next: () => Promise<void> }> {
  let taps = 0;
  let wake: () => void = () => undefined;
  const next = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  const connected = next();
  open().subscribe(channel, () => {
    taps += 1;
    wake();
  });
  await connected;
  return { taps: () => taps, next };
}

/** The sender connects by itself; until then its taps are lost by design, so the spec taps until one arrives. */
async function tapUntilHeard(nudge: Nudge, channel: string, heard: Promise<void>): Promise<void> {
  const timer = setInterval(() => nudge.publish(channel), 5);
  await heard;
  clearInterval(timer);
}

afterEach(() => {
  for (const nudge of opened.splice(0)) nudge.close();
});

describe('a nudge', () => {
  it('wakes a listener of its channel', async () => {
    const channel = `spec-${randomUUID()}`;
    const { next } = await listening(channel);
    await tapUntilHeard(open(), channel, next());
  });

  it('is one or two taps for a burst of a thousand', async () => {
    const channel = `spec-${randomUUID()}`;
    const listener = await listening(channel);
    const sender = open();
    await tapUntilHeard(sender, channel, listener.next());
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = listener.taps();
    const heard = listener.next();
    for (let tap = 0; tap < 1_000; tap += 1) sender.publish(channel);
    await heard;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(listener.taps() - before).toBeLessThanOrEqual(2);
  });

  it('does not reach the listeners of another channel', async () => {
    const [mine, other] = [`spec-${randomUUID()}`, `spec-${randomUUID()}`];
    const foreign = await listening(other);
    const listener = await listening(mine);
    await tapUntilHeard(open(), mine, listener.next());
    expect(foreign.taps()).toBe(1);
  });

  it('throws nothing and holds up nobody without a Redis', () => {
    const lonely = open('redis://127.0.0.1:1');
    lonely.subscribe('spec', () => undefined);
    expect(() => {
      for (let tap = 0; tap < 1_000; tap += 1) lonely.publish('spec');
    }).not.toThrow();
  });
});
