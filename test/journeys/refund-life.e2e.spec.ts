/** Refunds from the outside, on real servers: the order app, the after-sale app and a simulated payment channel. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DiscountBearer, DiscountScope } from '@ordo/contracts';
import { aMerchantToken, aPlaceOrder, aUserToken } from '@ordo/testing';
import { AftersaleStage, expectStatus } from '../harness/aftersale-stage.js';
import { EventRecorder } from '../harness/event-recorder.js';

let stage: AftersaleStage;
let recorder: EventRecorder;

beforeAll(async () => {
  recorder = await EventRecorder.open();
  stage = await AftersaleStage.open();
}, 240_000);

afterAll(async () => {
  await recorder?.close();
  await stage?.end();
}, 60_000);

/** DOMAIN §3, example B: 3600 paid, of which one of the two dumplings is worth 1014. */
const exampleB = () =>
  aPlaceOrder({
    discounts: [
      {
        discountId: 'delivery',
        name: 'Cut',
        amount: 200,
        bearer: DiscountBearer.MERCHANT,
        scope: DiscountScope.DELIVERY,
      },
      { discountId: 'reduction', name: 'Reduction', amount: 900, bearer: DiscountBearer.MERCHANT },
      { discountId: 'subsidy', name: 'Reduction', amount: 300, bearer: DiscountBearer.PLATFORM },
      { discountId: 'packet', name: 'Red packet', amount: 400, bearer: DiscountBearer.PLATFORM },
    ],
  });

describe('after completion', () => {
  test('one of two portions goes back to the cent, the rest goes back later, and the order carries what happened', async () => {
    const order = exampleB();
    const orderId = await stage.completed(order);
    const user = stage.refunds.as(await aUserToken(order.userId));
    const merchant = stage.refunds.as(await aMerchantToken(order.merchantId));
    const items = [{ itemId: 'dumplings', quantity: 1 }];
    const applied = await stage.applied(user, { orderId, scope: 'ITEMS', items });
    expect(applied).toMatchObject({ status: 'APPLIED', kind: 'AFTER_SALE', amount: 1014, platformAmount: 212 });
    await stage.untilTagged(orderId, ['AFTER_SALE_OPEN']);
    const agreed = await expectStatus(200, merchant.post(`/v1/refunds/${applied['refundId']}/agreement`));
    expect(agreed).toMatchObject({ status: 'AGREED', refundNumber: `${orderId}-1` });
    await stage.untilRefund(applied['refundId'], 'SUCCEEDED');
    await stage.untilTagged(orderId, ['PARTIALLY_REFUNDED']);
    const rest = await expectStatus(
      201,
      stage.refunds.send(
        'POST',
        '/v1/refunds/started',
        { orderId, scope: 'FULL', reason: 'cold', role: 4 },
        { 'idempotency-key': 'rest' },
      ),
    );
    expect(rest).toMatchObject({
      status: 'AGREED',
      amount: 2586,
      delivery: 300,
      origin: 'CUSTOMER_SERVICE',
      coupons: [],
    });
    await stage.untilRefund(rest['refundId'], 'SUCCEEDED');
    await stage.untilTagged(orderId, ['FULLY_REFUNDED']);
    expect(await stage.whole(orderId)).toMatchObject({ pendingAmount: 0, refundedAmount: 3600 });
    const { byPayment, doubled } = await stage.simulator.book();
    expect([byPayment[`pay-${orderId}`], doubled]).toEqual([3600, 0]);
    const heard = await recorder.untilHeard(orderId, 5 + 4 + 3 + 3);
    const mine = heard.filter(({ event }) => event.data['refundId'] === applied['refundId']);
    expect(mine.map(({ id, type }) => [id, type])).toEqual(
      ['applied', 'agreed', 'refunding', 'succeeded'].map((event, at) => [
        `${String(applied['refundId'])}-${at + 1}`,
        `ordo.refund.${event}.v1`,
      ]),
    );
  }, 120_000);
});
