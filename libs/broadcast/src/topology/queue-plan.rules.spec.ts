/** What one work queue becomes on the broker. */
import { describe, expect, it } from '@jest/globals';
import { rehearsalQueue } from '../rehearsal/rehearsal-broker.js';
import { delayOfQueue, delayQueueOf, planBindings, planQueues, planStream } from './queue-plan.rules.js';

const name = 'ordo.order.billing.book';
const aQueue = (changes: Parameters<typeof rehearsalQueue>[0] = {}) =>
  rehearsalQueue({ name, exchange: 'ordo.order', maxLength: 500, deliveryLimit: 7, ...changes });
const argumentsOf = (queue: ReturnType<typeof aQueue>, suffix = '') =>
  planQueues(queue).find((planned) => planned.name === `${name}${suffix}`)?.arguments;

describe('planQueues', () => {
  it('makes every queue a bounded quorum queue with an explicit overflow policy', () => {
    const bindings = [{ routingKey: 'takeout.paid', delaySeconds: 30 }];
    for (const overflow of ['drop-head', 'reject-publish'] as const) {
      for (const planned of planQueues(aQueue({ overflow, bindings }))) {
        expect(planned.arguments).toMatchObject({ 'x-queue-type': 'quorum' });
        expect(planned.arguments['x-max-length']).toBeGreaterThan(0);
        expect(planned.arguments['x-overflow']).toMatch(/^(drop-head|reject-publish)$/);
      }
    }
  });

  it('says the delivery limit and the dead-letter queue of the queue that consumers read', () => {
    expect(argumentsOf(aQueue())).toEqual({
      'x-queue-type': 'quorum',
      'x-max-length': 500,
      'x-overflow': 'reject-publish',
      'x-delivery-limit': 7,
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': `${name}.dlq`,
      'x-dead-letter-strategy': 'at-least-once',
    });
  });

  it('never asks for at-least-once dead-lettering beside drop-head, which the broker would not honour', () => {
    const bindings = [{ routingKey: 'takeout.paid', delaySeconds: 30 }];
    const planned = planQueues(aQueue({ overflow: 'drop-head', deadLettering: 'broker', bindings }));
    const dropping = planned.filter(({ arguments: asked }) => asked['x-overflow'] === 'drop-head');
    expect(dropping).toHaveLength(2);
    for (const { arguments: asked } of dropping) expect(asked).not.toHaveProperty('x-dead-letter-strategy');
  });

  it('lets only the consumer fill the dead-letter queue where the file says so', () => {
    expect(argumentsOf(aQueue({ deadLettering: 'consumer' }))).not.toHaveProperty('x-dead-letter-exchange');
    expect(argumentsOf(aQueue({ deadLettering: 'consumer' }), '.dlq')).toBeDefined();
  });

  it.each([1, 10, 60])('brings a retry of %p s back to the queue that it came from', (seconds) => {
    expect(argumentsOf(aQueue(), `.retry.${seconds}s`)).toMatchObject({
      'x-message-ttl': seconds * 1_000,
      'x-dead-letter-routing-key': name,
      'x-overflow': 'reject-publish',
    });
  });

  it('never dead-letters a queue to itself, nor the dead-letter queue anywhere', () => {
    for (const planned of planQueues(aQueue())) {
      expect(planned.arguments['x-dead-letter-routing-key']).not.toBe(planned.name);
    }
    expect(argumentsOf(aQueue(), '.dlq')).not.toHaveProperty('x-dead-letter-exchange');
  });

  it('lets an operator look at dead letters without the broker dropping them, whatever its default', () => {
    expect(argumentsOf(aQueue(), '.dlq')).toMatchObject({ 'x-delivery-limit': 1_000_000 });
  });

  it('makes the queue of a delay as long as a busy delay needs, never shorter than the one behind it', () => {
    const bindings = [{ routingKey: 'takeout.paid', delaySeconds: 900 }];
    const load = { handlerMs: 20, instances: 2, peakPerSecond: 80 };
    expect(argumentsOf(aQueue({ bindings, load }), '.delay.900s')).toMatchObject({ 'x-max-length': 108_000 });
    expect(argumentsOf(aQueue({ bindings }), '.delay.900s')).toMatchObject({ 'x-max-length': 500 });
  });

  it('declares no retry queues where the file wants none', () => {
    expect(planQueues(aQueue({ retry: false })).map((planned) => planned.name)).toEqual([`${name}.dlq`, name]);
  });
});

describe('planBindings', () => {
  it('binds a delayed key to the queue of its delay, and no other', () => {
    const bindings = [{ routingKey: 'takeout.paid' }, { routingKey: 'takeout.created', delaySeconds: 60 }];
    expect(planBindings(aQueue({ bindings }))).toEqual([
      { queue: name, exchange: 'ordo.order', routingKey: 'takeout.paid' },
      { queue: `${name}.delay.60s`, exchange: 'ordo.order', routingKey: 'takeout.created' },
    ]);
  });
});

describe('delayOfQueue', () => {
  it('reads the delay from the name that delayQueueOf gave, and from no other', () => {
    expect(delayOfQueue(delayQueueOf(name, 900))).toBe(900);
    for (const other of [name, `${name}.dlq`, `${name}.retry.60s`]) expect(delayOfQueue(other)).toBeUndefined();
  });
});

describe('planStream', () => {
  it('keeps whole segments for so many days and so many bytes, and hears everything', () => {
    const stream = { name: 'ordo.order.stream', exchange: 'ordo.order', maxAgeDays: 7, maxBytes: 1_000 };
    expect(planStream(stream)).toEqual({
      queue: {
        name: 'ordo.order.stream',
        arguments: {
          ...{ 'x-queue-type': 'stream', 'x-max-age': '7D', 'x-max-length-bytes': 1_000 },
          'x-stream-max-segment-size-bytes': 100_000_000,
        },
      },
      binding: { queue: 'ordo.order.stream', exchange: 'ordo.order', routingKey: '#' },
    });
  });
});
