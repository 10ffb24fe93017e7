/** The after-sale app for services and operators: gRPC beside REST, quotas, callbacks, compensation, and the operator's commands. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cloudEventBody } from '@ordo/broadcast';
import { type ErrorCode, errorTable } from '@ordo/contracts';
import { signMessage } from '@ordo/platform';
import { decodeOrderNumber, laneNode, laneOf, laneSchema, quote } from '@ordo/sharding';
import {
  aMerchantToken,
  aPlaceOrder,
  aServiceToken,
  aUserToken,
  eventually,
  type PlaceOrderBody,
  simulatedSecrets,
  testStack,
} from '@ordo/testing';
import { connect } from 'amqplib';
import { AftersaleStage, type Document, expectStatus } from '../harness/aftersale-stage.js';
import { EventRecorder } from '../harness/event-recorder.js';
import { GrpcClient } from '../harness/grpc-client.js';
import { ordo } from '../harness/operator-command.js';
import { RestClient } from '../harness/rest-client.js';

let stage: AftersaleStage;
let recorder: EventRecorder;
let service: GrpcClient;
const order: PlaceOrderBody = aPlaceOrder();

beforeAll(async () => {
  recorder = await EventRecorder.open();
  stage = await AftersaleStage.open();
  service = new GrpcClient(stage.aftersale.grpcAddress, await aServiceToken(), 'aftersale');
  process.env['ORDO_AFTERSALE_URL'] = stage.aftersale.url;
}, 240_000);

afterAll(async () => {
  delete process.env['ORDO_AFTERSALE_URL'];
  service?.close();
  await recorder?.close();
  await stage?.end();
}, 60_000);

const oneDumpling = { scope: 'ITEMS', items: [{ itemId: 'dumplings', quantity: 1 }], reason: 'spec' };
const started = (orderId: string): Promise<Document> =>
  expectStatus(
    201,
    stage.refunds.send(
      'POST',
      '/v1/refunds/started',
      { orderId, ...oneDumpling, role: 4 },
      { 'idempotency-key': randomUUID() },
    ),
  );
const withoutNulls = (document: Document): Document =>
  Object.fromEntries(Object.entries(document).filter(([, value]) => value !== null));

describe('ordo.aftersale.v1', () => {
  test('answers the documents of REST and refuses with its codes, in the status of the table', async () => {
    const orderId = await stage.completed(order);
    const asked = { orderId, ...oneDumpling };
    const key = { idempotencyKey: randomUUID() };
    const refusals: readonly (readonly [string, object, ErrorCode])[] = [
      [
        'ApplyForRefund',
        { ...asked, ...key, scope: 'AMOUNT', items: [], amount: 9_999_999, role: 1 },
        'REFUND_EXCEEDS_PAID',
      ],
      ['ApplyForRefund', { ...asked, ...key, items: [{ itemId: 'x', quantity: 1 }], role: 1 }, 'REFUND_ITEM_UNKNOWN'],
      ['ApplyForRefund', { ...asked, role: 1 }, 'IDEMPOTENCY_KEY_MISSING'],
      ['GetRefund', { refundId: orderId }, 'REFUND_NOT_FOUND'],
      ['GrantCompensation', { orderId, rule: 'no-such-rule' }, 'COMPENSATION_RULE_UNKNOWN'],
      ['ReconcileRefunds', { date: '2026-02-30' }, 'INVALID_ARGUMENT'],
    ];
    for (const [method, request, code] of refusals) {
      const { status, problem } = await service.refused(method, request);
      expect([method, problem['code'], status]).toEqual([method, code, errorTable[code].grpc]);
    }
    expect((await stage.whole(orderId))['refunds']).toEqual([]);
    const applied = await service.call('ApplyForRefund', { ...asked, ...key, role: 1 });
    const { refundId } = applied['refund'] as { refundId: string };
    const early = await service.refused('WithdrawRefund', { refundId, role: 3 });
    expect([403, 409]).toContain(errorTable[early.problem['code'] as ErrorCode].http);
    expect(await service.call('AgreeRefund', { refundId, role: 3 })).toMatchObject({ status: 'AGREED' });
    await stage.untilRefund(refundId, 'SUCCEEDED');
    const shown = (await stage.refunds.get(`/v1/refunds/${refundId}`)).body;
    expect(await service.call('GetRefund', { refundId })).toMatchObject(withoutNulls(shown));
    const whole = await service.call('ListOrderRefunds', { orderId });
    expect(whole).toMatchObject({ orderId, pendingAmount: 0, refundedAmount: shown['amount'] });
  }, 60_000);
});

describe('a caller with too many calls', () => {
  test('is told when to come again, by his own quota alone, and nothing is written', async () => {
    const orderId = await stage.completed(order);
    const strict = await stage.start('api', { ORDO_QUOTA_BOUND_PER_MINUTE: '3' });
    try {
      const user = new RestClient(strict.url, await aUserToken(order.userId));
      const asked = { orderId, ...oneDumpling };
      const apply = (body: Document) => user.send('POST', '/v1/refunds', body, { 'idempotency-key': randomUUID() });
      const told = [];
      for (let count = 0; count < 4; count += 1) told.push(await apply({ ...asked, scope: 'NONE' }));
      expect(told.map(({ status }) => status)).toEqual([400, 400, 400, 429]);
      expect(told[3]?.body).toMatchObject({ code: 'RATE_LIMITED' });
      expect(Number(told[3]?.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await apply(asked)).status).toBe(429);
      expect((await stage.whole(orderId))['refunds']).toEqual([]);
      const merchant = new RestClient(strict.url, await aMerchantToken(order.merchantId));
      expect((await merchant.get(`/v1/orders/${orderId}/refunds`)).status).toBe(200);
    } finally {
      await strict.stop();
    }
  }, 90_000);
});

describe('a callback', () => {
  test('that is delivered twice word for word is taken once, and one about another amount is not', async () => {
    const orderId = await stage.completed(order);
    const number = `${orderId}-1`;
    await stage.simulator.plan(number, { settleMs: null });
    const { refundId, amount } = await started(orderId);
    await stage.untilRefund(refundId, 'REFUNDING');
    await eventually(async () => (await stage.simulator.book()).byNumber[number], 'the channel has the refund');
    const deliver = async (said: Document, headers?: Record<string, string>): Promise<[number, unknown]> => {
      const raw = JSON.stringify({
        ...{ refundNumber: number, status: 'succeeded', amount, currency: 'CNY', reference: 'by-hand' },
        ...{ occurredAt: '2026-11-20T12:00:00.000Z', ...said },
      });
      const signed = headers ?? { ...signMessage(Buffer.from(raw), simulatedSecrets.channel, Date.now()) };
      const path = '/v1/channels/generic/callbacks';
      const { status, body } = await stage.refunds.as('').send('POST', path, raw, signed);
      return [status, body['code']];
    };
    expect(await deliver({ amount: Number(amount) + 1 })).toEqual([
      errorTable.CALLBACK_UNREADABLE.http,
      'CALLBACK_UNREADABLE',
    ]);
    const raw = JSON.stringify({
      ...{ refundNumber: number, status: 'succeeded', amount, currency: 'CNY', reference: 'by-hand' },
      occurredAt: '2026-11-20T12:00:00.000Z',
    });
    const once = { ...signMessage(Buffer.from(raw), simulatedSecrets.channel, Date.now()) };
    expect(await deliver({}, once)).toEqual([204, undefined]);
    const ended = await stage.untilRefund(refundId, 'SUCCEEDED');
    expect(await deliver({}, once)).toEqual([errorTable.MESSAGE_REPLAYED.http, 'MESSAGE_REPLAYED']);
    expect((await stage.refunds.get(`/v1/refunds/${String(refundId)}`)).body).toEqual(ended);
    expect(await stage.whole(orderId)).toMatchObject({ refundedAmount: amount, pendingAmount: 0 });
  }, 60_000);
});

async function publishLate(orderId: string, { userId, merchantId }: PlaceOrderBody, times: number): Promise<void> {
  const connection = await connect(testStack().amqpUrl);
  const channel = await connection.createConfirmChannel();
  const data = {
    ...{
      deliveryId: orderId,
      rule: 'late-delivery',
      ruleVersion: 1,
      city: 'nowhere',
      minutesLate: 24,
      currency: 'CNY',
    },
    ...{ promisedAt: '2026-11-20T11:36:00.000Z', deliveredAt: '2026-11-20T12:00:00.000Z' },
  };
  const body = cloudEventBody({
    ...{ source: '/ordo/delivery', type: 'ordo.delivery.late.v1', orderId, recordId: orderId, version: 3 },
    ...{ userId, merchantId, bizType: 'takeout', occurredAtMs: Date.now(), sentAtMs: Date.now() },
    ...{ role: undefined, traceParent: undefined, data },
  });
  for (let time = 0; time < times; time += 1)
    channel.publish('ordo.delivery', 'takeout.late', body, { persistent: true });
  await channel.waitForConfirms();
  await connection.close();
}

describe('compensation', () => {
  const grantsOf = async (client: RestClient, orderId: string): Promise<Document[]> =>
    ((await client.get(`/v1/orders/${orderId}/compensations`)).body['compensations'] ?? []) as Document[];
  const untilPaid = (orderId: string): Promise<Document[]> =>
    eventually(async () => {
      const grants = await grantsOf(stage.refunds, orderId);
      return grants.length > 0 && grants.every(({ status }) => status === 'PAID') ? grants : undefined;
    }, `the compensations of ${orderId} are paid`);

  test('of a late delivery follows its event, once however often that comes, and tells that it was granted and paid', async () => {
    const orderId = await stage.completed(order);
    await publishLate(orderId, order, 3);
    const [grant, ...others] = await untilPaid(orderId);
    expect(others).toEqual([]);
    const due = {
      rule: 'late-delivery',
      ruleVersion: 1,
      asset: 'RED_PACKET',
      amount: 600,
      liable: 'CARRIER',
      version: 2,
    };
    expect(grant).toMatchObject({ ...due, compensationNumber: `${orderId}-c-late-delivery`, failure: null });
    const mine = await eventually(() => {
      const told = recorder.of(orderId).filter(({ type }) => type.startsWith('ordo.compensation.'));
      return told.length > 1 ? told : undefined;
    }, 'the grant and its payment are told');
    expect(mine.map(({ id, type, routingKey }) => [id, type, routingKey])).toEqual([
      [`${String(grant?.['compensationId'])}-1`, 'ordo.compensation.granted.v1', 'takeout.compensation_granted'],
      [`${String(grant?.['compensationId'])}-2`, 'ordo.compensation.paid.v1', 'takeout.compensation_paid'],
    ]);
    expect((await stage.simulator.book('payer')).byNumber[`${orderId}-c-late-delivery`]).toMatchObject({ times: 1 });
  }, 60_000);

  test('of a forced cancellation is the merchant’s to bear and is shown to both sides and to no stranger', async () => {
    const orderId = await stage.accepted(order);
    const merchant = stage.refunds.as(await aMerchantToken(order.merchantId));
    await expectStatus(200, merchant.post(`/v1/orders/${orderId}/cancellation`, { reasonCode: 5 }));
    const [grant] = await untilPaid(orderId);
    expect(grant).toMatchObject({ rule: 'forced-cancel', asset: 'VOUCHER', amount: 500, liable: 'MERCHANT' });
    const user = stage.refunds.as(await aUserToken(order.userId));
    expect(await grantsOf(user, orderId)).toEqual([grant]);
    expect(await grantsOf(merchant, orderId)).toEqual([grant]);
    const stranger = stage.refunds.as(await aUserToken('77'));
    expect((await stranger.get(`/v1/orders/${orderId}/compensations`)).body).toMatchObject({ code: 'ORDER_NOT_FOUND' });
  }, 60_000);

  test('is granted to services by their facts: nothing below the first tier, and no second time by other facts', async () => {
    const orderId = await stage.completed(order);
    const grant = (client: RestClient, body: Document) => client.post('/v1/compensations', { orderId, ...body });
    const late = (minutesLate: unknown) => ({ rule: 'late-delivery', measures: { minutesLate } });
    const user = stage.refunds.as(await aUserToken(order.userId));
    expect((await grant(user, late(24))).body).toMatchObject({ code: 'FORBIDDEN' });
    for (const body of [late(-1), late('24'), { rule: 'late-delivery' }, { rule: 'late-delivery', measures: [] }]) {
      expect((await grant(stage.refunds, body)).body).toMatchObject({ status: 400, code: 'INVALID_ARGUMENT' });
    }
    expect((await grant(stage.refunds, late(9))).body).toMatchObject({ outcome: 'NOTHING_OWED', compensation: null });
    expect(await grantsOf(stage.refunds, orderId)).toEqual([]);
    const answers = await Promise.all(Array.from({ length: 10 }, (_, at) => grant(stage.refunds, late(10 + at * 5))));
    expect(answers.filter(({ body }) => body['replayed'] === false)).toHaveLength(1);
    expect(await untilPaid(orderId)).toHaveLength(1);
  }, 60_000);
});

describe('npm run ordo -- refund', () => {
  test('shows what is stored, tries again what waits for a person, and says when nothing does', async () => {
    const orderId = await stage.completed(order);
    const number = `${orderId}-1`;
    await stage.simulator.plan(number, { settleMs: null });
    const { refundId } = await started(orderId);
    await eventually(async () => (await stage.simulator.book()).byNumber[number], 'the channel has the refund');
    const early = await ordo('refund', 'retry', String(refundId));
    expect([early.code, early.complaint]).toEqual([1, expect.stringContaining('[REFUND_NOT_RETRYABLE]')]);
    await giveUp(orderId, 'refund_transfer', `refund_number=${quote(number)}`);
    const shown = await ordo('refund', 'show', String(refundId));
    expect(shown.lines.join('\n')).toMatch(new RegExp(`refund_number ${number}  state STALLED`));
    expect(shown.lines.at(-1)).toContain('refund retry');
    // Timers go by meanwhile.
    const lasting = ({ lines }: typeof shown): readonly string[] =>
      lines.filter((line) => !/^( {2}queue|timers)/.test(line));
    expect(lasting(await ordo('refund', 'show', orderId))).toEqual(lasting(shown));
    const retried = await ordo('refund', 'retry', String(refundId), '--note', 'spec');
    expect([retried.code, retried.lines[0]]).toEqual([0, expect.stringContaining(number)]);
    await stage.simulator.settle();
    await stage.untilRefund(refundId, 'SUCCEEDED');
    const after = await ordo('refund', 'show', orderId);
    expect(after.lines.join('\n')).toMatch(/fact RETRIED .*reason by service:operator/);
    expect(await stage.simulator.book()).toMatchObject({ doubled: 0 });
    expect((await ordo('refund', 'show', '1')).code).toBe(1);
  }, 90_000);

  test('compares a day with the channel, and ends with 2 where somebody moved money by hand', async () => {
    const today = new Date().toISOString().slice(0, 10);
    const paymentId = `pay-by-hand-${randomUUID()}`;
    await stage.simulator.takePayments({ paymentId, amount: 5, currency: 'CNY' });
    const before = await ordo('refund', 'reconcile', today);
    expect(before.lines[0]).toMatch(
      /^generic .*: [0-9]+ refunds, [0-9]+ moved by the channel, [0-9]+ confirmed by the ledger/,
    );
    // Other specs have refunds of today at channels of their own: this one answers for what its own channel has seen.
    const own = Object.keys((await stage.simulator.book()).byNumber);
    expect(own.length).toBeGreaterThan(3);
    expect(before.lines.slice(1).filter((line) => own.some((number) => line.includes(number)))).toEqual([]);
    const reference = await stage.simulator.moveByHand({ paymentId, amount: 5, currency: 'CNY' });
    const after = await ordo('refund', 'reconcile', today);
    expect(after.code).toBe(2);
    expect(after.lines).toContain(`  UNKNOWN_TO_LEDGER  refund -  reference ${reference}  channel 5  ledger -`);
    expect((await ordo('refund', 'reconcile', 'yesterday')).code).not.toBe(0);
  }, 90_000);
});

describe('npm run ordo -- compensation', () => {
  test('shows what is stored and tries a payout that gave up again: the payer is asked, and pays once', async () => {
    const orderId = await stage.completed(order);
    const number = `${orderId}-c-late-delivery`;
    await stage.simulator.plan(number, { settleMs: null });
    const asked = { orderId, rule: 'late-delivery', measures: { minutesLate: 24 } };
    const { compensation } = await expectStatus(200, stage.refunds.post('/v1/compensations', asked));
    const id = String((compensation as Document)['compensationId']);
    await eventually(async () => (await stage.simulator.book('payer')).byNumber[number], 'the payer has it');
    const early = await ordo('compensation', 'retry', orderId);
    expect([early.code, early.complaint]).toEqual([1, expect.stringContaining('[COMPENSATION_NOT_RETRYABLE]')]);
    await giveUp(orderId, 'compensation_grant', `grant_number=${quote(number)}`);
    const shown = await ordo('compensation', 'show', id);
    expect(shown.lines.join('\n')).toMatch(/rule_name late-delivery .*state STALLED/);
    expect(shown.lines.at(-1)).toContain('compensation retry');
    expect((await ordo('refund', 'show', orderId)).lines.at(-1)).toContain('compensation retry');
    const stranger = stage.refunds.as(await aServiceToken({ grants: ['compensation:grant', 'refund:operate'] }));
    expect((await stranger.post(`/v1/compensations/${id}/retry`)).body).toMatchObject({ code: 'FORBIDDEN' });
    const retried = await ordo('compensation', 'retry', orderId, '--note', 'spec');
    expect([retried.code, retried.lines[0]]).toEqual([0, expect.stringContaining(number)]);
    await stage.simulator.settle();
    const paid = async (): Promise<boolean> =>
      (await ordo('compensation', 'show', id)).lines.join('\n').includes('state CONFIRMED');
    await eventually(async () => ((await paid()) ? true : undefined), 'the compensation is paid');
    const after = await ordo('compensation', 'show', orderId);
    expect(after.lines.join('\n')).toMatch(/fact RETRIED .*reason by service:operator/);
    expect((await stage.simulator.book('payer')).byNumber[number]).toMatchObject({ times: 1 });
    const again = await service.refused('RetryCompensation', { compensationId: id });
    expect(again.problem).toMatchObject({ code: 'COMPENSATION_NOT_RETRYABLE', currentState: 'CONFIRMED' });
    for (const command of ['show', 'retry']) {
      expect((await ordo('compensation', command, '1')).complaint).toContain('[COMPENSATION_NOT_FOUND]');
    }
  }, 90_000);
});

/** As after 16 failures, in the table that is the truth. */
async function giveUp(orderId: string, table: string, named: string): Promise<void> {
  const lane = laneOf(decodeOrderNumber(orderId).userShard);
  const pool = stage.pools.at(laneNode(lane, stage.pools.all.length));
  const change = 'state=4, next_at=NULL, version=version+1';
  await pool.query(`UPDATE ${laneSchema('ordo_aftersale_', lane)}.${table} SET ${change} WHERE ${named}`);
}
