/** The ledger on a real server: what only locks, unique keys and a death between two commits can prove. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Refusal, Transient } from '@ordo/kernel';
import type { ChannelStep } from '../payment-channel/rehearsal/channel-step.js';
import { PartnerRefusal } from '../transfer/partner-answer.js';
import { TransferNews, TransferState } from '../transfer/transfer.state.js';
import type { RefundBook } from './refund-book.js';
import { assertSound, type ReserveRequest } from './refund-ledger.rules.js';
import { CURRENCY, PAID, RefundStage } from './rehearsal/refund-stage.js';

let stage: RefundStage;
let book: RefundBook;
let causes = 0;

beforeAll(async () => {
  stage = await RefundStage.open('refund_book');
  book = stage.book();
});

afterAll(() => stage.close());

const B_UNIT = [
  { lineKey: 'item:B', amount: 914 },
  { lineKey: 'packing', amount: 100 },
];

function asked(order: { orderId: string; paymentId: string }, lines: ReserveRequest['lines'] = B_UNIT): ReserveRequest {
  causes += 1;
  return { ...order, cause: `application:${causes}`, currency: CURRENCY, lines };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'accepted';
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}

/** As a caller does: a Transient says that nothing happened, and one cause is one refund. */
async function insisting<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Transient) || attempt === 10) throw error;
    }
  }
}

async function soundState(orderId: string) {
  const state = await book.readOrder(orderId);
  if (state === undefined) throw new Error(`order ${orderId} has no ledger`);
  assertSound(state);
  return state;
}

describe('a reservation', () => {
  it('holds its lines and writes the refund, its first fact and the timer of its first step', async () => {
    const order = await stage.paidOrder(book);
    const { number } = await book.reserve(asked(order));
    expect(number).toBe(`${order.orderId}-1`);
    const { account, lines, transfers } = await soundState(order.orderId);
    expect(account).toMatchObject({ paid: PAID, held: 1_014, confirmed: 0, refundCount: 1 });
    expect(lines.filter(({ held }) => held > 0).map(({ lineKey, held }) => [lineKey, held])).toEqual([
      ['item:B', 914],
      ['packing', 100],
    ]);
    expect(transfers).toEqual([await book.read(number)]);
    expect(await stage.facts(number)).toEqual([{ seq: 1, fact: 'RESERVED' }]);
    expect(await stage.pendingSteps(number)).toEqual([{ number, version: 1 }]);
  });

  it.each([
    ['a line above what was paid for it', [{ lineKey: 'item:A', amount: 1_175 }], 'REFUND_EXCEEDS_PAID'],
    ['a line that the order does not have', [{ lineKey: 'item:Z', amount: 1 }], 'REFUND_EXCEEDS_PAID'],
    ['no line', [], 'INVALID_ARGUMENT'],
    ['a line twice', [...B_UNIT, ...B_UNIT], 'INVALID_ARGUMENT'],
    ['an amount of zero beside another', [...B_UNIT, { lineKey: 'delivery', amount: 0 }], 'INVALID_ARGUMENT'],
  ])('of %s is refused, and nothing is written', async (_, lines, code) => {
    const order = await stage.paidOrder(book);
    const before = await stage.rows();
    expect(await codeOf(book.reserve(asked(order, lines)))).toBe(code);
    expect(await stage.rows()).toBe(before);
  });

  it('makes its payment known with it, once; a refused one makes nothing known, whoever commits beside it', async () => {
    const [refused, accepted] = [stage.payment(), stage.payment()];
    const first = book.reserve(asked(await stage.paidOrder(book)));
    const tooMuch = asked(refused, [{ lineKey: 'item:A', amount: 1_175 }]);
    const both = [codeOf(book.reserve(tooMuch, refused)), codeOf(book.reserve(asked(accepted), accepted))];
    await first;
    expect(await Promise.all(both)).toEqual(['REFUND_EXCEEDS_PAID', 'accepted']);
    // At most the empty row that was locked.
    const left = await book.readOrder(refused.orderId);
    expect([left?.account.paid ?? 0, left?.payments ?? [], left?.lines ?? []]).toEqual([0, [], []]);
    await book.reserve(asked(refused), refused);
    await book.reserve(asked(accepted, [{ lineKey: 'delivery', amount: 1 }]), accepted);
    const [later, again] = [await soundState(refused.orderId), await soundState(accepted.orderId)];
    expect([later.account, again.account]).toMatchObject([
      { paid: PAID, held: 1_014, refundCount: 1 },
      { paid: PAID, held: 1_015, refundCount: 2 },
    ]);
    expect([later.payments, again.payments]).toMatchObject([[{}], [{}]]);
  });

  it('of another currency, of a foreign payment or of an old one is refused, and nothing is written', async () => {
    const order = await stage.paidOrder(book);
    const old = await stage.paidOrder(book, Date.now() - 366 * 86_400_000);
    const before = await stage.rows();
    expect(await codeOf(book.reserve({ ...asked(order), currency: 'USD' }))).toBe('INVALID_ARGUMENT');
    expect(await codeOf(book.reserve({ ...asked(order), paymentId: old.paymentId }))).toBe('REFUND_EXCEEDS_PAID');
    expect(await codeOf(book.reserve(asked(old)))).toBe('PAYMENT_TOO_OLD');
    expect(await stage.rows()).toBe(before);
  });

  it('is refused after the fiftieth of a payment', async () => {
    const order = await stage.paidOrder(book);
    const cent = [{ lineKey: 'item:A', amount: 1 }];
    for (let count = 1; count <= 50; count += 1) await book.reserve(asked(order, cent));
    expect(await codeOf(book.reserve(asked(order, cent)))).toBe('REFUND_LIMIT_REACHED');
  });

  it('of one cause is one refund, however often and from wherever it is asked for', async () => {
    const order = await stage.paidOrder(book);
    const request = asked(order);
    const books = [book, stage.book(), stage.book()];
    const asking = [...books, ...books, ...books, ...books].map((each) => each.reserve(request));
    const refunds = await Promise.all(asking);
    expect(new Set(refunds.map(({ number }) => number)).size).toBe(1);
    expect(await codeOf(book.reserve({ ...request, lines: [{ lineKey: 'item:A', amount: 1 }] }))).toBe(
      'REFUND_CAUSE_REUSED',
    );
    expect((await soundState(order.orderId)).account.held).toBe(1_014);
  });

  it('never holds more than was paid when a hundred come at once from three writers', async () => {
    const order = await stage.paidOrder(book);
    const books = [book, stage.book(), stage.book()];
    const third = [{ lineKey: 'delivery', amount: 100 }];
    const work = Array.from({ length: 100 }, (_, at) => {
      const request = asked(order, third);
      return codeOf(insisting(() => (books[at % 3] ?? book).reserve(request)));
    });
    const codes = await Promise.all(work);
    const { account, transfers } = await soundState(order.orderId);
    const accepted = codes.filter((code) => code === 'accepted').length;
    console.log(
      `reservations: 100 at once, ${accepted} accepted, ${100 - accepted} refused, held ${account.held} of ${PAID}`,
    );
    expect(accepted).toBe(3);
    expect(new Set(codes)).toEqual(new Set(['accepted', 'REFUND_EXCEEDS_PAID']));
    expect(new Set(transfers.map(({ number }) => number)).size).toBe(transfers.length);
  });
});

describe('a callback', () => {
  async function sentRefund() {
    const order = await stage.paidOrder(book);
    const { number } = await book.reserve(asked(order));
    await stage.serve(stage.driver(book), number);
    const told = { refundNumber: number, outcome: 'succeeded', reason: null, reference: 'm1', amount: 1_014 } as const;
    return {
      number,
      order,
      event: { ...told, currency: CURRENCY, occurredAtMs: Date.now(), replayKey: `evt-${number}` },
    };
  }

  it('that comes twenty times at once is taken once, and its copies are told that they are replays', async () => {
    const { number, order, event } = await sentRefund();
    const books = [book, stage.book()];
    const codes = await Promise.all(
      Array.from({ length: 20 }, (_, at) => codeOf(books[at % 2]?.hear(event, 'memory') ?? Promise.resolve())),
    );
    expect(codes.filter((code) => code === 'accepted')).toHaveLength(1);
    expect(codes.filter((code) => code === 'MESSAGE_REPLAYED')).toHaveLength(19);
    expect((await stage.facts(number)).filter(({ fact }) => fact === 'CONFIRMED')).toHaveLength(1);
    expect((await soundState(order.orderId)).account).toMatchObject({ held: 0, confirmed: 1_014 });
  });

  it('in a delivery of its own changes nothing after the end, and an older piece of news neither', async () => {
    const { number, event } = await sentRefund();
    await book.hear(event, 'memory');
    const facts = await stage.facts(number);
    await book.hear({ ...event, replayKey: 'evt-again' }, 'memory');
    await book.hear({ ...event, outcome: 'pending', replayKey: 'evt-late' }, 'memory');
    expect(await stage.facts(number)).toEqual(facts);
    expect((await book.read(number))?.state).toBe(TransferState.CONFIRMED);
  });

  it('that says the opposite of the end is written down and opens nothing', async () => {
    const { number, event } = await sentRefund();
    await book.hear(event, 'memory');
    await book.hear({ ...event, outcome: 'failed', reason: 'OTHER', replayKey: 'evt-no' }, 'memory');
    expect((await stage.facts(number)).at(-1)?.fact).toBe('CONTRADICTED');
    expect((await book.read(number))?.state).toBe(TransferState.CONFIRMED);
  });

  it.each([
    ['about another amount', { amount: 1_015 }, 'CALLBACK_UNREADABLE'],
    ['in another currency', { currency: 'USD' }, 'CALLBACK_UNREADABLE'],
    ['about a number that we never gave', { refundNumber: '127053183455000001-9' }, 'REFUND_NOT_FOUND'],
    ['about a text that is no number', { refundNumber: "1-1' OR 1=1" }, 'REFUND_NOT_FOUND'],
  ])('%s is refused, and nothing is written', async (_, change, code) => {
    const { event } = await sentRefund();
    const before = await stage.rows();
    expect(await codeOf(book.hear({ ...event, ...change }, 'memory'))).toBe(code);
    expect(await stage.rows()).toBe(before);
  });

  it('from a channel that the refund was not sent to is refused', async () => {
    const { event } = await sentRefund();
    expect(await codeOf(book.hear(event, 'stripe'))).toBe('CALLBACK_UNREADABLE');
  });
});

describe('a worker that dies', () => {
  const weathers: readonly (readonly [string, readonly ChannelStep[]])[] = [
    ['in fair weather', [{ settle: 'at-once' }]],
    ['when the answer is lost', [{ settle: 'at-once', after: 'drop' }]],
    ['when the request is lost', [{ before: 'drop' }, { settle: 'at-once' }]],
    ['when the channel fails first', [{ settle: 'fails' }, { settle: 'at-once' }]],
    ['when the channel refuses for now', [{ refuse: PartnerRefusal.INSUFFICIENT_FUNDS }, { settle: 'at-once' }]],
    ['when the channel refuses for ever', [{ refuse: PartnerRefusal.PAYMENT_DISPUTED }]],
  ];

  it.each(weathers)('between any two steps, %s, leaves a refund that its successor ends, once', async (_, steps) => {
    const ends: string[] = [];
    for (let livesFor = 0; ; livesFor += 1) {
      const order = await stage.paidOrder(book);
      const { number } = await book.reserve(asked(order));
      stage.channel.plans.set(number, [...steps]);
      const hasDied = await diesAfter(livesFor, number);
      const successor = stage.driver(stage.book());
      for (let round = 0; round < 20 && (await stage.serve(successor, number)) > 0; round += 1) {
        await expectTimerWhileOpen(number);
      }
      ends.push(await expectEnded(number, order.orderId));
      if (!hasDied) break;
    }
    expect(new Set(ends).size).toBe(1);
    expect(ends.length).toBeGreaterThan(8);
  });

  /** Serves the refund's timers until it dies at the so many-th breath; false: there was nothing left to do before that. */
  async function diesAfter(livesFor: number, number: string): Promise<boolean> {
    let left = livesFor;
    const mortal = stage.driver(stage.book(), async () => {
      if (left <= 0) throw new Error('dead');
      left -= 1;
    });
    try {
      for (let round = 0; round < 20; round += 1) if ((await stage.serve(mortal, number)) === 0) return false;
    } catch (error) {
      if ((error as Error).message !== 'dead') throw error;
    }
    return true;
  }

  async function expectTimerWhileOpen(number: string): Promise<void> {
    const transfer = await book.read(number);
    const steps = await stage.pendingSteps(number);
    const hasOwn = steps.some(({ version }) => version === transfer?.version);
    expect(hasOwn).toBe(transfer?.nextAtMs !== null);
  }

  async function expectEnded(number: string, orderId: string): Promise<string> {
    const state = (await book.read(number))?.state ?? '';
    const moved = stage.channel.movements.filter(({ refundNumber }) => refundNumber === number);
    expect(moved.reduce((sum, each) => sum + each.moved, 0)).toBe(state === TransferState.CONFIRMED ? 1 : 0);
    expect([TransferState.CONFIRMED, TransferState.RELEASED]).toContain(state);
    const facts = await stage.facts(number);
    expect(facts.map(({ seq }) => seq)).toEqual(facts.map((__, at) => at + 1));
    const { account } = await soundState(orderId);
    expect(account).toMatchObject({ held: 0, confirmed: state === TransferState.CONFIRMED ? 1_014 : 0 });
    return state;
  }
});

describe('a person', () => {
  it('may have a stalled refund tried again or given back, and no other', async () => {
    const order = await stage.paidOrder(book);
    const { number, version } = await book.reserve(asked(order, [{ lineKey: 'delivery', amount: 300 }]));
    expect(await codeOf(book.decide(number, TransferNews.RETRY, 'BY_OPERATOR'))).toBe('REFUND_NOT_RETRYABLE');
    await book.record(number, { news: TransferNews.SEND }, version);
    await book.record(number, { news: TransferNews.GIVEN_UP }, version + 1);
    expect((await book.decide(number, TransferNews.RETRY, 'BY_OPERATOR')).state).toBe(TransferState.SENT);
    await book.record(number, { news: TransferNews.GIVEN_UP }, version + 3);
    expect((await book.decide(number, TransferNews.RELEASE, 'BY_OPERATOR')).state).toBe(TransferState.RELEASED);
    expect((await soundState(order.orderId)).account).toMatchObject({ held: 0, confirmed: 0 });
    expect(await codeOf(book.decide(number, TransferNews.RELEASE, 'BY_OPERATOR'))).toBe('REFUND_NOT_RETRYABLE');
    expect(await codeOf(book.decide('1-1', TransferNews.RELEASE, 'BY_OPERATOR'))).toBe('REFUND_NOT_FOUND');
  });
});

describe('a companion', () => {
  it('commits with the change that it follows, or neither does', async () => {
    await stage.pool.query(`CREATE TABLE ${stage.schema}.follower (number VARCHAR(32) PRIMARY KEY, fact VARCHAR(16))`);
    const row = (number: string, fact: string) => ({
      into: `INSERT INTO ${stage.schema}.follower (number, fact)`,
      row: `('${number}-${fact}','${fact}')`,
    });
    const followed = stage.book({
      open: () => [],
      follow: ({ transfer, fact }) => ({ updates: [], inserts: [row(transfer.number, fact)] }),
    });
    const order = await stage.paidOrder(book);
    const { number } = await followed.reserve(asked(order));
    const found = () => stage.pool.query(`SELECT fact FROM ${stage.schema}.follower WHERE number LIKE '${number}-%'`);
    expect(await found()).toEqual([{ fact: 'RESERVED' }]);
    await stage.pool.query(`INSERT INTO ${stage.schema}.follower VALUES ('${number}-SENT','taken')`);
    await expect(followed.record(number, { news: TransferNews.SEND }, 1)).rejects.toThrow('refused a statement');
    expect(await stage.facts(number)).toEqual([{ seq: 1, fact: 'RESERVED' }]);
  });
});
