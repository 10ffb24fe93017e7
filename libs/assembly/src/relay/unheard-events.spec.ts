/** An event without a queue is confirmed by its stream and counted here. */
import { describe, expect, it } from '@jest/globals';
import { assembleTopology } from '@ordo/broadcast';
import type { PublishOutcome } from '@ordo/outbox';
import { UnheardEvents } from './unheard-events.js';

const topology = assembleTopology(
  [
    {
      exchange: 'ordo.order',
      stream: {},
      queues: [
        {
          ...{ name: 'ordo.order.spec.work', owner: 'spec', overflow: 'drop-head' },
          bindings: [{ bizType: 'takeout', events: ['paid'] }],
        },
      ],
    },
  ],
  'blue',
);
const event = (routingKey: string) => ({ exchange: 'ordo.order', routingKey, messageId: '1-1', body: '' });

describe('events that nobody hears', () => {
  it('are counted when they were confirmed, and only those', async () => {
    const unheard: string[] = [];
    let verdict: PublishOutcome = 'confirmed';
    const publisher = { isConnected: true, publishWindow: async (all: readonly unknown[]) => all.map(() => verdict) };
    const counting = new UnheardEvents(publisher, topology, (key) => void unheard.push(key));
    await counting.publishWindow([event('takeout.paid'), event('takeout.created'), event('virtual.paid')]);
    expect(unheard).toEqual(['ordo.order takeout.created', 'ordo.order virtual.paid']);
    verdict = 'unconfirmed';
    expect(await counting.publishWindow([event('takeout.created')])).toEqual(['unconfirmed']);
    expect(unheard).toHaveLength(2);
  });
});
