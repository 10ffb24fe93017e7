/** A merchant's feed over HTTP: what changed since a position, by asking, by waiting and by being told, over real servers. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { aMerchantToken, anId, aPlaceOrder, aServiceToken, eventually } from '@ordo/testing';
import { EventStream } from '../harness/event-stream.js';
import { OrderProcess } from '../harness/order-process.js';
import { type Answer, RestClient } from '../harness/rest-client.js';

interface Feed {
  readonly orders: readonly { readonly orderId: string; readonly version: number; readonly status: string }[];
  readonly next: string;
  readonly hasMore: boolean;
  readonly restarted: boolean;
}

let app: OrderProcess;
let service: RestClient;
const streams: EventStream[] = [];

beforeAll(async () => {
  app = await OrderProcess.start();
  service = new RestClient(app.url, await aServiceToken());
}, 60_000);
afterEach(() => {
  for (const stream of streams.splice(0)) stream.close();
});
afterAll(async () => {
  await app?.stop();
});

class Merchant {
  private constructor(
    readonly id: string,
    readonly token: string,
    private readonly client: RestClient,
  ) {}

  static async arrive(): Promise<Merchant> {
    const id = anId();
    const token = await aMerchantToken(id);
    return new Merchant(id, token, service.as(token));
  }

  poll(after?: string, more = ''): Promise<Answer<Feed>> {
    const query = `${after === undefined ? '' : `after=${after}`}${more}`;
    return this.client.get<Feed>(`/v1/merchants/${this.id}/feed?${query}`);
  }

  async stream(lastEventId?: string): Promise<EventStream> {
    const opened = await EventStream.open(`${app.url}/v1/merchants/${this.id}/feed/stream`, this.token, lastEventId);
    streams.push(opened);
    await opened.ready();
    return opened;
  }

  placed(): Promise<string> {
    return service.placed(aPlaceOrder({ merchantId: this.id }));
  }

  async paid(): Promise<string> {
    const order = aPlaceOrder({ merchantId: this.id });
    const orderId = await service.placed(order);
    expect((await service.paid(orderId, order.payAmount)).status).toBe(200);
    return orderId;
  }

  /** The first answer that is no 304. */
  changed(after: string, more = ''): Promise<Answer<Feed>> {
    return eventually(async () => {
      const answer = await this.poll(after, more);
      return answer.status === 304 ? undefined : answer;
    }, 'the feed has changed');
  }
}

describe('a poll', () => {
  test('without a position answers the present end, and from there on every change of a paid order once', async () => {
    const merchant = await Merchant.arrive();
    const { body: start } = await merchant.poll();
    expect(start).toEqual({ orders: [], next: '0', hasMore: false, restarted: false });
    expect((await merchant.poll(start.next)).status).toBe(304);
    const orderId = await merchant.paid();
    const { body: first } = await merchant.changed(start.next);
    expect(first.orders).toMatchObject([{ orderId, version: 2, status: 'PAID', merchantId: merchant.id }]);
    expect((await merchant.poll(first.next)).status).toBe(304);
    await service.post(`/v1/orders/${orderId}/acceptance`);
    const { body: second } = await merchant.changed(first.next);
    expect(second.orders).toMatchObject([{ orderId, version: 3, status: 'ACCEPTED' }]);
    expect((await merchant.poll(second.next)).status).toBe(304);
  });

  test('does not hear of an order that nobody paid', async () => {
    const merchant = await Merchant.arrive();
    const unpaid = await merchant.placed();
    const orderId = await merchant.paid();
    const { body } = await merchant.changed('0');
    expect(body.orders.map((order) => order.orderId)).toEqual([orderId]);
    await service.post(`/v1/orders/${unpaid}/invalidation`, { reasonCode: 13 });
    await service.post(`/v1/orders/${orderId}/acceptance`);
    const { body: later } = await merchant.changed(body.next);
    expect(later.orders.map((order) => order.orderId)).toEqual([orderId]);
  });

  test('goes through many changes in pages, without a gap and without a double', async () => {
    const merchant = await Merchant.arrive();
    const paid = await Promise.all(Array.from({ length: 17 }, () => merchant.paid()));
    const listed = async (): Promise<boolean> =>
      (await merchant.poll('0', '&limit=100')).body.orders?.length === paid.length;
    await eventually(listed, 'all orders are in the feed');
    const seen: string[] = [];
    let after = '0';
    for (let hasMore = true; hasMore; ) {
      const { body } = await merchant.poll(after, '&limit=4');
      seen.push(...body.orders.map(({ orderId }) => orderId));
      ({ next: after, hasMore } = body);
    }
    expect(seen.toSorted()).toEqual(paid.toSorted());
    expect((await merchant.poll(after)).status).toBe(304);
  });

  test('that waits is answered by the change, and with 304 when none comes', async () => {
    const merchant = await Merchant.arrive();
    const { body: start } = await merchant.poll();
    const startedMs = performance.now();
    expect((await merchant.poll(start.next, '&waitMs=300')).status).toBe(304);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(290);
    const waiting = merchant.poll(start.next, '&waitMs=20000');
    const orderId = await merchant.paid();
    const { status, body } = await waiting;
    expect(status).toBe(200);
    expect(body.orders.map((order) => order.orderId)).toEqual([orderId]);
  });

  test('from behind the end of the feed is told to begin anew, and one that makes no sense is refused by its field', async () => {
    const merchant = await Merchant.arrive();
    const { body } = await merchant.poll('77');
    expect(body).toMatchObject({ restarted: true, next: '0', orders: [] });
    for (const after of ['-1', 'x', '1.2.3', '1.x', '99999999999999999']) {
      const refused = await merchant.poll(after);
      expect([after, refused.status]).toEqual([after, 400]);
    }
  });

  test('in which nothing changed is refused all the same to who may not ask: no grant, another shop, no token', async () => {
    const [merchant, stranger] = [await Merchant.arrive(), await Merchant.arrive()];
    const ungranted = await aMerchantToken(merchant.id, { grants: ['order:read'] });
    const path = `/v1/merchants/${merchant.id}/feed?after=0`;
    for (let time = 0; time < 3; time += 1) {
      expect((await merchant.poll('0')).status).toBe(304);
      expect((await service.as(ungranted).get(path)).status).toBe(403);
      expect((await service.as(stranger.token).get(path)).status).toBe(403);
      expect((await new RestClient(app.url).get(path)).status).toBe(401);
      expect((await service.as(`${merchant.token}x`).get(path)).status).toBe(401);
    }
  });

  test('of somebody else’s feed is refused, asked or streamed', async () => {
    const [merchant, stranger] = [await Merchant.arrive(), await Merchant.arrive()];
    const asked = await service.as(stranger.token).get(`/v1/merchants/${merchant.id}/feed`);
    expect(asked.status).toBe(403);
    const url = `${app.url}/v1/merchants/${merchant.id}/feed/stream`;
    await expect(EventStream.open(url, stranger.token)).rejects.toThrow('403');
  });
});

describe('a stream', () => {
  test('tells of new orders and changes, half of them within 200 ms of the answer to who made them', async () => {
    const merchant = await Merchant.arrive();
    const stream = await merchant.stream();
    const latenessMs: number[] = [];
    for (let turn = 0; turn < 15; turn += 1) {
      const orderId = await merchant.paid();
      const acknowledgedMs = Date.now();
      latenessMs.push((await stream.order(orderId, 2)).atMs - acknowledgedMs);
      await service.post(`/v1/orders/${orderId}/acceptance`);
      const acceptedMs = Date.now();
      latenessMs.push((await stream.order(orderId, 3)).atMs - acceptedMs);
    }
    latenessMs.sort((a, b) => a - b);
    console.log(`pushed after the acknowledgement: p50 ${latenessMs[15]} ms, max ${latenessMs.at(-1)} ms`);
    expect(latenessMs[15]).toBeLessThanOrEqual(200);
  }, 60_000);

  test('that comes back with its last event goes on behind it', async () => {
    const merchant = await Merchant.arrive();
    const first = await merchant.stream();
    const seen = await merchant.paid();
    await first.order(seen, 2);
    first.close();
    const missed = [await merchant.paid(), await merchant.paid()];
    const second = await merchant.stream(first.lastId);
    for (const orderId of missed) await second.order(orderId, 2);
    const next = await merchant.paid();
    await second.order(next, 2);
    expect(second.orders.toSorted()).toEqual([...missed, next].map((orderId) => `${orderId}-2`).toSorted());
  });

  test('does not hold up the stop of its process, and ends in peace', async () => {
    const another = await OrderProcess.start({ roles: 'api' });
    const merchant = await Merchant.arrive();
    const stream = await EventStream.open(`${another.url}/v1/merchants/${merchant.id}/feed/stream`, merchant.token);
    await stream.ready();
    const startedMs = performance.now();
    expect(await another.stop()).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(8_000);
    expect(stream.hasEnded).toBe(true);
  }, 60_000);
});
