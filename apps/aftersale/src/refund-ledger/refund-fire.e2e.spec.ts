/**
 * P7 under fire, with everything real but the app around it: MySQL, timers over Redis, both adapters, and the simulated channel in a process of its own
 * that loses, repeats, delays and refuses, then says nothing at all, then recovers. Steps of both workers die at random. Prints its counts.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Refusal, systemClock, Transient } from '@ordo/kernel';
import { silentLogger } from '@ordo/platform';
import { type NodePool, NodePools, ShardTransactions } from '@ordo/sharding';
import { ChannelSimulator, eventually, simulatedSecrets } from '@ordo/testing';
import { TimersRuntime, type TimerTask } from '@ordo/timers';
import { isStripePayment, PaymentChannels } from '../payment-channel/payment-channels.js';
import { SignedHttpChannel } from '../payment-channel/signed-http-channel.js';
import { StripeChannel } from '../payment-channel/stripe-channel.js';
import { ReconcileDay } from '../reconciliation/reconcile-day.js';
import { stepTimers } from '../transfer/step-timers.js';
import { isTerminal, TransferState } from '../transfer/transfer.state.js';
import { TransferDriver } from '../transfer/transfer-driver.js';
import { defaultPace } from '../transfer/transfer-pace.rules.js';
import { ChannelCallbacks } from './channel-callbacks.js';
import type { RefundLedgerState, RefundTransfer } from './refund-account.js';
import { RefundBook } from './refund-book.js';
import { noCompanion } from './refund-companion.js';
import { assertSound, type PaymentFacts } from './refund-ledger.rules.js';
import { RefundPartner } from './refund-partner.js';
import { RefundSteps } from './refund-steps.js';
import { createScratchSchema } from './rehearsal/scratch-schema.js';

const SCHEMA = `ordo_spec_fire_${process.pid}`;
const QUEUE = `refund-fire-${process.pid}`;
const CURRENCY = 'CNY';
const PAID = 3_600;
const ORDERS = 12;
const ASKED_PER_ORDER = 100;
/** Far above a step here, and short enough that a case ends: the client's limit is 600 ms. */
const pace = {
  ...{
    ...defaultPace,
    graceMs: 2_500,
    patienceMs: 20,
    firstLookMs: 150,
    maxLookMs: 1_500,
    firstRetryMs: 150,
    maxRetryMs: 1_500,
  },
  ...{ maxFailures: 60, maxLooks: 200 },
};
const STORM = {
  ...{ seed: 7, lostRequest: 0.08, lostAnswer: 0.12, fault: 0.04, faultAfter: 0.12, rateLimited: 0.05, refused: 0.15 },
  ...{ failed: 0.08, noCallback: 0.3, twice: 0.3, outOfOrder: 0.3, delayMs: 30, settleMs: 100, callbackMs: 400 },
};
const CASE_MS = 180_000;
/** Some 20 s on a machine of one's own; beside another suite more than 75 s were seen. */
const ENDED_MS = 130_000;

interface Worker {
  readonly book: RefundBook;
  readonly runtime: TimersRuntime;
  readonly transactions: ShardTransactions;
}

let pools: NodePools;
let pool: NodePool;
let simulator: ChannelSimulator;
let channels: PaymentChannels;
let receiver: Server;
const workers: Worker[] = [];
/** Each becomes known with the first refunds of its order, which are a hundred at once. */
const payments = new Map<number, PaymentFacts>();
const deaths = { odds: 0, count: 0 };

beforeAll(async () => {
  pools = new NodePools([(process.env['ORDO_MYSQL_NODES'] ?? '').split(',')[0] ?? '']);
  pool = pools.at(0);
  await createScratchSchema(pool, SCHEMA);
  simulator = await ChannelSimulator.start();
  channels = openChannels();
  workers.push(aWorker(), aWorker());
  receiver = await receiveCallbacks(workers[0]?.book);
  for (const { runtime } of workers) runtime.start();
}, CASE_MS);

afterAll(async () => {
  await Promise.all(workers.map(({ runtime }) => runtime.stop()));
  await Promise.all(workers.map(({ transactions }) => transactions.drain()));
  await simulator.stop();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
  await pool.query(`DELETE FROM ordo_node.timer WHERE queue='${QUEUE}'; DROP DATABASE IF EXISTS ${SCHEMA}`);
  await pools.close();
}, CASE_MS);

function openChannels(): PaymentChannels {
  const open = { timeoutMs: 600, clock: systemClock, logger: silentLogger };
  const { channel, stripeKey, stripeWebhook } = simulatedSecrets;
  const stripe = new StripeChannel({ ...open, apiKey: stripeKey, webhookSecret: stripeWebhook, url: simulator.url });
  const generic = new SignedHttpChannel({
    ...open,
    partner: 'generic',
    baseUrl: simulator.channelUrl,
    secrets: [channel],
  });
  return new PaymentChannels([
    { channel: stripe, takes: isStripePayment },
    { channel: generic, takes: () => true },
  ]);
}

/** A book, a driver whose steps may die after any of their awaits, and the timers that call it. */
function aWorker(): Worker {
  const breath = async (): Promise<void> => {
    if (Math.random() >= deaths.odds) return;
    deaths.count += 1;
    throw new Error('this step dies here');
  };
  const task: TimerTask = { handle: (timer): Promise<undefined> => steps.handle(timer) };
  const retries = { maxAttempts: 1_000, backOffMs: 200, maxBackOffMs: 1_000, deadlineMs: 15_000 };
  const runtime: TimersRuntime = new TimersRuntime(
    { pools: [pool], redisUrl: process.env['ORDO_REDIS_TIMERS_URL'] ?? '', group: QUEUE },
    [{ queue: QUEUE, retries, task }],
  );
  const address = { node: 0, schema: SCHEMA };
  const transactions = new ShardTransactions(pools);
  const book = new RefundBook(
    { pools, transactions, addressOf: () => address, addresses: [address] },
    { timers: stepTimers(runtime.timers, QUEUE), companion: noCompanion, pace, clock: systemClock },
  );
  const partner = new RefundPartner(channels);
  const around =
    <A extends unknown[], R>(work: (...given: A) => Promise<R>) =>
    async (...given: A): Promise<R> => {
      await breath();
      const done = await work(...given);
      await breath();
      return done;
    };
  const driver = new TransferDriver<RefundTransfer>(
    {
      read: around((number) => book.read(number)),
      record: around((number, tidings, version) => book.record(number, tidings, version)),
    },
    { send: around((transfer) => partner.send(transfer)), query: around((transfer) => partner.query(transfer)) },
    pace,
  );
  const steps = new RefundSteps(driver);
  return { book, runtime, transactions };
}

async function receiveCallbacks(book: RefundBook | undefined): Promise<Server> {
  if (book === undefined) throw new Error('no worker');
  const callbacks = new ChannelCallbacks(channels, book, silentLogger);
  const statusOf = async (request: IncomingMessage): Promise<number> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = { body: Buffer.concat(chunks), headers: request.headers };
    return callbacks.receive((request.url ?? '').slice(1), raw).then(
      () => 200,
      (error: unknown) => (error instanceof Refusal ? 409 : 503),
    );
  };
  const server = createServer((request, response) => {
    void statusOf(request).then((status) => response.writeHead(status).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await simulator.callbacksTo({ generic: `${url}/generic`, stripe: `${url}/stripe` });
  return server;
}

const orderIdOf = (at: number): string => String(127_053_183_477_000_000n + BigInt(at));
const paymentIdOf = (at: number): string => (at % 2 === 0 ? `pay-fire-${at}` : `pi_fire${at}`);
const LINES = [
  { lineKey: 'item:A', amount: 1_174 },
  { lineKey: 'item:B', amount: 1_826 },
  { lineKey: 'packing', amount: 300 },
  { lineKey: 'delivery', amount: 300 },
];

async function takeOrders(): Promise<void> {
  for (let at = 0; at < ORDERS; at += 1) {
    const [orderId, paymentId] = [orderIdOf(at), paymentIdOf(at)];
    await simulator.takePayments({ paymentId, amount: PAID, currency: CURRENCY });
    const channel = channels.ofPayment(paymentId).name;
    payments.set(at, { orderId, paymentId, channel, paidAtMs: Date.now(), currency: CURRENCY, lines: LINES });
  }
}

/** A Transient says that nothing happened, and a cause is one refund: the call may be made again. */
async function insisting<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Transient) || attempt === 20) throw error;
      await pause(50);
    }
  }
}

/** Three of a line's amounts in a hundred fit; which, is a matter of who comes first. */
async function askForRefunds(at: number): Promise<number> {
  const asking = Array.from({ length: ASKED_PER_ORDER }, async (_, nth) => {
    const line = LINES[nth % LINES.length] ?? LINES[0];
    const lines = [{ lineKey: line?.lineKey ?? '', amount: Math.floor((line?.amount ?? 0) / 3) }];
    const request = {
      orderId: orderIdOf(at),
      cause: `application:${nth}`,
      paymentId: paymentIdOf(at),
      currency: CURRENCY,
      lines,
    };
    try {
      await insisting(async () => workers[nth % 2]?.book.reserve(request, payments.get(at)));
      return 1;
    } catch (error) {
      if (error instanceof Refusal && error.code === 'REFUND_EXCEEDS_PAID') return 0;
      throw error;
    }
  });
  const made: number[] = await Promise.all(asking);
  return made.reduce((sum, each) => sum + each, 0);
}

async function ledgers(): Promise<RefundLedgerState[]> {
  const states: RefundLedgerState[] = [];
  for (let at = 0; at < ORDERS; at += 1) {
    const state = await workers[0]?.book.readOrder(orderIdOf(at));
    if (state !== undefined) states.push(state);
  }
  return states;
}

describe('refunds under fire', () => {
  it(
    'end, each of them, and both books agree: nothing above what was paid, nothing twice, nothing lost',
    async () => {
      await takeOrders();
      await simulator.weather(STORM);
      deaths.odds = 0.04;
      const accepted: number[] = [];
      for (let at = 0; at < ORDERS; at += 1) accepted.push(await askForRefunds(at));
      await pause(3_000);
      await simulator.weather({ silent: true });
      await pause(2_500);
      await simulator.weather({});
      deaths.odds = 0;
      const open = async () =>
        (await ledgers()).flatMap(({ transfers }) => transfers.filter(({ state }) => !isTerminal(state)));
      await eventually(async () => (await open()).length === 0, 'every refund has ended', ENDED_MS).catch(
        async (error: unknown) => {
          console.log(`not ended: ${JSON.stringify(await open())}`);
          throw error;
        },
      );
      await expectAgreement(accepted.reduce((sum, each) => sum + each, 0));
    },
    CASE_MS,
  );

  it('leave nothing for the daily comparison to find', async () => {
    const book = workers[0]?.book;
    if (book === undefined) throw new Error('no worker');
    const today = new Date().toISOString().slice(0, 10);
    const reports = await new ReconcileDay(channels, book).run(today);
    for (const { channel, channelRefunds, channelMoved, ledgerConfirmed } of reports.filter(
      ({ channel: name }) => name === 'generic',
    )) {
      console.log(
        `reconciliation of ${channel}: ${channelRefunds} refunds, ${channelMoved} moved, ${ledgerConfirmed} confirmed`,
      );
    }
    // The simulator keeps one book for both protocols, so each channel lists the other's, too.
    expect(reports.flatMap(({ differences }) => differences)).toEqual([]);
  });

  it('show up in the daily comparison when somebody moves money by hand', async () => {
    const reference = await simulator.moveByHand({ paymentId: paymentIdOf(0), amount: 1, currency: CURRENCY });
    const book = workers[0]?.book;
    if (book === undefined) throw new Error('no worker');
    const reports = await new ReconcileDay(channels, book).run(new Date().toISOString().slice(0, 10));
    const [first] = reports.flatMap(({ differences }) => differences);
    expect(first).toMatchObject({ kind: 'UNKNOWN_TO_LEDGER', reference, channelAmount: 1, ledgerAmount: null });
  });
});

async function expectAgreement(accepted: number): Promise<void> {
  const states = await ledgers();
  for (const state of states) assertSound(state);
  const transfers = states.flatMap((state) => state.transfers);
  const summary = await simulator.book();
  const confirmed = states.reduce((sum, { account }) => sum + account.confirmed, 0);
  const ended = transfers.filter(({ state }) => state === TransferState.CONFIRMED);
  const lost = ended.filter(({ number }) => summary.byNumber[number]?.times !== 1).length;
  const tally = await simulator.tally();
  console.log(
    `refunds under fire: ${ORDERS * ASKED_PER_ORDER} attempts, ${accepted} refunds, ${ended.length} confirmed, ` +
      `${transfers.length - ended.length} released, ${summary.arrivals} requests, ${deaths.count} deaths, ` +
      `${tally.sent} callbacks, ${summary.doubled} doubles, ${lost} lost, channel ${summary.moved} = ledger ${confirmed}`,
  );
  expect(transfers).toHaveLength(accepted);
  expect(new Set(transfers.map(({ number }) => number)).size).toBe(accepted);
  expect([summary.doubled, lost]).toEqual([0, 0]);
  expect(summary.moved).toBe(confirmed);
  for (const [, moved] of Object.entries(summary.byPayment)) expect(moved).toBeLessThanOrEqual(PAID);
  const unknown = Object.keys(summary.byNumber).filter((number) => !transfers.some((each) => each.number === number));
  expect(unknown).toEqual([]);
  // A storm that hits nothing proves nothing.
  expect(deaths.count).toBeGreaterThan(5);
  expect(summary.arrivals).toBeGreaterThan(accepted);
}
