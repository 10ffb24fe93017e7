import { describe, expect, it } from '@jest/globals';
import { Refusal } from '@ordo/kernel';
import { describeToken, type TokenOptions } from './token-claims.js';

const describeWith = (options: Partial<TokenOptions>) => describeToken({ ttl: '1h', ...options });

describe('a development token', () => {
  it('binds a user and lets him do what users do', () => {
    const { subject, claims, ttlSeconds } = describeWith({ user: '42' });
    expect(subject).toBe('user:42');
    expect(ttlSeconds).toBe(3_600);
    expect(claims).toEqual({
      userId: '42',
      grants: [
        ...['order:place', 'order:read', 'order:list', 'order:receive', 'order:complete', 'order:invalidate'],
        ...['order:cancel', 'refund:apply', 'refund:read', 'refund:list', 'refund:withdraw', 'refund:appeal'],
        'compensation:read',
      ],
    });
  });

  it('binds a merchant, who accepts and never places or pays', () => {
    expect(describeWith({ merchant: '7' }).claims).toEqual({
      merchantId: '7',
      grants: [
        ...['order:read', 'order:list', 'order:accept', 'order:receive', 'order:invalidate'],
        ...['order:cancel', 'refund:start', 'refund:read', 'refund:list', 'refund:agree', 'refund:reject'],
        'compensation:read',
      ],
    });
  });

  it('binds a service to nobody and gives it every grant and every role but those of users and merchants', () => {
    const { claims } = describeWith({ service: 'payments' });
    expect(claims.grants).toContain('order:pay');
    expect(claims.roles).toEqual([2, 4, 5, 6, 7, 8, 9]);
    expect(claims).not.toHaveProperty('userId');
  });

  it('takes grants, roles and a life time from the command line', () => {
    const { claims, ttlSeconds } = describeWith({
      service: 'x',
      grants: 'order:read, order:pay',
      roles: '2,4',
      ttl: '90s',
    });
    expect(claims).toEqual({ grants: ['order:read', 'order:pay'], roles: [2, 4] });
    expect(ttlSeconds).toBe(90);
  });

  it.each<[string, Partial<TokenOptions>, RegExp]>([
    ['nobody named', {}, /exactly one/],
    ['two bindings', { user: '1', merchant: '2' }, /exactly one/],
    ['an id past 2^63', { user: '9223372036854775808' }, /decimal id/],
    ['an unknown grant', { user: '1', grants: 'order:fly' }, /unknown grants order:fly/],
    ['an unknown role', { service: 'x', roles: '2,12' }, /got "12"/],
    ['roles for a user', { user: '1', roles: '2' }, /--roles is for --service/],
    ['a life time without unit', { user: '1', ttl: '60' }, /--ttl takes/],
  ])('is refused with %s', (_, options, message) => {
    expect(() => describeWith(options)).toThrow(message);
    expect(() => describeWith(options)).toThrow(Refusal);
  });
});
