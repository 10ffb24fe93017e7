/** Which changes of a refund an order hears of. */
import { describe, expect, test } from '@jest/globals';
import { RefundKind, RefundOrigin, RefundScope, RefundStatus } from '@ordo/contracts';
import { endsOrder, owesOrder, type ToldRefund } from './order-duty.rules.js';

const refund = (fields: Partial<ToldRefund>): ToldRefund => ({
  ...{ kind: RefundKind.IN_SALE, scope: RefundScope.FULL, origin: RefundOrigin.USER, status: RefundStatus.APPLIED },
  ...fields,
});

describe('an order', () => {
  test('ends for a full in-sale refund, unless the refund began because it ended', () => {
    expect(endsOrder(refund({}))).toBe(true);
    expect(endsOrder(refund({ kind: RefundKind.AFTER_SALE }))).toBe(false);
    expect(endsOrder(refund({ scope: RefundScope.ITEMS }))).toBe(false);
    expect(endsOrder(refund({ origin: RefundOrigin.ORDER_INVALIDATED }))).toBe(false);
    expect(endsOrder(refund({ origin: RefundOrigin.LATE_PAYMENT }))).toBe(false);
  });

  test('hears of a refund that opens, closes or has moved its money', () => {
    const open = refund({ status: RefundStatus.APPLIED });
    expect(owesOrder(null, open)).toBe(true);
    for (const status of ['AGREED', 'WITHDRAWN', 'REJECTED_FINAL'] as const) {
      expect(owesOrder(open, refund({ status: RefundStatus[status] }))).toBe(true);
    }
    const sent = refund({ status: RefundStatus.REFUNDING });
    expect(owesOrder(refund({ status: RefundStatus.AGREED }), sent)).toBe(false);
    expect(owesOrder(sent, refund({ status: RefundStatus.SUCCEEDED }))).toBe(true);
  });

  test('hears of a refund that is born agreed only where it ends with it', () => {
    const born = { status: RefundStatus.AGREED };
    expect(owesOrder(null, refund(born))).toBe(true);
    expect(owesOrder(null, refund({ ...born, origin: RefundOrigin.ORDER_INVALIDATED }))).toBe(false);
    expect(owesOrder(null, refund({ ...born, scope: RefundScope.ITEMS, origin: RefundOrigin.MERCHANT }))).toBe(false);
  });
});
