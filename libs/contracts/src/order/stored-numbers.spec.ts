/** Numbers that lie in rows and messages. A failing line here means that old data would be read with a new meaning. */
import { describe, expect, it } from '@jest/globals';
import { InvariantViolation } from '@ordo/kernel';
import { InvalidReason, invalidReasonNameOf, isInvalidReason } from './invalid-reason.js';
import { isOrderStatus, orderStatusCode, orderStatuses, orderStatusOf } from './order-status.js';
import { OrderTag, tagBitsOf, tagNamesOf } from './order-tag.js';
import { isRole, Role, roleNameOf } from './role.js';

describe('numbers that are stored', () => {
  it('keeps the states', () => {
    expect(orderStatusCode).toEqual({
      CREATED: 10,
      PAID: 20,
      ACCEPTED: 30,
      FULFILLING: 35,
      RECEIVED: 40,
      COMPLETED: 50,
      INVALID: 90,
    });
    for (const status of orderStatuses) expect(orderStatusOf(orderStatusCode[status])).toBe(status);
    expect(() => orderStatusOf(11)).toThrow(InvariantViolation);
    expect(['PAID', 'paid', 'toString', 20].map(isOrderStatus)).toEqual([true, false, false, false]);
  });

  it('keeps the roles of DOMAIN §1', () => {
    const names = ['USER', 'SYSTEM', 'MERCHANT', 'CUSTOMER_SERVICE', 'OPEN_PLATFORM', 'SMS', 'PRINTER', 'RISK_CONTROL'];
    expect(Object.entries(Role)).toEqual([...names, 'ORDER_COMPLETION'].map((name, at) => [name, at + 1]));
    expect([0, 10, '1', 1.5].some(isRole)).toBe(false);
    expect([roleNameOf(3), roleNameOf(99)]).toEqual(['MERCHANT', undefined]);
  });

  it('keeps the invalid reasons of DOMAIN §1, with the gap between 17 and 20', () => {
    const numbers = [...Array.from({ length: 18 }, (_, number) => number), 20, 21];
    expect(Object.values(InvalidReason)).toEqual(numbers);
    expect([18, 19, 22, -1, '0'].some(isInvalidReason)).toBe(false);
    expect(invalidReasonNameOf(21)).toBe('ACCEPT_TIMEOUT');
  });

  it('keeps the tags, one bit each, within what bit operators take', () => {
    expect(Object.values(OrderTag)).toEqual([1, 2, 4, 8, 16, 32, 64, 128]);
    const names = ['LATE_PAYMENT', 'AFTER_SALE_OPEN', 'REMINDED'] as const;
    expect(tagNamesOf(tagBitsOf(names))).toEqual(names);
    expect(tagNamesOf(0)).toEqual([]);
    expect(tagNamesOf(1 << 20)).toEqual([]);
  });
});
