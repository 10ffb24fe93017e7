/** The decision table of failures: every family at its first, middle and last attempt. */
import { describe, expect, it } from '@jest/globals';
import { InvariantViolation, Refusal, Transient } from '@ordo/kernel';
import fc from 'fast-check';
import { UnreadableEvent } from '../cloud-event/cloud-event.errors.js';
import {
  decideFailure,
  decideRepeatedDelivery,
  delayFor,
  MAX_ATTEMPTS,
  MAX_UNKNOWN_ATTEMPTS,
} from './delivery.rules.js';

const limits = { maxAttempts: MAX_ATTEMPTS, maxUnknownAttempts: MAX_UNKNOWN_ATTEMPTS };
const refusal = new Refusal('ORDER_NOT_PAYABLE', 'order 1 is COMPLETED');
const transient = new Transient('NODE_UNAVAILABLE', 'node 1 is away', 100);
const invariantBroken = new InvariantViolation('amounts do not add up');
const unknown = new TypeError('x is not a function');

const table: [string, unknown, number, string][] = [
  ['a refusal at its first attempt', refusal, 1, 'acknowledge'],
  ['a refusal at its last attempt', refusal, 16, 'acknowledge'],
  ['a transient error at its first attempt', transient, 1, 'retry 1'],
  ['a transient error at attempt 3', transient, 3, 'retry 1'],
  ['a transient error at attempt 4', transient, 4, 'retry 10'],
  ['a transient error at attempt 8', transient, 8, 'retry 10'],
  ['a transient error at attempt 9', transient, 9, 'retry 60'],
  ['a transient error at attempt 15', transient, 15, 'retry 60'],
  ['a transient error at attempt 16', transient, 16, 'deadLetter'],
  ['an invariant violation at its first attempt', invariantBroken, 1, 'deadLetter'],
  ['an unreadable message', new UnreadableEvent(['body is not JSON']), 1, 'deadLetter'],
  ['an unknown error at its first attempt', unknown, 1, 'retry 1'],
  ['an unknown error at attempt 4', unknown, 4, 'retry 10'],
  ['an unknown error at attempt 5', unknown, 5, 'deadLetter'],
  ['a thrown text at its first attempt', 'oops', 1, 'retry 1'],
];

describe('decideFailure', () => {
  it.each(table)('decides for %s', (_, error, attempt, expected) => {
    const decision = decideFailure(error, attempt, limits);
    expect(decision.action === 'retry' ? `retry ${decision.delaySeconds}` : decision.action).toBe(expected);
  });

  it('acknowledges a refusal as refused, not as handled', () => {
    expect(decideFailure(refusal, 1, limits)).toMatchObject({ outcome: 'refused' });
  });

  it('ends every failure within 16 attempts', () => {
    for (const error of [refusal, transient, invariantBroken, unknown, undefined]) {
      expect(decideFailure(error, MAX_ATTEMPTS, limits).action).not.toBe('retry');
    }
  });

  it('says family, code and message of an error of ours', () => {
    expect(decideFailure(invariantBroken, 1, limits)).toMatchObject({
      failure: { family: 'invariant', code: 'INTERNAL', message: 'amounts do not add up' },
    });
  });

  it('keeps the text of foreign errors to itself, and shows their code', () => {
    const foreign = Object.assign(new Error("Duplicate entry 'alice@example.com'"), { code: 'ER_DUP_ENTRY' });
    const decision = decideFailure(foreign, 1, limits);
    expect(decision).toMatchObject({ failure: { family: 'unknown', code: 'ER_DUP_ENTRY' } });
    expect(JSON.stringify(decision)).not.toContain('alice');
    expect(JSON.stringify(decideFailure('alice', 1, limits))).not.toContain('alice');
  });

  it('dead-letters what was given back too often, with the number', () => {
    expect(decideRepeatedDelivery(16)).toMatchObject({ action: 'deadLetter', failure: { code: 'DELIVERY_LIMIT' } });
    expect(decideRepeatedDelivery(16)).toMatchObject({ failure: { message: expect.stringContaining('16 times') } });
  });
});

describe('delayFor', () => {
  it('is never shorter than the error wished, up to a minute', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 0, max: 60_000 }), (attempt, wishedMs) => {
        expect(delayFor(attempt, wishedMs) * 1_000).toBeGreaterThanOrEqual(wishedMs);
      }),
    );
  });

  it('is a minute for an error that wishes an hour', () => {
    expect(delayFor(1, 3_600_000)).toBe(60);
  });

  it('never falls as attempts rise', () => {
    const delays = Array.from({ length: 16 }, (_, index) => delayFor(index + 1, 0));
    expect(delays).toEqual([...delays].sort((a, b) => a - b));
  });
});
