/** A promise that an order carries is what we gave, or nothing. */
import { describe, expect, it } from '@jest/globals';
import { promisedInstantOf } from '@ordo/contracts';
import { type FrozenPromise, PromiseTokens } from './promise-token.js';

const OLD = 'an old secret that is long enough to be one';
const NEW = 'a new secret that is long enough to be one';
const promise: FrozenPromise = {
  ...{ promisedAtMs: 1_800_000_000_000, bizType: 'takeout', city: 'shanghai', tierVersion: 1, tierCity: '*' },
  ...{ lane: 'shanghai-07|shanghai-12|standard', laneVersion: 1_790_000_000_000_000 },
};

describe('a promise token', () => {
  it('reads back as the promise that it was made of, and fits the extension of an order', () => {
    const tokens = new PromiseTokens([NEW]);
    expect(tokens.read(tokens.make(promise))).toEqual(promise);
    expect(tokens.make(promise).length).toBeLessThanOrEqual(512);
  });

  it('shows its instant to everybody', () => {
    expect(promisedInstantOf(new PromiseTokens([NEW]).make(promise))).toBe(promise.promisedAtMs);
  });

  it('is read after a rotation, and not by whoever knows no secret', () => {
    const token = new PromiseTokens([OLD]).make(promise);
    expect(new PromiseTokens([NEW, OLD]).read(token)).toEqual(promise);
    expect(new PromiseTokens([NEW]).read(token)).toBeUndefined();
  });

  it('is nothing once a bit of it was changed', () => {
    const tokens = new PromiseTokens([NEW]);
    const [prefix = '', body = '', signature = ''] = tokens.make(promise).split('.');
    const earlier = Buffer.from(JSON.stringify([1, 'takeout', 'shanghai', 1, '*', 'x', 1])).toString('base64url');
    const forged = [
      `${prefix}.${earlier}.${signature}`,
      `p2.${body}.${signature}`,
      `${prefix}.${body}.`,
      '',
      'p1',
      `${prefix}.${body}.${signature}.x`,
    ];
    for (const text of forged) expect(tokens.read(text)).toBeUndefined();
  });
});
