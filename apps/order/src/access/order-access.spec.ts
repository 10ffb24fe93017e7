/** Ownership and acting roles (P10). No server. */
import { describe, expect, test } from '@jest/globals';
import { Role } from '@ordo/contracts';
import { actingRole, assertActsForMerchant, assertActsForUser, type CallerIdentity, canSee } from '@ordo/platform';
import { assertVisible, orderNotFound } from './order-access.rules.js';

const aCaller = (fields: Partial<CallerIdentity> = {}): CallerIdentity => ({
  subject: 'spec',
  grants: new Set(),
  roles: [],
  ...fields,
});
const refusalOf = (act: () => unknown): { code: string; message: string } => {
  try {
    act();
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('nothing was refused');
};

const paid = { userId: '7', merchantId: '9', effective: true };
const unpaid = { ...paid, effective: false };

describe('visibility', () => {
  test.each([
    ['the user of the order', aCaller({ userId: '7' }), true, true],
    ['another user', aCaller({ userId: '8' }), false, false],
    ['the merchant of the order, once it was paid', aCaller({ merchantId: '9' }), true, false],
    ['another merchant', aCaller({ merchantId: '10' }), false, false],
    ['a user whose id equals the merchant id', aCaller({ userId: '9' }), false, false],
    ['a merchant whose id equals the user id', aCaller({ merchantId: '7' }), false, false],
    ['an unbound service', aCaller(), true, true],
    ['a token bound to both parties', aCaller({ userId: '7', merchantId: '9' }), true, false],
  ])('%s sees a paid and an unpaid order exactly as the rules say', (_, caller, seesPaid, seesUnpaid) => {
    expect(canSee(caller, paid)).toBe(seesPaid);
    expect(canSee(caller, unpaid)).toBe(seesUnpaid);
  });

  test('somebody else’s order is refused in the very words of one that does not exist', () => {
    const hidden = refusalOf(() => assertVisible(aCaller({ userId: '8' }), '5', paid));
    const absent = refusalOf(() => assertVisible(aCaller({ userId: '8' }), '5', undefined));
    expect(hidden.code).toBe('ORDER_NOT_FOUND');
    expect(hidden).toEqual(absent);
    expect(hidden.message).toBe(orderNotFound('5').message);
  });
});

describe('accounts', () => {
  test('a bound token acts for its own account alone, an unbound one for every account', () => {
    expect(() => assertActsForUser(aCaller({ userId: '7' }), '7')).not.toThrow();
    expect(() => assertActsForUser(aCaller(), '7')).not.toThrow();
    expect(refusalOf(() => assertActsForUser(aCaller({ userId: '8' }), '7')).code).toBe('FORBIDDEN');
    expect(refusalOf(() => assertActsForUser(aCaller({ merchantId: '7' }), '7')).code).toBe('FORBIDDEN');
    expect(() => assertActsForMerchant(aCaller({ merchantId: '9' }), '9')).not.toThrow();
    expect(() => assertActsForMerchant(aCaller(), '9')).not.toThrow();
    expect(refusalOf(() => assertActsForMerchant(aCaller({ merchantId: '8' }), '9')).code).toBe('FORBIDDEN');
    expect(refusalOf(() => assertActsForMerchant(aCaller({ userId: '9' }), '9')).code).toBe('FORBIDDEN');
  });
});

describe('acting role', () => {
  const user = aCaller({ userId: '7', roles: [Role.SYSTEM] });
  const merchant = aCaller({ merchantId: '9', roles: [Role.SYSTEM] });
  const service = aCaller({ roles: [Role.SYSTEM, Role.CUSTOMER_SERVICE] });

  test.each([
    [user, undefined, Role.USER],
    [user, Role.USER, Role.USER],
    [merchant, undefined, Role.MERCHANT],
    [merchant, Role.MERCHANT, Role.MERCHANT],
    [merchant, Role.PRINTER, Role.PRINTER],
    [service, undefined, Role.SYSTEM],
    [service, Role.CUSTOMER_SERVICE, Role.CUSTOMER_SERVICE],
  ])('case %#: the role is the asked one, or the first of the token', (caller, requested, expected) => {
    expect(actingRole(caller, requested)).toBe(expected);
  });

  test.each([
    ['a user as system, though its token carries the role', user, Role.SYSTEM],
    ['a merchant as user', merchant, Role.USER],
    ['a merchant as system', merchant, Role.SYSTEM],
    ['a service in a role that it was not given', service, Role.MERCHANT],
    ['a service without roles', aCaller(), undefined],
  ])('%s is forbidden', (_, caller, requested) => {
    expect(refusalOf(() => actingRole(caller, requested)).code).toBe('FORBIDDEN');
  });
});
