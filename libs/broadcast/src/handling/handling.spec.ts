/** Handlers by event, once, and in order, in the kit: what a consumer team can rely on, whatever the queue does to it. */
import { describe, expect, it } from '@jest/globals';
import type { CloudEvent } from '@ordo/contracts';
import { InvariantViolation, Refusal, Transient } from '@ordo/kernel';
import fc from 'fast-check';
import { anEvent } from '../kit/an-event.js';
import { ConsumerKit } from '../kit/consumer-kit.js';
import { MemoryStore } from '../kit/memory-store.js';
import { currentTraceParent } from '../trace/trace-context.js';
import { byEvent } from './by-event.js';
import { type Gap, inOrder } from './in-order.js';
import { once } from './once.js';

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

/** The life of one order, version 1 to 5. */
function lifeOf(orderId: string): CloudEvent[] {
  return [
    anEvent('order.created', { orderId, version: 1 }),
    anEvent('order.paid', { orderId, version: 2 }),
    anEvent('order.accepted', { orderId, version: 3 }),
    anEvent('order.received', { orderId, version: 4 }),
    anEvent('order.completed', { orderId, version: 5 }),
  ];
}

describe('byEvent', () => {
  it('gives an event to the function of its name, with its data typed, and lets the others pass', async () => {
    const amounts: number[] = [];
    const handler = byEvent({ 'order.paid': async (event) => void amounts.push(event.data.paidAmount) });
    const kit = new ConsumerKit({ handler });
    await kit.deliver(anEvent('order.paid', { data: { paidAmount: 42 } }));
    await kit.deliver(anEvent('order.created'));
    await kit.deliver({ ...anEvent('order.paid'), type: 'ordo.order.paid.v9' });
    expect(amounts).toEqual([42]);
  });

  it('runs in the trace of the event, under a span of its own', async () => {
    const traces: (string | undefined)[] = [];
    const handler = byEvent({ 'order.paid': async () => void traces.push(currentTraceParent()) });
    await new ConsumerKit({ handler }).deliver(anEvent('order.paid', { traceParent: TRACE }));
    expect(traces[0]).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/);
    expect(traces[0]).not.toBe(TRACE);
    expect(currentTraceParent()).toBeUndefined();
  });
});

describe('once', () => {
  const bookWith = (store: MemoryStore, fail: () => void = () => undefined) =>
    once(
      { consumer: 'billing.book', transactions: store, inbox: store.inbox },
      {
        'order.paid': async (tx, event) => {
          await tx.query('INSERT', [event.subject, event.data.paidAmount]);
          fail();
        },
      },
    );

  it('has one effect of an event that comes three times', async () => {
    const store = new MemoryStore();
    const kit = new ConsumerKit({ handler: bookWith(store) });
    const counts = await kit.storm([anEvent('order.paid'), anEvent('order.paid', { orderId: '7' })], { copies: 3 });
    expect(counts).toEqual({ handled: 6, refused: 0, deadLettered: 0 });
    expect(store.statements).toHaveLength(2);
  });

  it('leaves nothing of an attempt that failed, and has the effect when one succeeds', async () => {
    const store = new MemoryStore();
    let attempts = 0;
    const handler = bookWith(store, () => {
      attempts += 1;
      if (attempts < 4) throw new Transient('NODE_UNAVAILABLE', 'away', 10);
    });
    const settled = await new ConsumerKit({ handler }).deliver(anEvent('order.paid'));
    expect(settled).toMatchObject({ outcome: 'handled', attempts: 4, waitedSeconds: 3 });
    expect(store.statements).toHaveLength(1);
  });

  it.each([
    ['a refusal', new Refusal('NO', 'no'), { outcome: 'refused', attempts: 1 }],
    ['a bug', new InvariantViolation('amounts do not add up'), { outcome: 'deadLettered', attempts: 1 }],
    ['a store that stays away', new Transient('AWAY', 'away', 10), { outcome: 'deadLettered', attempts: 16 }],
    ['an error without a family', new TypeError('x'), { outcome: 'deadLettered', attempts: 5 }],
  ])('ends %s as the consumer would, without an effect', async (_, error, expected) => {
    const store = new MemoryStore();
    const handler = bookWith(store, () => {
      throw error;
    });
    expect(await new ConsumerKit({ handler }).deliver(anEvent('order.paid'))).toMatchObject(expected);
    expect(store.statements).toEqual([]);
  });
});

describe('inOrder', () => {
  function ordered(refetch: (gap: Gap) => Promise<readonly CloudEvent[]>, joinsLate = false) {
    const store = new MemoryStore();
    const note = async (tx: { query(text: string, values: unknown[]): Promise<unknown> }, event: CloudEvent) =>
      void (await tx.query(event.subject, [event.orderversion]));
    const handler = inOrder(
      { consumer: 'shop.screen', transactions: store, positions: store.positions, refetch, joinsLate },
      { 'order.created': note, 'order.paid': note, 'order.accepted': note, 'order.received': note },
    );
    const applied = (orderId: string) =>
      store.statements.filter(({ text }) => text === orderId).map(({ values }) => values[0]);
    return { kit: new ConsumerKit({ handler }), applied, handler };
  }
  const nothing = async (): Promise<readonly CloudEvent[]> => [];

  it('applies what comes doubled and in any disorder in version order, each once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 3 }), async (seed, copies) => {
        const { kit, applied } = ordered(nothing);
        const counts = await kit.storm([...lifeOf('1'), ...lifeOf('2')], { seed, copies });
        expect(counts).toEqual({ handled: 10 * copies, refused: 0, deadLettered: 0 });
        expect([applied('1'), applied('2')]).toEqual([
          [1, 2, 3, 4],
          [1, 2, 3, 4],
        ]);
      }),
      { numRuns: 60 },
    );
  });

  it('applies deliveries that are in hand together in their order, without parking them', async () => {
    const { handler, applied } = ordered(nothing);
    const context = { attempt: 1 } as Parameters<typeof handler>[1];
    await Promise.all(lifeOf('3').map((event) => handler(event, context)));
    expect(applied('3')).toEqual([1, 2, 3, 4]);
  });

  it('parks three times, then fetches what is missing and applies it first', async () => {
    const gaps: Gap[] = [];
    const [, second, third, fourth] = lifeOf('4');
    const { kit, applied } = ordered(async (gap) => {
      gaps.push(gap);
      return [third, lifeOf('4')[0], second, lifeOf('5')[0]].flatMap((event) => event ?? []);
    });
    const settled = await kit.deliver(fourth as CloudEvent);
    expect(settled).toMatchObject({ outcome: 'handled', attempts: 4, waitedSeconds: 3 });
    expect(gaps).toMatchObject([{ record: '4', from: 1, to: 3 }]);
    expect(applied('4')).toEqual([1, 2, 3, 4]);
    expect(applied('5')).toEqual([]);
  });

  it('never steps over a gap that cannot be filled: it goes to the dead letters, and what follows as well', async () => {
    const [first, , third] = lifeOf('6');
    const { kit, applied } = ordered(nothing);
    await kit.deliver(first as CloudEvent);
    const settled = await kit.deliver(third as CloudEvent);
    expect(settled).toMatchObject({ outcome: 'deadLettered', attempts: 16, failure: { code: 'ORDER_GAP' } });
    expect(applied('6')).toEqual([1]);
  });

  it('joins an order in the middle of its life only where it is told to', async () => {
    const [, , third, fourth] = lifeOf('8');
    const late = ordered(nothing, true);
    await late.kit.deliver(third as CloudEvent);
    await late.kit.deliver(fourth as CloudEvent);
    expect(late.applied('8')).toEqual([3, 4]);
  });
});

describe('anEvent', () => {
  it('refuses data that no sender would send', () => {
    expect(() => anEvent('order.paid', { data: { paidAmount: -1 } })).toThrow(/break its schema/);
  });
});
