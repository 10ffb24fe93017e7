/** What is published, the same bytes for both sides, and the queues that hear it. */
import { assembleTopology, cloudEventBody, type OutgoingEvent, type Topology } from '@ordo/broadcast';

export const EXCHANGE = 'bench-fan.order';
/** As the relay publishes: some hundred events together. */
export const WINDOW = 250;
export const PREFETCH = 250;
const MAX_LENGTH = 1_000_000;

export function topologyOf(queues: number, delaySeconds?: number): Topology {
  const delay = delaySeconds === undefined ? {} : { delaySeconds };
  return assembleTopology([
    {
      exchange: EXCHANGE,
      queues: Array.from({ length: queues }, (_, index) => ({
        ...{ name: `${EXCHANGE}.fan.out-${index}`, owner: 'bench', overflow: 'reject-publish', maxLength: MAX_LENGTH },
        bindings: [{ bizType: 'takeout', events: ['paid'], ...delay }],
      })),
    },
  ]);
}

export function windowsOf(events: number): OutgoingEvent[][] {
  const all = Array.from({ length: events }, (_, index) => eventOf(String(index + 1)));
  return Array.from({ length: Math.ceil(events / WINDOW) }, (_, at) => all.slice(at * WINDOW, (at + 1) * WINDOW));
}

export function eventOf(orderId: string): OutgoingEvent {
  const type = 'ordo.order.paid.v1';
  const body = cloudEventBody({
    ...{ source: '/bench', type, orderId, version: 2, userId: '7', merchantId: '9', bizType: 'takeout', role: 1 },
    ...{ occurredAtMs: Date.now(), sentAtMs: Date.now() },
    data: { status: 'PAID', previousStatus: 'CREATED', paymentId: 'pay-7f3a', paidAmount: 3_600, currency: 'CNY' },
  });
  return { exchange: EXCHANGE, routingKey: 'takeout.paid', messageId: `${orderId}-2`, type, body };
}
