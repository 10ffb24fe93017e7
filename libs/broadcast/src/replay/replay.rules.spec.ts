/** What a replay means, and AMQP's topic patterns as the broker has them. */
import { describe, expect, it } from '@jest/globals';
import { anEvent } from '../kit/an-event.js';
import { wouldHear } from '../topology/heard.rules.js';
import { isMeant } from './replay.rules.js';

const NOON = Date.parse('2026-11-20T12:00:00Z');
const event = anEvent('order.paid', { orderId: '7', merchantId: '9', occurredAtMs: NOON });

describe('isMeant', () => {
  it.each([
    ['nothing asked', {}, true],
    ['its order', { orderId: '7' }, true],
    ['another order', { orderId: '8' }, false],
    ['its merchant', { merchantId: '9' }, true],
    ['its order of another merchant', { orderId: '7', merchantId: '8' }, false],
    ['since its very moment', { since: new Date(NOON) }, true],
    ['since later', { since: new Date(NOON + 1) }, false],
    ['until its moment', { until: new Date(NOON) }, false],
    ['its type', { types: ['ordo.order.paid.v1'] }, true],
    ['other types', { types: ['ordo.order.created.v1'] }, false],
  ])('%s', (_, filter, expected) => {
    expect(isMeant(filter, event)).toBe(expected);
  });
});

describe('wouldHear', () => {
  it.each([
    ['takeout.paid', 'takeout.paid', true],
    ['takeout.paid', 'virtual.paid', false],
    ['*.paid', 'virtual.paid', true],
    ['takeout.*', 'takeout', false],
    ['*', 'takeout.paid', false],
    ['#', 'takeout.paid', true],
    ['#', '', true],
    ['takeout.#', 'takeout', true],
    ['takeout.#', 'takeout.a.b.c', true],
    ['#.paid', 'takeout.paid', true],
    ['#.paid', 'takeout.paid.twice', false],
  ])('%s hears %s: %p', (routingKey, key, expected) => {
    expect(wouldHear([{ routingKey }], key)).toBe(expected);
  });
});
