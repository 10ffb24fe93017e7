/** The names of waybills, and the credential that makes a call safe to repeat. */
import { describe, expect, it } from '@jest/globals';
import { credentialOf, digestOf, waybillIdOf, waybillOf } from './waybill.js';

const SECRET = 'a secret that is long enough to be one';
const ORDER = '127053183455232001';

describe('the name of a waybill', () => {
  it('reads back as order and attempt, so that it routes by itself', () => {
    expect(waybillOf(waybillIdOf(ORDER, 12))).toEqual({ orderId: ORDER, attempt: 12 });
  });

  it.each([
    '',
    ORDER,
    `${ORDER}-`,
    `${ORDER}-0`,
    `${ORDER}-1x`,
    `0-1`,
    `-1-1`,
    `9223372036854775808-1`,
    `${ORDER}-12345`,
  ])('is not %j', (text) => {
    expect(waybillOf(text)).toBeUndefined();
  });
});

describe('the credential', () => {
  it('is the same for the same order and attempt, and another for every other', () => {
    const all = [
      credentialOf(ORDER, 1, SECRET),
      credentialOf(ORDER, 2, SECRET),
      credentialOf('17', 1, SECRET),
      credentialOf(ORDER, 1, `${SECRET}!`),
    ];
    expect(credentialOf(ORDER, 1, SECRET)).toBe(all[0]);
    expect(new Set(all).size).toBe(all.length);
    expect(all[0]).toHaveLength(43);
  });

  it('never takes order 1, attempt 11 for order 11, attempt 1', () => {
    expect(credentialOf('1', 11, SECRET)).not.toBe(credentialOf('11', 1, SECRET));
  });
});

describe('the digest', () => {
  it('tells one payload from another', () => {
    expect(digestOf('{"a":1}')).not.toBe(digestOf('{"a":2}'));
    expect(digestOf('{"a":1}')).toMatch(/^[0-9a-f]{64}$/);
  });
});
