/** Refunds from the outside, on real servers: the order app, the after-sale app and a simulated payment channel. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DiscountBearer, DiscountScope } from '@ordo/contracts';
import {
  aMerchantToken,
  aPlaceOrder,
  aUserToken,
  aVirtualPlaceOrder,
  eventually,
  type PlaceOrderBody,
} from '@ordo/testing';
import { AftersaleStage, type Document, expectStatus } from '../harness/aftersale-stage.js';
import { EventRecorder } from '../harness/event-recorder.js';
import type { Answer, RestClient } from '../harness/rest-client.js';

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
const { MERCHANT, PLATFORM } = DiscountBearer;
const exampleB = (): PlaceOrderBody =>
  aPlaceOrder({
    discounts: [
      { discountId: 'cut', name: 'Cut', amount: 200, bearer: MERCHANT, scope: DiscountScope.DELIVERY },
      { discountId: 'reduction', name: 'Reduction', amount: 900, bearer: MERCHANT },
      { discountId: 'subsidy', name: 'Reduction', amount: 300, bearer: PLATFORM },
      { discountId: 'packet', name: 'Red packet', amount: 400, bearer: PLATFORM },
    ],
  });
const oneDumpling = { scope: 'ITEMS', items: [{ itemId: 'dumplings', quantity: 1 }] };

const userOf = async ({ userId }: PlaceOrderBody): Promise<RestClient> => stage.refunds.as(await aUserToken(userId));
const merchantOf = async ({ merchantId }: PlaceOrderBody): Promise<RestClient> =>
  stage.refunds.as(await aMerchantToken(merchantId));

const decided = (client: RestClient, refund: Document, word: string, body: Document = {}): Promise<Document> =>
  expectStatus(200, client.post(`/v1/refunds/${String(refund['refundId'])}/${word}`, body));
const started = (body: Document, key: string): Promise<Answer> =>
  stage.refunds.send('POST', '/v1/refunds/started', { reason: 'spec', ...body }, { 'idempotency-key': key });

/** The one refund of an order that began by itself, once the channel has moved its money. */
async function untilPaidBack(orderId: string, origin: string): Promise<Document> {
  const look = async (): Promise<Document | undefined> => {
    const { refunds } = (await stage.whole(orderId)) as { refunds: Document[] };
    return refunds.find((refund) => refund['origin'] === origin && refund['status'] === 'SUCCEEDED');
  };
  return eventually(look, `the money of order ${orderId} is back`, 40_000);
}

describe('after completion', () => {
  test('one of two portions goes back to the cent, the rest goes back later, and the order carries what happened', async () => {
    const order = exampleB();
    const orderId = await stage.completed(order);
    const applied = await stage.applied(await userOf(order), { orderId, ...oneDumpling });
    expect(applied).toMatchObject({ status: 'APPLIED', kind: 'AFTER_SALE', amount: 1014, platformAmount: 212 });
    await stage.untilTagged(orderId, ['AFTER_SALE_OPEN']);
    const agreed = await decided(await merchantOf(order), applied, 'agreement');
    expect(agreed).toMatchObject({ status: 'AGREED', refundNumber: `${orderId}-1` });
    await stage.untilRefund(applied['refundId'], 'SUCCEEDED');
    await stage.untilTagged(orderId, ['PARTIALLY_REFUNDED']);
    const rest = await expectStatus(201, started({ orderId, scope: 'FULL', role: 4 }, 'rest'));
    expect(rest).toMatchObject({ status: 'AGREED', amount: 2586, delivery: 300, origin: 'CUSTOMER_SERVICE' });
    await stage.untilRefund(rest['refundId'], 'SUCCEEDED');
    await stage.untilTagged(orderId, ['FULLY_REFUNDED']);
    expect(await stage.whole(orderId)).toMatchObject({ pendingAmount: 0, refundedAmount: 3600 });
    const { byPayment, doubled } = await stage.simulator.book();
    expect([byPayment[`pay-${orderId}`], doubled]).toEqual([3600, 0]);
    const heard = await recorder.untilHeard(orderId, 5 + 3 + 4 + 3);
    const mine = heard.filter(({ event }) => event.data['refundId'] === applied['refundId']);
    expect(mine.map(({ id, type }) => [id, type])).toEqual(
      ['applied', 'agreed', 'refunding', 'succeeded'].map((event, at) => [
        `${String(applied['refundId'])}-${at + 1}`,
        `ordo.refund.${event}.v1`,
      ]),
    );
  }, 120_000);

  test('a rejected application is appealed twice, ruled on, and ends; customer service alone pays after that', async () => {
    const order = aPlaceOrder();
    const orderId = await stage.completed(order);
    const [user, merchant] = [await userOf(order), await merchantOf(order)];
    const refund = await stage.applied(user, { orderId, scope: 'AMOUNT', amount: 500 });
    for (const round of [1, 2]) {
      if (round === 1) await decided(merchant, refund, 'rejection', { note: 'all was there' });
      const appealed = await decided(user, refund, 'appeal', { note: `look ${round}`, evidence: [`picture-${round}`] });
      expect(appealed).toMatchObject({ status: 'ARBITRATING', appeals: round, deadlineAt: null });
      await decided(stage.refunds, refund, 'ruling', { decision: 'DISMISS' });
    }
    const ended = await stage.untilRefund(refund['refundId'], 'REJECTED_FINAL');
    expect(ended).toMatchObject({ appeals: 2, evidence: ['picture-1', 'picture-2'], note: 'look 2' });
    const third = await user.post(`/v1/refunds/${String(refund['refundId'])}/appeal`);
    expect(third).toMatchObject({
      status: 409,
      body: { code: 'REFUND_NOT_APPEALABLE', currentStatus: 'REJECTED_FINAL' },
    });
    await stage.untilTagged(orderId, []);
    const kind = await expectStatus(201, started({ orderId, scope: 'AMOUNT', amount: 500, role: 4 }, 'kindness'));
    await stage.untilRefund(kind['refundId'], 'SUCCEEDED');
  }, 120_000);

  test('an appeal that is upheld pays, and one that is taken back pays nothing', async () => {
    const order = aVirtualPlaceOrder();
    const orderId = await stage.completed(order);
    const user = await userOf(order);
    const withdrawn = await stage.applied(user, { orderId, scope: 'FULL' });
    await decided(user, withdrawn, 'withdrawal');
    const refund = await stage.applied(user, { orderId, scope: 'FULL' });
    await decided(await merchantOf(order), refund, 'rejection');
    await decided(user, refund, 'appeal');
    await decided(stage.refunds, refund, 'ruling', { decision: 'UPHOLD' });
    await stage.untilRefund(refund['refundId'], 'SUCCEEDED');
    expect(await stage.untilRefund(withdrawn['refundId'], 'WITHDRAWN')).toMatchObject({ refundNumber: null });
  }, 120_000);

  test('silence agrees, and an appeal that nobody makes lapses', async () => {
    const [silent, lapsing] = [aPlaceOrder(), aPlaceOrder()];
    const ids = [await stage.completed(silent), await stage.completed(lapsing)];
    const applied = await stage.applied(await userOf(silent), { orderId: ids[0], ...oneDumpling });
    const rejected = await stage.applied(await userOf(lapsing), { orderId: ids[1], ...oneDumpling });
    await decided(await merchantOf(lapsing), rejected, 'rejection');
    await stage.elapse(applied['refundId'], 1);
    await stage.elapse(rejected['refundId'], 2);
    const agreed = await stage.untilRefund(applied['refundId'], 'SUCCEEDED', 45_000);
    const ended = await stage.untilRefund(rejected['refundId'], 'REJECTED_FINAL', 45_000);
    expect([agreed['role'], ended['role']]).toEqual([2, 2]);
  }, 120_000);
});

describe('before completion', () => {
  test('a user cancels freely before acceptance and within a minute after it, and the money comes back by itself', async () => {
    for (const make of [
      (order: PlaceOrderBody) => stage.paid(order),
      (order: PlaceOrderBody) => stage.accepted(order),
    ]) {
      const order = exampleB();
      const orderId = await make(order);
      const answer = await expectStatus(200, (await userOf(order)).post(`/v1/orders/${orderId}/cancellation`));
      expect(answer).toMatchObject({
        outcome: 'CANCELLED',
        order: { status: 'INVALID', reasonCode: 13 },
        refund: null,
      });
      const refund = await untilPaidBack(orderId, 'ORDER_INVALIDATED');
      expect(refund).toMatchObject({ amount: 3600, delivery: 300, scope: 'FULL', role: 2 });
      expect(refund['coupons']).toEqual([
        { discountId: 'subsidy', amount: 300 },
        { discountId: 'packet', amount: 400 },
      ]);
      await stage.untilTagged(orderId, ['FULLY_REFUNDED']);
    }
  }, 120_000);

  test('later a cancellation asks the merchant, whose agreement ends the order and pays once', async () => {
    const order = aPlaceOrder();
    const orderId = await stage.accepted(order);
    const user = await userOf(order);
    await stage.age(orderId, 61);
    const asked = await expectStatus(
      200,
      user.post(`/v1/orders/${orderId}/cancellation`, { note: 'it takes too long' }),
    );
    expect(asked).toMatchObject({
      outcome: 'APPLIED',
      order: { status: 'ACCEPTED' },
      refund: { kind: 'IN_SALE', status: 'APPLIED' },
    });
    const again = await expectStatus(
      200,
      user.post(`/v1/orders/${orderId}/cancellation`, { note: 'it takes too long' }),
    );
    expect(again['refund']).toEqual(asked['refund']);
    await stage.untilTagged(orderId, ['IN_SALE_OPEN']);
    const refund = asked['refund'] as Document;
    await decided(await merchantOf(order), refund, 'agreement');
    await stage.untilRefund(refund['refundId'], 'SUCCEEDED');
    const ended = await stage.untilTagged(orderId, ['FULLY_REFUNDED']);
    expect(ended).toMatchObject({ status: 'INVALID' });
    expect(await stage.whole(orderId)).toMatchObject({
      refunds: [{ refundId: refund['refundId'] }],
      refundedAmount: order.payAmount,
    });
  }, 120_000);

  test('a merchant rejects or force-cancels, and an application that was open ends with the order', async () => {
    const order = aPlaceOrder();
    const orderId = await stage.accepted(order);
    const applied = await stage.applied(await userOf(order), { orderId, ...oneDumpling });
    const merchant = await merchantOf(order);
    const answer = await expectStatus(200, merchant.post(`/v1/orders/${orderId}/cancellation`, { reasonCode: 5 }));
    expect(answer).toMatchObject({ outcome: 'CANCELLED', order: { status: 'INVALID', reasonCode: 5, role: 3 } });
    const refund = await untilPaidBack(orderId, 'ORDER_INVALIDATED');
    expect(refund['amount']).toBe(order.payAmount);
    await stage.untilRefund(applied['refundId'], 'WITHDRAWN');
  }, 120_000);

  test('a merchant gives a part back without being asked, and the end of the order gives back what is left', async () => {
    const order = exampleB();
    const orderId = await stage.accepted(order);
    const merchant = await merchantOf(order);
    const body = { orderId, ...oneDumpling, reason: 'sold out' };
    const part = await expectStatus(
      201,
      merchant.send('POST', '/v1/refunds/started', body, { 'idempotency-key': 'part' }),
    );
    expect(part).toMatchObject({ status: 'AGREED', origin: 'MERCHANT', amount: 1014 });
    await expectStatus(200, merchant.post(`/v1/orders/${orderId}/cancellation`));
    const rest = await untilPaidBack(orderId, 'ORDER_INVALIDATED');
    expect(rest).toMatchObject({ amount: 2586, coupons: [] });
    await stage.untilRefund(part['refundId'], 'SUCCEEDED');
    await stage.untilTagged(orderId, ['FULLY_REFUNDED']);
  }, 120_000);

  test('a payment that is late and one that is a second refund themselves, whatever the order is', async () => {
    const [closed, doubly] = [aPlaceOrder(), aPlaceOrder()];
    const late = await stage.orders.placed(closed);
    await expectStatus(200, (await userOf(closed)).post(`/v1/orders/${late}/cancellation`));
    const twice = await stage.paid(doubly);
    const payments = [
      [late, `late-${late}`, closed.payAmount],
      [twice, `second-${twice}`, 777],
    ] as const;
    for (const [orderId, paymentId, amount] of payments) {
      await stage.simulator.takePayments({ paymentId, amount, currency: 'CNY' });
      await expectStatus(200, stage.orders.paid(orderId, amount, paymentId));
    }
    for (const [orderId, paymentId, amount] of payments) {
      const refund = await untilPaidBack(orderId, 'LATE_PAYMENT');
      expect(refund).toMatchObject({ amount, items: [], role: 2 });
      expect((await stage.simulator.book()).byPayment[paymentId]).toBe(amount);
    }
    expect((await stage.orders.get(`/v1/orders/${twice}`)).body).toMatchObject({ status: 'PAID' });
  }, 120_000);
});

describe('the channel', () => {
  test('fails, is tried again under the same number, and heals', async () => {
    const order = aPlaceOrder();
    const orderId = await stage.completed(order);
    const number = `${orderId}-1`;
    await stage.simulator.plan(number, { before: 'fault' }, { outcome: 'failed', reason: 'OTHER' });
    const refund = await expectStatus(201, started({ orderId, ...oneDumpling, role: 3 }, 'heals'));
    await stage.untilRefund(refund['refundId'], 'FAILED');
    const healed = await stage.untilRefund(refund['refundId'], 'SUCCEEDED', 60_000);
    expect(healed).toMatchObject({ refundNumber: number, failure: null });
    const { byNumber } = await stage.simulator.book();
    expect(byNumber[number]).toMatchObject({ times: 1 });
  }, 120_000);
});
