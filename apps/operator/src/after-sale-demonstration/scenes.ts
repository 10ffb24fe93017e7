/** The scenes of the after-sale demonstration. Amounts are those of DOMAIN §3, examples B and C, to the cent. */
import { InvalidReason, Role } from '@ordo/contracts';
import { memberOf } from '../demonstration/order-api.js';
import type { Scene } from './scene.js';

const PAID = 3_600;
/** Example C: one of two dumplings. */
const ONE_DUMPLING = 1_014;
const PLATFORM_SHARE = 212;
const THE_REST = 2_586;

export interface ScenePlan {
  readonly title: string;
  play(scene: Scene): Promise<void>;
}

/** compensation/rules.yaml: a forced cancellation, and 20 to 30 minutes late. */
const FORCED = 500;
const TWENTY_MINUTES_LATE = 600;

const reason = 'demonstration';
const oneDumpling = { scope: 'ITEMS', items: [{ itemId: 'b', quantity: 1 }], reason };

async function cancelledBeforeAcceptance(scene: Scene): Promise<void> {
  await scene.meal('PAID');
  await scene.ask({
    ...{ by: 'user', path: `/v1/orders/${scene.orderId}/cancellation`, http: 200 },
    expect: { outcome: 'CANCELLED', refund: null },
    remark: 'not accepted yet: the user just cancels',
  });
  await scene.untilPaidBack(PAID);
  await scene.tagged('FULLY_REFUNDED');
}

async function cancelledByAgreement(scene: Scene): Promise<void> {
  await scene.meal('ACCEPTED');
  const { orderId } = scene;
  const expect = { status: 'APPLIED', kind: 'IN_SALE', amount: PAID };
  const asked = { orderId, scope: 'FULL', reason };
  const applied = await scene.ask({ by: 'user', path: '/v1/refunds', body: asked, http: 201, expect });
  const refundId = memberOf(applied, 'refundId');
  await scene.ask({
    ...{ by: 'user', path: '/v1/refunds', body: asked, http: 409, expect: { code: 'REFUND_ALREADY_OPEN' } },
    remark: 'one open application per order',
  });
  await scene.ask({
    ...{ by: 'merchant', path: `/v1/refunds/${refundId}/agreement`, http: 200, expect: { status: 'AGREED' } },
    remark: 'the amount is set aside; no money has moved',
  });
  await scene.until(refundId, 'SUCCEEDED', 'the channel says that it moved');
  await scene.tagged('FULLY_REFUNDED');
  await scene.heard(refundId, 'applied', 'agreed', 'refunding', 'succeeded');
}

async function exampleC(scene: Scene): Promise<void> {
  await scene.meal('COMPLETED');
  const { orderId } = scene;
  await scene.ask({
    ...{ by: 'user', path: '/v1/refunds', body: { orderId, scope: 'AMOUNT', amount: PAID + 1, reason }, http: 422 },
    ...{ expect: { code: 'REFUND_EXCEEDS_PAID' }, remark: 'a cent more than was paid' },
  });
  const applied = await scene.ask({
    ...{ by: 'user', path: '/v1/refunds', body: { orderId, ...oneDumpling }, http: 201 },
    expect: {
      status: 'APPLIED',
      kind: 'AFTER_SALE',
      amount: ONE_DUMPLING,
      platformAmount: PLATFORM_SHARE,
      delivery: 0,
    },
    remark: `example C: ${ONE_DUMPLING} to the user, ${PLATFORM_SHARE} to the platform`,
  });
  const refundId = memberOf(applied, 'refundId');
  await scene.ask({
    ...{ by: 'stranger', path: `/v1/refunds/${refundId}/withdrawal`, http: 404, expect: { code: 'REFUND_NOT_FOUND' } },
    remark: 'another user’s token: 404, not 403',
  });
  await scene.ask({
    by: 'merchant',
    path: `/v1/refunds/${refundId}/agreement`,
    http: 200,
    expect: { status: 'AGREED' },
  });
  await scene.until(refundId, 'SUCCEEDED');
  await scene.tagged('PARTIALLY_REFUNDED');
  const rest = await scene.ask({
    ...{ by: 'service', path: '/v1/refunds/started', http: 201, remark: 'the rest, delivery included, to the cent' },
    body: { orderId, scope: 'FULL', reason, role: Role.CUSTOMER_SERVICE },
    expect: { status: 'AGREED', amount: THE_REST, delivery: 300 },
  });
  await scene.until(memberOf(rest, 'refundId'), 'SUCCEEDED');
  await scene.untilPaidBack(PAID);
  await scene.tagged('FULLY_REFUNDED');
  await scene.heard(refundId, 'applied', 'agreed', 'refunding', 'succeeded');
}

async function appealedAndRuled(scene: Scene): Promise<void> {
  await scene.meal('COMPLETED');
  const body = { orderId: scene.orderId, ...oneDumpling };
  const applied = await scene.ask({ by: 'user', path: '/v1/refunds', body, http: 201, expect: { status: 'APPLIED' } });
  const refundId = memberOf(applied, 'refundId');
  const path = (word: string): string => `/v1/refunds/${refundId}/${word}`;
  await scene.ask({
    ...{ by: 'merchant', path: path('rejection'), body: { note: 'all was there' }, http: 200 },
    expect: { status: 'REJECTED' },
  });
  await scene.ask({
    ...{ by: 'merchant', path: path('agreement'), http: 409, remark: 'too late: it was rejected' },
    expect: { code: 'REFUND_NOT_AGREEABLE', currentStatus: 'REJECTED' },
  });
  const evidence = { note: 'look at the picture', evidence: ['demonstration/picture-1'] };
  await scene.ask({
    ...{ by: 'user', path: path('appeal'), body: evidence, http: 200, expect: { status: 'ARBITRATING', appeals: 1 } },
  });
  const ruling = { decision: 'UPHOLD', role: Role.CUSTOMER_SERVICE };
  await scene.ask({
    ...{ by: 'service', path: path('ruling'), body: ruling, http: 200, expect: { status: 'AGREED' } },
    remark: 'customer service rules for the user',
  });
  await scene.until(refundId, 'SUCCEEDED');
  await scene.tagged('PARTIALLY_REFUNDED');
  await scene.heard(refundId, 'applied', 'rejected', 'arbitrating', 'agreed', 'refunding', 'succeeded');
}

async function channelHeals(scene: Scene): Promise<void> {
  await scene.meal('COMPLETED');
  const number = `${scene.orderId}-1`;
  await scene.stage.channel.plan(number, { before: 'fault' }, { outcome: 'failed' });
  const begun = await scene.ask({
    ...{ by: 'merchant', path: '/v1/refunds/started', body: { orderId: scene.orderId, ...oneDumpling }, http: 201 },
    ...{ expect: { status: 'AGREED', refundNumber: number }, remark: 'a merchant gives a part back unasked' },
  });
  const refundId = memberOf(begun, 'refundId');
  await scene.until(refundId, 'FAILED', 'the channel breaks, is asked, sent to again, and says "failed"');
  await scene.until(refundId, 'SUCCEEDED', `healed, under the same number ${number}`);
  await scene.heard(refundId, 'agreed', 'refunding', 'failed', 'refunding', 'succeeded');
}

async function merchantEnds(scene: Scene): Promise<void> {
  await scene.meal('ACCEPTED');
  const { orderId } = scene;
  const path = '/v1/refunds/started';
  const expect = { status: 'AGREED', amount: ONE_DUMPLING, origin: 'MERCHANT' };
  await scene.ask({
    by: 'merchant',
    path,
    body: { orderId, ...oneDumpling },
    http: 201,
    expect,
    remark: 'one is sold out',
  });
  await scene.ask({
    ...{ by: 'merchant', path: `/v1/orders/${orderId}/cancellation`, http: 200, remark: 'then everything is' },
    ...{ body: { reasonCode: InvalidReason.SOLD_OUT }, expect: { outcome: 'CANCELLED' } },
  });
  await scene.untilPaidBack(PAID);
  await scene.tagged('FULLY_REFUNDED');
  await scene.compensated('forced-cancel', FORCED);
}

async function lateAndCompensated(scene: Scene): Promise<void> {
  await scene.meal('COMPLETED');
  const { orderId } = scene;
  const path = '/v1/compensations';
  const facts = (minutesLate: number): Readonly<Record<string, unknown>> => ({
    ...{ orderId, rule: 'late-delivery', measures: { minutesLate } },
  });
  await scene.ask({
    ...{ by: 'service', path, body: facts(8), http: 200, expect: { outcome: 'NOTHING_OWED', compensation: null } },
    remark: '8 minutes late: nothing is owed',
  });
  await scene.ask({
    ...{ by: 'service', path, body: facts(24), http: 200, expect: { outcome: 'GRANTED', replayed: false } },
    remark: '24 minutes late',
  });
  await scene.ask({
    ...{ by: 'service', path, body: facts(45), http: 200, expect: { outcome: 'GRANTED', replayed: true } },
    remark: 'once per order and rule: the grant of before',
  });
  await scene.ask({
    ...{ by: 'user', path, body: facts(24), http: 403, expect: { code: 'FORBIDDEN' } },
    remark: 'nobody grants himself',
  });
  await scene.compensated('late-delivery', TWENTY_MINUTES_LATE);
}

export const scenePlans: readonly ScenePlan[] = [
  { title: 'cancelled before acceptance: the money comes back by itself', play: cancelledBeforeAcceptance },
  { title: 'cancelled in the kitchen: applied for, agreed, and the order ends', play: cancelledByAgreement },
  { title: 'a part of the merchant’s own accord, then the end of the order gives back the rest', play: merchantEnds },
  { title: 'one of two portions after completion, then the rest', play: exampleC },
  { title: 'rejected, appealed, and ruled on', play: appealedAndRuled },
  { title: 'the channel fails and heals', play: channelHeals },
  { title: 'brought late, and compensated once', play: lateAndCompensated },
];
