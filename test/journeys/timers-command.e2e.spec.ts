/**
 * What an operator asks of deadlines, over the CLI and against the running app with two workers: why an order cancelled and when exactly,
 * what waits, and a switch that stops all of it without losing any.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aPlaceOrder, aServiceToken, eventually } from '@ordo/testing';
import { forgetDeadlines } from '../harness/backlog.js';
import { ordo } from '../harness/operator-command.js';
import { OrderFleet } from '../harness/order-fleet.js';
import { RestClient } from '../harness/rest-client.js';

const QUEUE = 'order-deadline';
const CASE_MS = 90_000;
/** The first partitions of a process that has just started are taken over within seconds; shared cores take their time. */
const FIRED_WITHIN_MS = 30_000;
/** Two looks at the switch, and the batch that was under way. */
const SWITCHED_MS = 2_500;
const CROWD = 40;

let fleet: OrderFleet;
let service: RestClient;
let isPaused = false;

beforeAll(async () => {
  fleet = new OrderFleet();
  await forgetDeadlines();
  const [api] = await Promise.all([fleet.start('api'), fleet.start('worker'), fleet.start('worker')]);
  service = new RestClient(api.url, await aServiceToken());
  await untilEnded([await placed(1)]);
}, CASE_MS);

afterAll(async () => {
  // Whatever failed here, no other spec may find its deadlines paused.
  if (isPaused) await ordo('timers', 'resume', QUEUE);
  await fleet?.end();
}, CASE_MS);

const placed = (paySeconds: number): Promise<string> => service.placed(aPlaceOrder({ deadlines: { paySeconds } }));

/** A read that is refused for a moment (503: commands boot beside it on few cores) is asked for again, as a client does. */
async function statusOf(orderId: string): Promise<unknown> {
  for (;;) {
    const { status, body } = await service.get(`/v1/orders/${orderId}`);
    if (status !== 503) return body['status'];
    await pause(100);
  }
}

const statuses = (orderIds: readonly string[]): Promise<unknown[]> => Promise.all(orderIds.map(statusOf));

const untilEnded = (orderIds: readonly string[]): Promise<unknown> =>
  eventually(
    async () => (await statuses(orderIds)).every((status) => status === 'INVALID'),
    `${orderIds.length} orders end by their deadlines`,
    FIRED_WITHIN_MS,
  );

describe('timers show', () => {
  it('answers in its second line why an order cancelled, when exactly, when that was due, and how late it was', async () => {
    const orderId = await placed(1);
    await untilEnded([orderId]);
    const { code, lines } = await ordo('timers', 'show', orderId);
    expect(code).toBe(0);
    const told =
      /^INVALID since (\S+Z), version 2, by SYSTEM, PAY_TIMEOUT \(20\): its deadline of (\S+Z), [\d.]+ m?s late$/.exec(
        lines[1] ?? '',
      );
    const [, at = '', due = ''] = told ?? [];
    const { body } = await service.get(`/v1/orders/${orderId}`);
    expect(at).toBe(new Date(String(body['invalidatedAt'])).toISOString());
    expect(Date.parse(due)).toBe(Date.parse(String(body['createdAt'])) + 1_000);
    expect(lines).toContain('deadline: none, INVALID waits for nobody');
  });

  it('says of an order that waits what its deadline will do, where the index has it, and who will fire it', async () => {
    const orderId = await placed(600);
    const { lines } = await eventually(
      async () => {
        const shown = await ordo('timers', 'show', orderId);
        return shown.lines.includes('  index: in its slot') ? shown : undefined;
      },
      'the index has the order',
      FIRED_WITHIN_MS,
    );
    expect(lines.join('\n')).toMatch(
      /^deadline: \S+Z, in (9 min \d+ s|10 min|9 min): it becomes INVALID \(PAY_TIMEOUT \(20\)\) unless/m,
    );
    expect(lines.join('\n')).toMatch(/^ {2}fired by: \S+ \(epoch \d+\); the queue is open$/m);
  });

  it('says that a user has cancelled, with the reason and without a deadline', async () => {
    const orderId = await placed(600);
    await service.post(`/v1/orders/${orderId}/invalidation`, { reasonCode: 13, role: 1 });
    const { lines } = await ordo('timers', 'show', orderId);
    expect(lines[1]).toMatch(/^INVALID since \S+Z, version 2, by USER, USER_CANCEL \(13\)$/);
  });
});

describe('a queue', () => {
  it('is shown with all its shards owned by the two workers, and its index built', async () => {
    const { code, lines } = await ordo('timers', 'status', QUEUE);
    expect(code).toBe(0);
    const text = lines.join('\n');
    expect(text).not.toContain('NOBODY');
    expect(text.match(/owners: \S+ has 30 \(.*\), \S+ has 30 \(/g)).toHaveLength(2);
    expect(text).toMatch(/index {3}120 of 120 partitions built, drained /);
  });

  it(
    'that is paused fires nothing in any process, and is drained when it is resumed',
    async () => {
      isPaused = true;
      expect((await ordo('timers', 'pause', QUEUE, '--reason', 'a journey', '--by', 'a spec')).code).toBe(0);
      await pause(SWITCHED_MS);
      const orders = await Promise.all(Array.from({ length: CROWD }, () => placed(1)));
      await pause(1_000 + SWITCHED_MS);
      expect(new Set(await statuses(orders))).toEqual(new Set(['CREATED']));
      const [standing, shown] = await Promise.all([
        ordo('timers', 'drain', QUEUE, '--patience', '2'),
        ordo('timers', 'show', orders[0] ?? ''),
      ]);
      expect(standing.code).toBe(1);
      expect(standing.lines.join('\n')).toMatch(/stands still\n {2}node-\d: PAUSED for .* by a spec: a journey/);
      expect(shown.lines.join('\n')).toMatch(/DUE for .*\n.*\n.*the queue is PAUSED/);
      // Who pays while deadlines wait is in time.
      const [first = ''] = orders;
      expect((await service.paid(first, aPlaceOrder().payAmount)).status).toBe(200);
      expect((await ordo('timers', 'resume', QUEUE)).code).toBe(0);
      isPaused = false;
      const drained = await ordo('timers', 'drain', QUEUE);
      expect([drained.code, drained.lines]).toEqual([0, [`${QUEUE}: nothing that was due is pending`]]);
      await untilEnded(orders.slice(1));
      expect(await statuses([first])).toEqual(['PAID']);
    },
    CASE_MS,
  );

  it('that nobody has announced is refused by name', async () => {
    const { code, complaint } = await ordo('timers', 'pause', 'order-dedline');
    expect(code).toBe(1);
    expect(complaint).toContain("no process has announced a queue 'order-dedline'; known are: ");
    expect(complaint).toContain(QUEUE);
  });
});
