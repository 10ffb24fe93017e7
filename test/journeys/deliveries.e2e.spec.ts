/** Deliveries from acceptance to the door, over the real apps, broker and databases, with a simulated carrier that behaves or does not. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signMessage } from '@ordo/platform';
import {
  aMerchantToken,
  aPlaceOrder,
  aServiceToken,
  aUserToken,
  eventually,
  simulatedCarrierSecrets,
} from '@ordo/testing';
import { DeliveryStage } from '../harness/delivery-stage.js';
import { ordo } from '../harness/operator-command.js';
import { aLane } from '../harness/promise-stage.js';

const CASE_MS = 120_000;

let stage: DeliveryStage;
beforeAll(async () => {
  stage = await DeliveryStage.open();
  process.env['ORDO_DELIVERY_URL'] = stage.api.url;
}, 400_000);
afterAll(() => stage?.close(), CASE_MS);

const statesOf = async (orderId: string): Promise<string[]> => (await stage.timeline(orderId)).map(({ type }) => type);
const command = (orderId: string, path: string, body: object = {}) =>
  stage.client.post<Record<string, unknown>>(`/v1/deliveries/${orderId}/${path}`, body);
interface ReportPage {
  readonly reports: readonly { readonly reportId: string; readonly outcome: string; readonly raw: string }[];
  readonly nextCursor: string | null;
}
const pageOf = async (orderId: string, query = 'limit=100') =>
  (await stage.client.get<ReportPage>(`/v1/deliveries/${orderId}/carrier-reports?${query}`)).body;
const outcomesOf = async (orderId: string) => (await pageOf(orderId)).reports.map(({ outcome }) => outcome);

describe('an accepted order', () => {
  it(
    'is delivered, with a timeline of its courier, and received by itself',
    async () => {
      const orderId = await stage.accepted();
      const delivered = await stage.reaches(orderId, 'DELIVERED');
      expect(delivered).toMatchObject({ attempt: 1, waybillId: `${orderId}-1`, carrier: 'hub', isUnclaimed: false });
      expect(delivered.courierId).toMatch(/^courier-/);
      // The carrier's first report may overtake its own acknowledgement; then nothing tells of CALLED.
      const states = (await statesOf(orderId)).filter((state) => state !== 'delivery.called');
      expect(states).toEqual(
        ['to_call', 'to_assign', 'to_fetch', 'at_shop', 'delivering', 'delivered'].map((state) => `delivery.${state}`),
      );
      await stage.orderReaches(orderId, 'RECEIVED');
    },
    CASE_MS,
  );

  it(
    'ends the same when every report comes twice, backwards and with gaps',
    async () => {
      const body = aPlaceOrder();
      const step = { twice: true, shuffled: true, skipped: ['TO_ASSIGN'] } as const;
      const orderId = await stage.accepted(body, (id) => stage.carrier.plan(id, step));
      await stage.reaches(orderId, 'DELIVERED');
      await stage.orderReaches(orderId, 'RECEIVED');
      const states = await statesOf(orderId);
      expect(states.filter((state) => state === 'delivery.delivered')).toHaveLength(1);
      const { body: timeline } = await stage.orders.get<{ entries: { type: string }[] }>(
        `/v1/orders/${orderId}/timeline`,
      );
      expect(timeline.entries.filter(({ type }) => type === 'order.received')).toHaveLength(1);
    },
    CASE_MS,
  );

  it(
    'changes hands when another courier takes over',
    async () => {
      const orderId = await stage.accepted(aPlaceOrder(), (id) => stage.carrier.plan(id, { run: 'reassign' }));
      expect((await stage.reaches(orderId, 'DELIVERED')).courierId).toBe('courier-b');
      expect((await statesOf(orderId)).filter((state) => state === 'delivery.to_fetch')).toHaveLength(2);
    },
    CASE_MS,
  );

  it(
    'is the same over gRPC, where a wrong number, a stranger and a wrong state are refused as over REST',
    async () => {
      const orderId = await stage.accepted();
      const delivered = await stage.reaches(orderId, 'DELIVERED');
      const service = stage.grpc();
      const stranger = stage.grpc(await aUserToken('424242'));
      try {
        const { deliveryId, waybillId, state } = delivered;
        expect(await service.call('GetDelivery', { orderId })).toMatchObject({ orderId, deliveryId, waybillId, state });
        const { entries } = await service.call('GetTimeline', { orderId });
        expect((entries as unknown[]).length).toBe((await stage.timeline(orderId)).length);
        const refusals = await Promise.all([
          service.refused('GetDelivery', { orderId: 'abc' }),
          stranger.refused('GetDelivery', { orderId }),
          service.refused('Cancel', { orderId, role: 2 }),
        ]);
        expect(refusals.map(({ problem }) => problem['code'])).toEqual([
          'INVALID_ARGUMENT',
          'DELIVERY_NOT_FOUND',
          'DELIVERY_NOT_IN_STATE',
        ]);
      } finally {
        service.close();
        stranger.close();
      }
    },
    CASE_MS,
  );

  it(
    'shows its merchant, and not its user, what it will bring',
    async () => {
      const body = aPlaceOrder();
      const orderId = await stage.accepted(body);
      await eventually(() => stage.read(orderId), 'the delivery is there', 30_000);
      const seenBy = async (token: string) =>
        (await stage.client.as(token).get<Record<string, unknown>>(`/v1/deliveries/${orderId}`)).body['expectedIncome'];
      expect(await seenBy(await aMerchantToken(body.merchantId))).toMatchObject({ servicePackage: 'house' });
      expect(await seenBy(await aUserToken(body.userId))).toBeNull();
    },
    CASE_MS,
  );
});

describe('a rejected call', () => {
  it(
    'is made again at the merchant’s word, and the old attempt has no say any more',
    async () => {
      const orderId = await stage.accepted(aPlaceOrder(), (id) =>
        stage.carrier.plan(id, { run: 'reject' }, { run: 'deliver' }),
      );
      expect((await stage.reaches(orderId, 'REJECTED')).subState).toBe('NO_CAPACITY');
      expect((await command(orderId, 'recall', { role: 3 })).body).toMatchObject({ state: 'TO_CALL', attempt: 2 });
      const old = { state: 'CANCELLED', occurredAtMs: Date.now() + 1 };
      expect(await stage.carrier.report(`${orderId}-1`, old)).toBe(200);
      expect(await stage.reaches(orderId, 'DELIVERED')).toMatchObject({ attempt: 2, waybillId: `${orderId}-2` });
      expect(await statesOf(orderId)).not.toContain('delivery.cancelled');
      expect(await outcomesOf(orderId)).toContain('OLD_ATTEMPT');
      const named = async (waybillId: string, as = stage.client) => (await as.get(`/v1/waybills/${waybillId}`)).body;
      expect(await named(`${orderId}-1`)).toMatchObject({ orderId, attempt: 1, isCurrent: false, carrier: 'hub' });
      const alive = await named(`${orderId}-2`);
      expect(alive).toMatchObject({ isCurrent: true, acknowledgedAt: expect.any(String) });
      expect(await named(`${orderId}-3`)).toMatchObject({ code: 'WAYBILL_NOT_FOUND' });
      expect(await named('waybill')).toMatchObject({ code: 'INVALID_ARGUMENT' });
      const stranger = stage.client.as(await aUserToken('4711'));
      expect(await named(`${orderId}-2`, stranger)).toMatchObject({ code: 'WAYBILL_NOT_FOUND' });
    },
    CASE_MS,
  );

  it(
    'is made again with another carrier, which speaks another protocol',
    async () => {
      const orderId = await stage.accepted(aPlaceOrder(), (id) => stage.carrier.plan(id, { refuse: 'NO_CAPACITY' }));
      await stage.reaches(orderId, 'REJECTED');
      await command(orderId, 'recall', { role: 3, carrier: 'drive' });
      expect(await stage.reaches(orderId, 'DELIVERED')).toMatchObject({ attempt: 2, carrier: 'drive' });
      await stage.orderReaches(orderId, 'RECEIVED');
    },
    CASE_MS,
  );

  it(
    'may be delivered by the merchant, who says when it is done',
    async () => {
      const orderId = await stage.accepted(aPlaceOrder(), (id) => stage.carrier.plan(id, { refuse: 'OUT_OF_AREA' }));
      await stage.reaches(orderId, 'REJECTED');
      expect((await command(orderId, 'self-delivery', { role: 3 })).body).toMatchObject({
        state: 'SELF_DELIVERY',
        carrier: null,
      });
      expect((await command(orderId, 'self-delivery/completion', { role: 3 })).body['state']).toBe('DELIVERED');
      await stage.orderReaches(orderId, 'RECEIVED');
    },
    CASE_MS,
  );
});

describe('an order that ends', () => {
  it(
    'takes its call back: nobody delivers, the carrier is told, and no report changes that',
    async () => {
      const orderId = await stage.accepted(aPlaceOrder(), (id) => stage.carrier.plan(id, { run: 'stall' }));
      await stage.reaches(orderId, 'CALLED');
      await stage.orders.post(`/v1/orders/${orderId}/invalidation`, { reasonCode: 8, role: 4 });
      await stage.reaches(orderId, 'NO_MORE_DELIVERY');
      const heard = async () => (await stage.carrier.book()).byWaybill[`${orderId}-1`]?.cancelled === true;
      await eventually(heard, 'the carrier is told', 30_000);
      expect(await stage.carrier.report(`${orderId}-1`, { state: 'TO_FETCH' })).toBe(200);
      expect((await stage.read(orderId))?.state).toBe('NO_MORE_DELIVERY');
    },
    CASE_MS,
  );
});

describe('a call that does not arrive', () => {
  it(
    'is pulled by the carrier, and is the same waybill when the push comes after all',
    async () => {
      const fault = { before: 'fault' } as const;
      const orderId = await stage.accepted(aPlaceOrder(), (id) =>
        stage.carrier.plan(id, fault, fault, fault, fault, fault),
      );
      await stage.reaches(orderId, 'TO_CALL');
      await eventually(async () => (await stage.carrier.pull()) > 0, 'the carrier pulls it', 20_000);
      await stage.reaches(orderId, 'DELIVERED');
      expect((await stage.carrier.book()).byWaybill[`${orderId}-1`]?.calls).toBe(1);
    },
    CASE_MS,
  );

  it(
    'may be pushed by an operator, and its tip reaches the carrier',
    async () => {
      const orderId = await stage.accepted(aPlaceOrder(), (id) =>
        stage.carrier.plan(id, { before: 'fault' }, { run: 'stall' }),
      );
      await stage.reaches(orderId, 'TO_CALL');
      const pushed = () => command(orderId, 'push').then(({ body }) => body['outcome']);
      await eventually(
        async () => ['acknowledged', 'not-needed'].includes(String(await pushed())),
        'it is pushed',
        20_000,
      );
      expect((await command(orderId, 'tip', { amount: 300, role: 3 })).body['tip']).toBe(300);
      await eventually(
        async () => (await stage.carrier.book()).byWaybill[`${orderId}-1`]?.tip === 300,
        'the tip',
        30_000,
      );
      expect((await command(orderId, 'cancellation', { role: 3 })).body['state']).toBe('CANCELLED');
    },
    CASE_MS,
  );
});

describe('a broken promise', () => {
  it(
    'is judged at delivery by the rules that it was given under, and told once',
    async () => {
      await stage.client.send('PUT', '/v1/promise-lanes', { lanes: [aLane('late', 10)] });
      const asked = {
        requests: [
          { originArea: 'spec-late', destinationArea: 'spec-home', serviceProduct: 'standard', freezeFor: 'takeout' },
        ],
      };
      const token = await eventually(
        async () => {
          const { body } = await stage.client.post<{ promises?: { token: string | null }[] }>('/v1/promises', asked);
          return body.promises?.[0]?.token;
        },
        'a promise is given',
        30_000,
      );
      const orderId = await stage.accepted(aPlaceOrder({ extension: { promiseToken: token } }));
      const { lateness, promisedAt } = await stage.reaches(orderId, 'DELIVERED');
      // Ten minutes were promised; the couriers of the trace take almost twenty-four.
      expect([lateness?.verdict, typeof promisedAt]).toEqual(['LATE', 'string']);
      expect(lateness?.minutesLate).toBeGreaterThanOrEqual(13);
      expect((await statesOf(orderId)).filter((type) => type === 'delivery.late')).toHaveLength(1);
    },
    CASE_MS,
  );
});

describe('what carriers said', () => {
  it(
    'is kept word by word with what it came to, and read page by page by services alone',
    async () => {
      const body = aPlaceOrder();
      const orderId = await stage.accepted(body, (id) => stage.carrier.plan(id, { twice: true }));
      await stage.reaches(orderId, 'DELIVERED');
      const all = await eventually(async () => {
        const { reports } = await pageOf(orderId);
        return reports.length === 10 ? reports : undefined;
      }, 'every report came, twice');
      expect(all.map(({ outcome }) => outcome)).toEqual(all.map((_, at) => (at % 2 === 0 ? 'ADVANCED' : 'REPEATED')));
      expect(JSON.parse(all[8]?.raw ?? '')).toMatchObject({ waybillId: `${orderId}-1`, state: 'DELIVERED' });
      const paged: ReportPage['reports'][number][] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page: ReportPage = await pageOf(orderId, `limit=4${cursor === '' ? '' : `&cursor=${cursor}`}`);
        paged.push(...page.reports);
        cursor = page.nextCursor;
      }
      expect(paged).toEqual(all);
      const service = stage.grpc();
      try {
        const { reports } = await service.call('ListCarrierReports', { orderId, limit: 100 });
        expect((reports as ReportPage['reports']).map(({ raw }) => raw)).toEqual(all.map(({ raw }) => raw));
      } finally {
        service.close();
      }
      const shown = await ordo('delivery', 'show', orderId, '--reports');
      expect(shown.lines.join('\n')).toContain(all[9]?.raw);
      const other = (await pageOf(orderId, 'limit=4')).nextCursor;
      const asked = (of: string, query = '', as = stage.client) =>
        as.get(`/v1/deliveries/${of}/carrier-reports${query}`).then(({ status, body: { code } }) => [status, code]);
      expect(await asked('127053183455232001')).toEqual([404, 'DELIVERY_NOT_FOUND']);
      expect(await asked('127053183455232001', `?cursor=${other}`)).toEqual([400, 'INVALID_ARGUMENT']);
      expect(await asked(orderId, '?limit=101')).toEqual([400, 'INVALID_ARGUMENT']);
      const merchant = stage.client.as(await aMerchantToken(body.merchantId));
      expect(await asked(orderId, '', merchant)).toEqual([403, 'FORBIDDEN']);
      const reader = stage.client.as(await aServiceToken({ grants: ['delivery:read'] }));
      expect(await asked(orderId, '', reader)).toEqual([403, 'FORBIDDEN']);
    },
    CASE_MS,
  );
});

describe('what was agreed with a merchant', () => {
  const terms = (more: object = {}) => ({
    ...{ validFrom: new Date(Date.now() - 3_600_000).toISOString(), servicePackage: 'gold', delivery: 'MERCHANT' },
    ...{ commissionRateBp: 600, commissionFloor: 250 },
    ...more,
  });
  const put = (merchantId: string, version: number | string, body: object, as = stage.client) =>
    as
      .send<{ code?: string }>('PUT', `/v1/merchants/${merchantId}/contracts/${version}`, body)
      .then(({ status, body: { code } }) => (code === undefined ? status : `${status} ${code}`));
  const contractsOf = async (merchantId: string, as = stage.client) =>
    (await as.get<{ contracts: Record<string, unknown>[] }>(`/v1/merchants/${merchantId}/contracts`)).body.contracts;

  it(
    'counts for orders that are accepted under it, while those before keep their own',
    async () => {
      const body = aPlaceOrder();
      const { merchantId } = body;
      expect(await put(merchantId, 1, terms())).toBe(200);
      const first = await stage.accepted(body);
      const seen = await eventually(() => stage.read(first), 'the delivery is there', 30_000);
      // DOMAIN §3, example B: the very order of the builder.
      expect(seen.expectedIncome).toEqual({
        income: 4_050,
        commission: 250,
        servicePackage: 'gold',
        formulaVersion: 1,
      });
      const calls = { servicePackage: 'calls himself', handOff: 'CALL', validFrom: new Date().toISOString() };
      expect(await put(merchantId, 2, terms(calls))).toBe(200);
      expect(await put(merchantId, 3, terms({ validFrom: new Date(Date.now() + 3_600_000).toISOString() }))).toBe(200);
      const [own, others] = [await stage.accepted(aPlaceOrder({ merchantId })), await stage.accepted()];
      await stage.reaches(others, 'DELIVERED');
      expect(await stage.read(own)).toBeUndefined();
      const merchant = stage.client.as(await aMerchantToken(merchantId));
      expect((await merchant.post(`/v1/deliveries/${own}/call`)).body['expectedIncome']).toMatchObject({
        servicePackage: 'calls himself',
      });
      expect((await stage.timeline(own))[0]).toMatchObject({ type: 'delivery.to_call', role: 3 });
      await stage.reaches(own, 'DELIVERED');
      expect((await stage.read(first))?.expectedIncome?.servicePackage).toBe('gold');
      expect((await contractsOf(merchantId, merchant)).map(({ version }) => version)).toEqual([3, 2, 1]);
    },
    CASE_MS,
  );

  it('is written once: the same words again are done, others are a conflict, and nothing is left out or begins too early', async () => {
    const { merchantId } = aPlaceOrder();
    expect(await put(merchantId, 2, terms())).toBe('409 CONTRACT_VERSION_TAKEN');
    const first = terms();
    const both = await Promise.all([put(merchantId, 1, first), put(merchantId, 1, first)]);
    expect(both).toEqual([200, 200]);
    expect(await put(merchantId, 1, { ...first, commissionRateBp: 700 })).toBe('409 CONTRACT_VERSION_TAKEN');
    expect(await put(merchantId, 2, first)).toBe('400 INVALID_ARGUMENT');
    for (const wrong of [{ commissionRateBp: 10_001 }, { delivery: 'PIGEON' }, { formulaVersion: 9 }, { unknown: 1 }]) {
      expect([wrong, await put(merchantId, 2, terms(wrong))]).toEqual([wrong, '400 INVALID_ARGUMENT']);
    }
    expect(await put(merchantId, 'two', terms())).toBe('400 INVALID_ARGUMENT');
    const merchant = stage.client.as(await aMerchantToken(merchantId));
    expect(await put(merchantId, 2, terms(), merchant)).toBe('403 FORBIDDEN');
    expect(await contractsOf(merchantId)).toEqual([
      { ...first, merchantId, version: 1, handOff: 'ACCEPTANCE', formulaVersion: 1 },
    ]);
    const stranger = await stage.client.as(await aMerchantToken('4713')).get(`/v1/merchants/${merchantId}/contracts`);
    expect(stranger.status).toBe(403);
  });
});

describe('the operator’s commands', () => {
  it(
    'show a delivery, call again for it, and push it',
    async () => {
      const orderId = await stage.accepted(aPlaceOrder(), (id) =>
        stage.carrier.plan(id, { refuse: 'NO_CAPACITY' }, { run: 'stall' }),
      );
      await stage.reaches(orderId, 'REJECTED');
      const shown = await ordo('delivery', 'show', orderId);
      expect(shown.code).toBe(0);
      expect(shown.lines.join('\n')).toMatch(/state {7}REJECTED \(NO_CAPACITY\)[^]*delivery\.rejected/);
      const recalled = await ordo('delivery', 'recall', orderId);
      expect([recalled.code, recalled.lines[2]]).toEqual([0, `waybill     ${orderId}-2, attempt 2`]);
      await stage.reaches(orderId, 'CALLED');
      expect((await ordo('delivery', 'repush', orderId)).lines).toEqual(['the push was not-needed']);
      const unknown = await ordo('delivery', 'show', '127053183455232001');
      expect([unknown.code, unknown.complaint]).toEqual([1, expect.stringContaining('DELIVERY_NOT_FOUND')]);
    },
    CASE_MS,
  );
});

describe('bad input', () => {
  const send = (body: string, headers: Readonly<Record<string, string>>) =>
    stage.client.as('').send<{ code: string }>('POST', '/v1/carriers/hub/callbacks', body, {
      ...{ 'content-type': 'application/json', authorization: '' },
      ...headers,
    });
  const codeOf = async (asked: ReturnType<typeof send>): Promise<[number, string]> => {
    const { status, body } = await asked;
    return [status, body.code];
  };
  const { hub } = simulatedCarrierSecrets;
  const report = (waybillId: string, over: object = {}) =>
    JSON.stringify({ waybillId, state: 'AT_SHOP', occurredAt: new Date().toISOString(), ...over });

  it(
    'of carriers is refused by type, and changes nothing',
    async () => {
      const orderId = await stage.accepted(aPlaceOrder(), (id) => stage.carrier.plan(id, { run: 'stall' }));
      await stage.reaches(orderId, 'CALLED');
      const body = report(`${orderId}-1`);
      expect(await codeOf(send(body, {}))).toEqual([401, 'SIGNATURE_INVALID']);
      expect(await codeOf(send(body, signMessage(body, 'another secret of the same length….', Date.now())))).toEqual([
        401,
        'SIGNATURE_INVALID',
      ]);
      expect(await codeOf(send(body, signMessage(body, hub, Date.now() - 301_000)))).toEqual([
        401,
        'SIGNATURE_EXPIRED',
      ]);
      const unknown = report('127053183455232001-1');
      expect(await codeOf(send(unknown, signMessage(unknown, hub, Date.now())))).toEqual([404, 'WAYBILL_NOT_FOUND']);
      const never = report(`${orderId}-7`);
      expect(await codeOf(send(never, signMessage(never, hub, Date.now())))).toEqual([404, 'WAYBILL_NOT_FOUND']);
      const strange = report(`${orderId}-1`, { state: 'SELF_DELIVERY' });
      expect(await codeOf(send(strange, signMessage(strange, hub, Date.now())))).toEqual([400, 'INVALID_ARGUMENT']);
      for (const nothing of ['null', '[]', '7', '"a text"']) {
        const signed = await codeOf(send(nothing, signMessage(nothing, hub, Date.now())));
        expect([nothing, ...signed]).toEqual([nothing, 400, 'INVALID_ARGUMENT']);
      }
      expect((await stage.read(orderId))?.state).toBe('CALLED');
      expect(await outcomesOf(orderId)).toEqual([]);
      const headers = signMessage(body, hub, Date.now());
      expect((await send(body, headers)).status).toBe(200);
      expect(await codeOf(send(body, headers))).toEqual([409, 'MESSAGE_REPLAYED']);
    },
    CASE_MS,
  );

  it(
    'of a carrier whose couriers report unsigned, or for an attempt that is over, brings no delivery on',
    async () => {
      const unsigned = await stage.accepted(aPlaceOrder(), (id) => stage.carrier.plan(id, { unsigned: true }));
      const old = await stage.accepted(aPlaceOrder(), (id) =>
        stage.carrier.plan(id, { refuse: 'NO_CAPACITY' }, { oldAttempt: true }),
      );
      await stage.reaches(old, 'REJECTED');
      await command(old, 'recall', { role: 3 });
      const refused = async () => ((await stage.carrier.tally()).byCode['SIGNATURE_INVALID'] ?? 0) >= 5;
      await eventually(refused, 'five reports are refused', 30_000);
      await eventually(async () => (await outcomesOf(old)).length === 5, 'five reports are kept', 30_000);
      expect(await outcomesOf(old)).toEqual(Array.from({ length: 5 }, () => 'OLD_ATTEMPT'));
      expect(await outcomesOf(unsigned)).toEqual([]);
      const [one, other] = [await stage.read(unsigned), await stage.read(old)];
      expect([one?.state, other?.state, other?.attempt]).toEqual(['CALLED', 'CALLED', 2]);
    },
    CASE_MS,
  );

  it(
    'of strangers meets a delivery that does not exist',
    async () => {
      const orderId = await stage.accepted();
      await eventually(() => stage.read(orderId), 'the delivery is there', 30_000);
      const stranger = stage.client.as(await aUserToken('4711'));
      expect((await stranger.get(`/v1/deliveries/${orderId}`)).status).toBe(404);
      const shop = stage.client.as(await aMerchantToken('4712'));
      expect((await shop.post(`/v1/deliveries/${orderId}/cancellation`, {})).status).toBe(404);
      expect((await stage.client.get('/v1/deliveries/127053183455232001')).status).toBe(404);
    },
    CASE_MS,
  );
});
