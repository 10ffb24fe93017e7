/** The event of a late delivery as the centre takes it: its own words, once, and a refusal that ends the matter. */
import { describe, expect, it } from '@jest/globals';
import { type CloudEvent, exampleEventOf, refuse, transient } from '@ordo/contracts';
import { silentLogger } from '@ordo/platform';
import type { GrantAnswer } from './compensation-book.js';
import { grantLateness } from './lateness-events.consumer.js';

const data = { rule: 'late-delivery', ruleVersion: 2, city: 'shanghai', minutesLate: 24, currency: 'CNY' };
const late: CloudEvent = { ...exampleEventOf('order.paid'), type: 'ordo.delivery.late.v1', data };

class Book {
  readonly asked: unknown[] = [];
  constructor(private readonly answer: () => GrantAnswer = () => ({ kind: 'nothing-owed' })) {}

  async grantFor(...asked: unknown[]): Promise<GrantAnswer> {
    this.asked.push(asked);
    return this.answer();
  }
}

describe('a late delivery', () => {
  it('is granted what its rule, version, city and minutes say, for the order of the event', async () => {
    const book = new Book();
    await grantLateness(late, book, silentLogger);
    const { subject, userid, merchantid, biztype, time } = late;
    expect(book.asked).toEqual([
      [
        { orderId: subject, userId: userid, merchantId: merchantid, bizType: biztype, currency: 'CNY' },
        'late-delivery',
        { occurredAtMs: Date.parse(time), measures: { minutesLate: 24 }, city: 'shanghai', ruleVersion: 2 },
      ],
    ]);
  });

  it('that the rules refuse is done with; one that met a database that is away comes again', async () => {
    const spent = new Book(() => {
      throw refuse('COMPENSATION_BUDGET_SPENT', 'spent');
    });
    await grantLateness(late, spent, silentLogger);
    const away = new Book(() => {
      throw transient('NODE_UNAVAILABLE', 'away', 1_000);
    });
    await expect(grantLateness(late, away, silentLogger)).rejects.toMatchObject({ code: 'NODE_UNAVAILABLE' });
  });

  it('is told by one type of event alone', async () => {
    const book = new Book();
    await grantLateness({ ...late, type: 'ordo.delivery.delivered.v1' }, book, silentLogger);
    expect(book.asked).toEqual([]);
  });
});
