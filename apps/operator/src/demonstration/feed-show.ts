/** A merchant who follows the feed: new orders arrive on the open stream, an unchanged poll costs nothing, and a lost connection misses nothing. */
import type { Cast } from './cast.js';
import { FeedReader } from './feed-reader.js';
import { memberOf, type OrderApi } from './order-api.js';
import { draftOf } from './order-drafts.js';

const ORDERS = 5;
/** From the commit to the reader (DESIGN, merchant feed); the acknowledgement leaves right after the commit. */
const PROMISED_MS = 200;
const PATIENCE_MS = 5_000;

export interface FeedShow {
  readonly lines: readonly string[];
  readonly problems: readonly string[];
}

/** Places and pays as the cast's user, and answers the order id and the moment of the acknowledgement. */
async function paidOrder(
  api: OrderApi,
  { userId, merchantId, tokens }: Cast,
): Promise<{ orderId: string; atMs: number }> {
  const { currency, payAmount, body } = draftOf('takeout');
  const placed = await api.call({
    ...{
      method: 'POST',
      path: '/v1/orders',
      token: tokens.user,
      idempotencyKey: `feed-${Date.now()}-${Math.random()}`,
    },
    body: { bizType: 'takeout', userId, merchantId, currency, payAmount, ...body },
  });
  const orderId = memberOf(placed, 'orderId');
  await api.call({
    ...{ method: 'POST', path: `/v1/orders/${orderId}/payment`, token: tokens.payment },
    body: { paymentId: `pay-${orderId}`, paidAmount: payAmount, paidAt: new Date().toISOString() },
  });
  return { orderId, atMs: Date.now() };
}

const isOf = (orderId: string) => (event: { readonly data: Readonly<Record<string, unknown>> }) =>
  event.data['orderId'] === orderId;

export async function showFeed(api: OrderApi, apiUrl: string, cast: Cast): Promise<FeedShow> {
  const path = `/v1/merchants/${cast.merchantId}/feed`;
  const follow = (from?: string): Promise<FeedReader> =>
    FeedReader.open(`${apiUrl}${path}/stream`, cast.tokens.merchant, from);
  const [lines, problems]: [string[], string[]] = [[], []];
  const first = await follow();
  await first.next(({ event }) => event === 'ready', PATIENCE_MS);
  const pushedMs: number[] = [];
  for (let count = 0; count < ORDERS; count += 1) {
    const { orderId, atMs } = await paidOrder(api, cast);
    const heard = await first.next(isOf(orderId), PATIENCE_MS);
    if (heard === undefined)
      problems.push(`the stream of merchant ${cast.merchantId} did not tell of order ${orderId}`);
    else pushedMs.push(Math.max(0, heard.atMs - atMs));
  }
  pushedMs.sort((a, b) => a - b);
  const median = pushedMs[Math.floor(pushedMs.length / 2)] ?? Number.POSITIVE_INFINITY;
  if (median > PROMISED_MS) problems.push(`new orders reached the stream ${median} ms after their payment`);
  lines.push(
    `    stream    ${pushedMs.length} new orders, each ${pushedMs.join(', ')} ms after the answer to its payment`,
  );
  const polled = await api.call({ method: 'GET', path: `${path}?after=${first.lastId}`, token: cast.tokens.merchant });
  if (polled.http !== 304)
    problems.push(`a poll at the end of the feed was answered with ${polled.http} instead of 304`);
  lines.push(`    poll      GET …/feed?after=${first.lastId}: ${polled.http} in ${polled.elapsedMs.toFixed(1)} ms`);
  first.close();
  const missed = await paidOrder(api, cast);
  const second = await follow(first.lastId);
  const resumed = await second.next(isOf(missed.orderId), PATIENCE_MS);
  const repeated = second.events.filter(({ event }) => event === 'order').length - 1;
  if (resumed === undefined || repeated !== 0)
    problems.push('a stream that came back missed an order, or told one twice');
  lines.push(`    resumed   with Last-Event-ID ${first.lastId}: the order of meanwhile, and no other`);
  second.close();
  return { lines: [...lines, ...problems.map((problem) => `  ✗ ${problem}`)], problems };
}
