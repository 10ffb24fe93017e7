/** Inbox and Positions on the real Redis: the contract suites, and what is Redis's own: claims that end, and scripts that refuse. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { invariant, Transient } from '@ordo/kernel';
import { Redis } from 'ioredis';
import { RedisTransaction, redisTransactions } from '../effects/redis-transactions.js';
import { once } from '../handling/once.js';
import { anEvent } from '../kit/an-event.js';
import { ConsumerKit } from '../kit/consumer-kit.js';
import { type PositionsHarness, positionsContract } from '../positions/positions.contract.js';
import { RedisPositions } from '../positions/redis-positions.js';
import { type InboxHarness, inboxContract } from './inbox.contract.js';
import { RedisInbox } from './redis-inbox.js';

const RUN = `rehearsal:${randomBytes(5).toString('hex')}:`;
const RETENTION_SECONDS = 600;

function redisUrl(): string {
  const url = process.env.ORDO_REDIS_CACHE_URL;
  invariant(url, 'ORDO_REDIS_CACHE_URL is not set: run `npm test`');
  return url;
}

describe('on Redis', () => {
  let redis: Redis;
  const settings = { prefix: RUN, retentionSeconds: RETENTION_SECONDS };

  beforeAll(() => {
    redis = new Redis(redisUrl());
  });

  afterAll(async () => {
    const keys = await redis.keys(`${RUN}*`);
    if (keys.length > 0) await redis.del(keys);
    await redis.quit();
  });

  function harness(): InboxHarness<RedisTransaction> & PositionsHarness<RedisTransaction> {
    return {
      inbox: new RedisInbox(settings),
      positions: new RedisPositions(settings),
      uniqueName: () => `event-${randomBytes(8).toString('hex')}`,
      uniqueOrder: () => String(randomBytes(6).readUIntBE(0, 6) + 1),
      committedEffects: async (name) => Number((await redis.get(`${RUN}effect:${name}`)) ?? 0),
      begin: async () => {
        const tx = new RedisTransaction(redis);
        return {
          connection: tx,
          writeEffect: async (name: string) => tx.add('INCR', `${RUN}effect:${name}`),
          commit: () => tx.commit(),
          rollback: () => tx.rollback(),
        };
      },
    };
  }

  describe('RedisInbox', () => {
    it.each(inboxContract.map(({ name, run }) => [name, run] as const))('keeps that %s', async (_, run) => {
      await expect(run(harness())).resolves.toBeUndefined();
    });

    it('lets a claim whose owner died end by itself, and refuses the commit of an owner that wakes up behind it', async () => {
      const { inbox, uniqueName, committedEffects } = harness();
      const event = uniqueName();
      const frozen = new RedisTransaction(redis, { claimMs: 60 });
      await inbox.once(frozen, 'consumer-a', event, async () => frozen.add('INCR', `${RUN}effect:${event}`));
      const next = new RedisTransaction(redis);
      const { first } = await inbox.once(next, 'consumer-a', event, async () =>
        next.add('INCR', `${RUN}effect:${event}`),
      );
      await next.commit();
      expect(first).toBe(true);
      await expect(frozen.commit()).rejects.toBeInstanceOf(Transient);
      expect(await committedEffects(event)).toBe(1);
    });

    it('asks a delivery that waited too long for another to come again', async () => {
      const { inbox, uniqueName } = harness();
      const event = uniqueName();
      await inbox.once(new RedisTransaction(redis), 'consumer-a', event, async () => undefined);
      const waiting = new RedisTransaction(redis, { waitMs: 50 });
      await expect(inbox.once(waiting, 'consumer-a', event, async () => undefined)).rejects.toBeInstanceOf(Transient);
    });

    it('forgets a mark only after its retention', async () => {
      const { inbox, uniqueName } = harness();
      const event = uniqueName();
      const tx = new RedisTransaction(redis);
      await inbox.once(tx, 'consumer-a', event, async () => undefined);
      await tx.commit();
      expect(await redis.ttl(`${RUN}{consumer-a:${event}}`)).toBeGreaterThan(RETENTION_SECONDS - 10);
    });

    it('has one effect of a storm of repeats under handlers that fail on the way', async () => {
      const name = randomBytes(6).toString('hex');
      let calls = 0;
      const handler = once(
        { consumer: name, transactions: redisTransactions(redis), inbox: new RedisInbox(settings) },
        {
          'order.paid': async (tx, event) => {
            tx.add('INCRBY', `${RUN}effect:${name}`, event.data.paidAmount);
            calls += 1;
            if (calls % 3 === 0) throw new Transient('AWAY', 'away', 10);
          },
        },
      );
      const events = ['1', '2', '3', '4'].map((orderId) => anEvent('order.paid', { orderId, data: { paidAmount: 5 } }));
      expect(await new ConsumerKit({ handler }).storm(events, { copies: 3 })).toMatchObject({ handled: 12 });
      expect(Number(await redis.get(`${RUN}effect:${name}`))).toBe(20);
    });
  });

  describe('RedisPositions', () => {
    it.each(positionsContract.map(({ name, run }) => [name, run] as const))('keeps that %s', async (_, run) => {
      await expect(run(harness())).resolves.toBeUndefined();
    });
  });
});
