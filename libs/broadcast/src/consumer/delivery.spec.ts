/** Headers of copies: what a message carries from attempt to attempt, and what it must leave behind. */
import { describe, expect, it } from '@jest/globals';
import type { ConsumeMessage } from 'amqplib';
import { DeliveryHeader, deadLetterCopyOf, deliveryOf, retryCopyOf } from './delivery.js';

function aMessage(headers: Record<string, unknown> = {}, properties: Record<string, unknown> = {}): ConsumeMessage {
  return {
    content: Buffer.from('{}'),
    fields: {
      consumerTag: 'c',
      deliveryTag: 1,
      redelivered: false,
      exchange: 'ordo.order',
      routingKey: 'takeout.paid',
    },
    properties: { messageId: '1-2', type: 'ordo.order.paid.v1', headers, ...properties },
  } as unknown as ConsumeMessage;
}

const failure = { family: 'invariant', code: 'INTERNAL', message: 'x'.repeat(2_000) } as const;

describe('deliveryOf', () => {
  it('is the first attempt of a message without our headers', () => {
    const delivery = deliveryOf('q', aMessage());
    expect(delivery).toMatchObject({
      attempt: 1,
      deliveryCount: 0,
      exchange: 'ordo.order',
      routingKey: 'takeout.paid',
    });
  });

  it('tells where a retried message was first published, not that it came from a retry queue', () => {
    const first = deliveryOf('q', aMessage());
    const returned = aMessage({ ...retryCopyOf(first, 1).headers });
    Object.assign(returned.fields, { exchange: '', routingKey: 'q' });
    expect(deliveryOf('q', returned)).toMatchObject({ attempt: 2, exchange: 'ordo.order', routingKey: 'takeout.paid' });
  });

  it.each([-1, 1.5, 'three', null, Number.MAX_VALUE])('takes an attempt header of %p for none', (attempt) => {
    expect(deliveryOf('q', aMessage({ [DeliveryHeader.ATTEMPT]: attempt })).attempt).toBe(1);
  });

  it('gives a message without an id one of its own, so that a return can be matched', () => {
    const [one, two] = [aMessage({}, { messageId: undefined }), aMessage({}, { messageId: '' })];
    expect(deliveryOf('q', one).messageId).not.toBe(deliveryOf('q', two).messageId);
  });
});

describe('copies', () => {
  it('leave the history that the broker keeps behind, or it would see a dead-letter cycle', () => {
    const headers = { 'x-death': [{}], 'x-first-death-queue': 'a', 'x-delivery-count': 3, 'x-other-team': 'kept' };
    const copy = retryCopyOf(deliveryOf('q', aMessage(headers)), 10);
    expect(Object.keys(copy.headers ?? {}).sort()).toEqual([
      'x-ordo-attempt',
      'x-ordo-exchange',
      'x-ordo-queue',
      'x-ordo-routing-key',
      'x-other-team',
    ]);
    expect(copy).toMatchObject({
      exchange: '',
      routingKey: 'q.retry.10s',
      messageId: '1-2',
      type: 'ordo.order.paid.v1',
    });
  });

  it('to the dead-letter queue say why and when, in a header that stays small', () => {
    const copy = deadLetterCopyOf(deliveryOf('q', aMessage()), failure, new Date(0));
    expect(copy).toMatchObject({ exchange: '', routingKey: 'q.dlq' });
    expect(copy.headers).toMatchObject({
      [DeliveryHeader.CODE]: 'INTERNAL',
      [DeliveryHeader.FAMILY]: 'invariant',
      [DeliveryHeader.FAILED_AT]: '1970-01-01T00:00:00.000Z',
    });
    expect(String(copy.headers?.[DeliveryHeader.MESSAGE])).toHaveLength(500);
  });
});
