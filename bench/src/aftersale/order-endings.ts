/** Orders that end with money in them, at an even pace: what the reverse side has to do. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpClient } from '../load/http-client.js';
import { orderBodies } from '../workload/order-bodies.js';

export interface EndingJob {
  readonly perSec: number;
  readonly seconds: number;
}

const CONNECTIONS = 8;
const SOLD_OUT = 5;
const CUSTOMER_SERVICE = 4;
const CONFLICT = 409;
const UNAVAILABLE = 503;
const ATTEMPTS = 10;
const AGAIN_MS = 300;

/** Answers how many orders ended. Throws for an order that was refused one of its steps, or put off ten times. */
export async function endOrders(
  { perSec, seconds }: EndingJob,
  origin: string,
  token: string,
  seed: number,
): Promise<number> {
  const client = await HttpClient.open(origin, token, CONNECTIONS);
  const bodies = orderBodies(Math.max(1, Math.round(perSec * seconds)), seed);
  const beganMs = performance.now();
  try {
    await Promise.all(
      bodies.map(async (body, at) => {
        await sleep(Math.max(0, beganMs + (at / perSec) * 1_000 - performance.now()));
        await endOne(client, body, `ending-${seed}-${at}`);
      }),
    );
    return bodies.length;
  } finally {
    client.close();
  }
}

async function endOne(client: HttpClient, order: object, key: string): Promise<void> {
  const placed = await step(client, '/v1/orders', order, key);
  const { orderId, payAmount } = JSON.parse(placed) as { orderId: string; payAmount: number };
  const payment = { paymentId: `pay-${orderId}`, paidAmount: payAmount, paidAt: new Date().toISOString() };
  await step(client, `/v1/orders/${orderId}/payment`, payment);
  await step(client, `/v1/orders/${orderId}/invalidation`, { reasonCode: SOLD_OUT, role: CUSTOMER_SERVICE });
}

/** Repeated as it is while the app cannot say how it went, as callers do; a repeat may find its own effect, which is a 409 then. */
async function step(client: HttpClient, path: string, body: object, key?: string): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await client.post(path, Buffer.from(JSON.stringify(body)), key);
    if (answer.status >= 200 && answer.status < 300) return answer.body.toString();
    if (answer.status === CONFLICT && attempt > 1) return answer.body.toString();
    if (answer.status !== UNAVAILABLE || attempt === ATTEMPTS) {
      throw new Error(`${path} answered ${answer.status}: ${answer.body.toString()}`);
    }
    await sleep(AGAIN_MS);
  }
}
