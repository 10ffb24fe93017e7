/** The spliced text against the document that it stands for. No server. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { documentOf } from './order-document.js';
import type { OrderBase, OrderExt } from './order-record.js';
import { cachedHeadOf, documentTextOf, extTextOf, headOf, headOfCached } from './order-text.js';

const base: OrderBase = {
  ...{ orderId: '255729303457974272', userId: '7', merchantId: '9', bizType: 'takeout', status: 'PAID', version: 2 },
  ...{ tags: 1, currency: 'CNY', payAmount: 1, goodsAmount: 1, packingAmount: 0, deliveryAmount: 0, discountAmount: 0 },
  ...{ businessDate: '2026-11-20', daySerial: 3, deadlineAt: 1, createdAt: 2, paidAt: 3, acceptedAt: null },
  ...{ receivedAt: null, completedAt: null, invalidatedAt: null, reasonCode: null, role: 1, paymentId: 'p' },
};

const texts = fc.string({ unit: 'binary', maxLength: 20 });
const exts: fc.Arbitrary<OrderExt> = fc.record({
  items: fc.array(
    fc.record({
      ...{ itemId: texts, skuId: texts, name: texts },
      ...{ quantity: fc.nat(), unitPrice: fc.nat(), packingFee: fc.nat(), payable: fc.nat() },
      discountShares: fc.array(fc.record({ discountId: texts, amount: fc.nat() }), { maxLength: 2 }),
    }),
    { maxLength: 3 },
  ),
  fees: fc.record({ delivery: fc.nat() }),
  discounts: fc.constant([]),
  recipient: fc.record({ name: texts, phone: texts, address: texts }),
  remark: texts,
  extension: fc.dictionary(texts, fc.jsonValue()),
});

describe('the text of an order', () => {
  test('is to the letter the document written as JSON, whatever the snapshot holds', () => {
    fc.assert(
      fc.property(exts, (ext) => {
        expect(documentTextOf(headOf(base).text, extTextOf(ext))).toBe(JSON.stringify(documentOf(base, ext)));
      }),
    );
  });

  test('keeps who may see it beside its head', () => {
    for (const each of [base, { ...base, paidAt: null }]) {
      expect(headOfCached(cachedHeadOf(headOf(each)))).toEqual(headOf(each));
    }
    expect(headOf(base)).toMatchObject({ userId: '7', merchantId: '9', effective: true });
    expect(headOf({ ...base, paidAt: null }).effective).toBe(false);
  });
});
