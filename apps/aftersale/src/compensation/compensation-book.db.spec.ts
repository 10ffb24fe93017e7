/** The compensation centre on a real server: once per order and rule, never above the budget, and paid once whoever dies. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Refusal, systemClock, Transient } from '@ordo/kernel';
import { type NodePool, NodePools, ShardTransactions } from '@ordo/sharding';
import { TimerWriter } from '@ordo/timers';
import type { ChannelStep } from '../payment-channel/rehearsal/channel-step.js';
import { MemoryChannel } from '../payment-channel/rehearsal/memory-channel.js';
import { createScratchSchema } from '../refund-ledger/rehearsal/scratch-schema.js';
import { PartnerRefusal } from '../transfer/partner-answer.js';
import { stepKeyOf, stepOfKey } from '../transfer/step-timers.js';
import { TransferNews, TransferState } from '../transfer/transfer.state.js';
import { TransferDriver } from '../transfer/transfer-driver.js';
import { defaultPace } from '../transfer/transfer-pace.rules.js';
import { CompensationBook } from './compensation-book.js';
import { type GrantCompanion, silentCompanion } from './compensation-companion.js';
import type { CompensationGrant } from './compensation-grant.js';
import type { CompensatedOrder, CompensationFacts, CompensationRule } from './compensation-rule.js';

const SCHEMA = `ordo_spec_compensation_${process.pid}`;
const QUEUE = `${SCHEMA}-steps`;
const pace = {
  ...defaultPace,
  graceMs: 0,
  patienceMs: 0,
  firstLookMs: 0,
  maxLookMs: 0,
  firstRetryMs: 0,
  maxRetryMs: 0,
};
/** 12 shards share 84,000: 7,000 for ours, which is five grants of 1,300 and a rest of 500. */
const rule: CompensationRule = {
  ...{
    rule: 'late-delivery',
    version: 3,
    bizTypes: ['takeout'],
    validFrom: '2025-01-01T00:00:00Z',
    asset: 'RED_PACKET',
  },
  ...{ liable: 'CARRIER', currency: 'CNY', basis: 'minutesLate', budget: { perDay: 84_000 } },
  tiers: [
    { from: 10, amount: 400 },
    { from: 30, amount: 1_300 },
  ],
};

let pools: NodePools;
let pool: NodePool;
let day = 1;
let orders = 0;
let ids = 0;
const channel = new MemoryChannel();

beforeAll(async () => {
  pools = new NodePools([(process.env['ORDO_MYSQL_NODES'] ?? '').split(',')[0] ?? '']);
  pool = pools.at(0);
  await createScratchSchema(pool, SCHEMA);
});

afterAll(async () => {
  await pool.query(`DELETE FROM ordo_node.timer WHERE queue='${QUEUE}'; DROP DATABASE IF EXISTS ${SCHEMA}`);
  await pools.close();
});

/** A book as another process would have it. */
function aBook(companion: GrantCompanion = silentCompanion): CompensationBook {
  const writer = new TimerWriter(new Set([QUEUE]), 1, systemClock);
  const plan = (node: number, number: string, version: number, dueMs: number) => ({
    insert: writer.timerInsert(node, { queue: QUEUE, key: stepKeyOf(number, version), dueMs }).insert,
    announce: async () => undefined,
  });
  const address = { node: 0, schema: SCHEMA, shard: 0, shards: 12 };
  return new CompensationBook(
    { pools, transactions: new ShardTransactions(pools), addressOf: () => address },
    { rules: [rule], timers: { plan }, companion, pace, clock: systemClock, dayOf: () => today(), newId },
  );
}

function newId(): string {
  ids += 1;
  return String(127_053_183_477_000_000n + BigInt(ids));
}

const today = (): string => `2026-01-${String(day).padStart(2, '0')}`;

function anOrder(): CompensatedOrder {
  orders += 1;
  const orderId = String(127_053_183_466_000_000n + BigInt(orders));
  return { orderId, userId: '10001', merchantId: '20001', bizType: 'takeout', currency: 'CNY' };
}

const late = (minutesLate: number): CompensationFacts => ({ occurredAtMs: Date.now(), measures: { minutesLate } });

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'granted';
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}

/** As a caller does: a Transient says that nothing happened, and an order is granted once. */
async function insisting(book: CompensationBook, order: CompensatedOrder): Promise<unknown> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await book.grantFor(order, 'late-delivery', late(31));
    } catch (error) {
      if (!(error instanceof Transient) || attempt === 10) throw error;
    }
  }
}

async function budgetOf(): Promise<{ granted: number; grants: number }> {
  const [row] = await pool.query(
    `SELECT granted, grants FROM ${SCHEMA}.compensation_budget WHERE budget_day='${today()}'`,
  );
  return { granted: Number(row?.['granted'] ?? 0), grants: Number(row?.['grants'] ?? 0) };
}

async function rows(): Promise<string> {
  const tables = ['compensation_grant', 'compensation_ledger', 'callback_nonce'].map((table) => `${SCHEMA}.${table}`);
  const counts = tables.map((table) => `(SELECT COUNT(*) FROM ${table})`);
  const spent = `(SELECT COALESCE(SUM(granted),0) FROM ${SCHEMA}.compensation_budget)`;
  const timers = `(SELECT COUNT(*) FROM ordo_node.timer WHERE queue='${QUEUE}')`;
  return JSON.stringify(await pool.query(`SELECT ${[...counts, spent, timers].join(',')}`));
}

function driver(book: CompensationBook, breath: () => Promise<void> = async () => undefined) {
  const around = async <T>(work: () => Promise<T>): Promise<T> => {
    await breath();
    const done = await work();
    await breath();
    return done;
  };
  return new TransferDriver<CompensationGrant>(
    {
      read: (number) => around(() => book.read(number)),
      record: (number, tidings, version) => around(() => book.record(number, tidings, version)),
    },
    {
      send: ({ number, userId, amount, currency }) => {
        channel.payments.set(userId, { amount: 1_000_000_000, currency });
        const asked = { refundNumber: number, paymentId: userId, amount, currency, recordedRefusals: 0, unanswered: 0 };
        return around(() => channel.refund(asked));
      },
      query: ({ number }) => around(() => channel.query({ refundNumber: number, paymentId: '' })),
    },
    pace,
  );
}

/** Serves the pending timers of a grant once; answers how many there were. */
async function serve(driving: TransferDriver<CompensationGrant>, of: string): Promise<number> {
  const found = await pool.query<{ timer_key: string }[]>(
    `SELECT timer_key FROM ordo_node.timer WHERE queue='${QUEUE}' AND state=0 AND timer_key LIKE '${of}#%' ORDER BY id`,
  );
  for (const { timer_key: key } of found) {
    const { number, version } = stepOfKey(key);
    await driving.step(number, version);
    await pool.query(`UPDATE ordo_node.timer SET state=1 WHERE queue='${QUEUE}' AND timer_key='${key}'`);
  }
  return found.length;
}

describe('a grant', () => {
  it('is what the rule owes for the facts, with its version, its bearer and its part of the budget', async () => {
    day += 1;
    const answer = await aBook().grantFor(anOrder(), 'late-delivery', late(35));
    expect(answer).toMatchObject({
      kind: 'granted',
      replayed: false,
      grant: {
        amount: 1_300,
        ruleVersion: 3,
        asset: 'RED_PACKET',
        liable: 'CARRIER',
        state: 'RESERVED',
        budgetDay: today(),
      },
    });
    expect(await budgetOf()).toEqual({ granted: 1_300, grants: 1 });
  });

  it('is made once per order and rule, whoever asks and whatever else they know', async () => {
    day += 1;
    const order = anOrder();
    const books = [aBook(), aBook(), aBook()];
    const asking = Array.from({ length: 20 }, (_, at) =>
      books.map((book) => book.grantFor(order, 'late-delivery', late(12 + at))),
    );
    const answers = await Promise.all(asking.flat());
    const made = answers.filter((answer) => answer.kind === 'granted' && !answer.replayed);
    expect(made).toHaveLength(1);
    expect(new Set(answers.map((answer) => answer.kind === 'granted' && answer.grant.amount)).size).toBe(1);
    expect((await budgetOf()).grants).toBe(1);
  });

  it('is the same one under the budget of the next day', async () => {
    day += 1;
    const order = anOrder();
    const book = aBook();
    await book.grantFor(order, 'late-delivery', late(12));
    day += 1;
    expect(await book.grantFor(order, 'late-delivery', late(12))).toMatchObject({ replayed: true });
    expect(await budgetOf()).toEqual({ granted: 0, grants: 0 });
  });

  it.each([
    ['for nothing owed', 'late-delivery', late(9), 'nothing-owed'],
    ['by a rule that there is not', 'early-delivery', late(12), 'COMPENSATION_RULE_UNKNOWN'],
    ['by a version that there is not', 'late-delivery', { ...late(12), ruleVersion: 9 }, 'COMPENSATION_RULE_UNKNOWN'],
    ['without the fact that counts', 'late-delivery', { ...late(12), measures: {} }, 'INVALID_ARGUMENT'],
  ])('%s is not made, and nothing is written', async (_, name, facts, expected) => {
    const before = await rows();
    const book = aBook();
    const asked = book.grantFor(anOrder(), name, facts).then(({ kind }) => kind);
    expect(await asked.catch((error: unknown) => (error as Refusal).code)).toBe(expected);
    expect(await rows()).toBe(before);
  });

  it('never passes the budget when a hundred orders ask at once from three writers', async () => {
    day += 1;
    const books = [aBook(), aBook(), aBook()];
    const asking = Array.from({ length: 34 }, () => books.map((book) => codeOf(insisting(book, anOrder()))));
    const codes = await Promise.all(asking.flat());
    const made = codes.filter((code) => code === 'granted').length;
    const { granted, grants } = await budgetOf();
    console.log(`compensation: ${codes.length} at once, ${made} granted, ${granted} of 7000 spent`);
    expect([made, grants, granted]).toEqual([5, 5, 6_500]);
    expect(new Set(codes)).toEqual(new Set(['granted', 'COMPENSATION_BUDGET_SPENT']));
  });

  it('that will never be paid gives its part of the budget back', async () => {
    day += 1;
    const book = aBook();
    const { number } = await grantOne(book);
    channel.plans.set(number, [{ refuse: PartnerRefusal.RECEIVER_CLOSED }]);
    await serve(driver(book), number);
    expect((await book.read(number))?.state).toBe(TransferState.RELEASED);
    expect(await budgetOf()).toEqual({ granted: 0, grants: 0 });
  });

  it('commits together with its events, one for each fact', async () => {
    await pool.query(`CREATE TABLE ${SCHEMA}.told (number VARCHAR(64), fact VARCHAR(16))`);
    const into = `INSERT INTO ${SCHEMA}.told (number, fact)`;
    const book = aBook({
      follow: ({ grant, fact }) => ({ inserts: [{ into, row: `('${grant.number}','${fact}')` }] }),
    });
    const { number, version } = await grantOne(book);
    await book.record(number, { news: TransferNews.SEND }, version);
    await book.record(number, { news: TransferNews.SUCCEEDED }, version + 1);
    const told = await pool.query(`SELECT fact FROM ${SCHEMA}.told WHERE number='${number}'`);
    expect(told).toEqual([{ fact: 'RESERVED' }, { fact: 'SENT' }, { fact: 'CONFIRMED' }]);
  });

  it('takes one delivery of a callback once', async () => {
    const book = aBook();
    const { number, version } = await grantOne(book);
    await book.record(number, { news: TransferNews.SEND }, version);
    const delivery = { partner: 'payer', replayKey: `key-${number}` };
    const telling = Array.from({ length: 8 }, () =>
      codeOf(book.hear(number, { news: TransferNews.SUCCEEDED }, delivery)),
    );
    const codes = await Promise.all(telling);
    expect(codes.filter((code) => code === 'MESSAGE_REPLAYED')).toHaveLength(7);
    expect((await book.read(number))?.state).toBe(TransferState.CONFIRMED);
    expect(await codeOf(book.hear('1-c-nothing', { news: TransferNews.SUCCEEDED }, delivery))).toBe(
      'COMPENSATION_NOT_FOUND',
    );
  });
});

describe('a worker that dies', () => {
  const weathers: readonly (readonly [string, readonly ChannelStep[]])[] = [
    ['in fair weather', [{ settle: 'at-once' }]],
    ['when the answer is lost', [{ settle: 'at-once', after: 'drop' }]],
    ['when the payer fails first', [{ settle: 'fails' }, { settle: 'at-once' }]],
  ];

  it.each(weathers)('between any two steps, %s, leaves a grant that its successor pays once', async (_, steps) => {
    day += 1;
    for (let livesFor = 0, hasDied = true; hasDied; livesFor += 1) {
      if (livesFor % 5 === 4) day += 1;
      const { number } = await grantOne(aBook());
      channel.plans.set(number, [...steps]);
      let left = livesFor;
      const mortal = driver(aBook(), async () => {
        if (left <= 0) throw new Error('dead');
        left -= 1;
      });
      hasDied = await serveAll(mortal, number).then(
        () => false,
        () => true,
      );
      await serveAll(driver(aBook()), number);
      expect((await aBook().read(number))?.state).toBe(TransferState.CONFIRMED);
      expect(channel.movementOf(number)?.moved).toBe(1);
    }
  });
});

describe('a payout that gave up', () => {
  it('is paid once after a person’s "again", under its own number, and then takes no other', async () => {
    day += 1;
    const book = aBook();
    const { number, grantId } = await grantOne(book);
    const refusals = Array.from({ length: pace.maxFailures }, () => ({ refuse: PartnerRefusal.DENIED }));
    channel.plans.set(number, [...refusals, { settle: 'at-once' }]);
    expect(await codeOf(book.retry(number, 'by spec'))).toBe('COMPENSATION_NOT_RETRYABLE');
    await serveAll(driver(book), number);
    expect(await book.find(grantId)).toMatchObject({ number, state: 'STALLED', failures: 16, failure: 'DENIED' });
    expect(channel.movementOf(number)).toBeUndefined();
    const asking = [book, aBook(), aBook()].map((each) => codeOf(each.retry(number, 'by spec')));
    expect((await Promise.all(asking)).sort()).toEqual([...Array(2).fill('COMPENSATION_NOT_RETRYABLE'), 'granted']);
    expect(await book.find(grantId)).toMatchObject({ state: 'SENT', failures: 0, failure: 'DENIED' });
    await serveAll(driver(book), number);
    expect(await book.find(grantId)).toMatchObject({ state: 'CONFIRMED', failure: null });
    expect(channel.movementOf(number)?.moved).toBe(1);
    expect(await codeOf(book.retry(number, 'by spec'))).toBe('COMPENSATION_NOT_RETRYABLE');
    const facts = `SELECT reason FROM ${SCHEMA}.compensation_ledger WHERE order_id=${number.split('-')[0]} AND fact='RETRIED'`;
    expect(await pool.query(facts)).toEqual([{ reason: 'by spec' }]);
  });

  it('while its money had moved is asked about, and nothing is sent', async () => {
    day += 1;
    const book = aBook();
    const { number, version } = await grantOne(book);
    channel.plans.set(number, [{ settle: 'at-once', after: 'drop' }]);
    await serve(driver(book), number);
    await book.record(number, { news: TransferNews.GIVEN_UP }, version + 2);
    const { requests } = channel;
    await book.retry(number, 'by spec');
    await serveAll(driver(book), number);
    expect([(await book.read(number))?.state, channel.movementOf(number)?.moved]).toEqual(['CONFIRMED', 1]);
    expect(channel.requests).toBe(requests);
  });

  it('that there is not is refused', async () => {
    expect(await codeOf(aBook().retry('127053183466000000-c-late-delivery', 'by spec'))).toBe('COMPENSATION_NOT_FOUND');
    expect(await aBook().find('127053183477999999')).toBeUndefined();
  });
});

/** Enough for a payout that is refused until it gives up: two steps for each request. */
const MAX_ROUNDS = 60;

async function serveAll(driving: TransferDriver<CompensationGrant>, number: string): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) if ((await serve(driving, number)) === 0) return;
}

async function grantOne(book: CompensationBook): Promise<CompensationGrant> {
  const answer = await book.grantFor(anOrder(), 'late-delivery', late(12));
  if (answer.kind !== 'granted') throw new Error('nothing was granted');
  return answer.grant;
}
