/** A ledger on a real server for one spec: schema and queue of its own, a channel in memory, and timers that are served when asked. */
import { systemClock } from '@ordo/kernel';
import { type NodePool, NodePools, ShardTransactions } from '@ordo/sharding';
import { TimerWriter } from '@ordo/timers';
import { MemoryChannel } from '../../payment-channel/rehearsal/memory-channel.js';
import { stepKeyOf, stepOfKey } from '../../transfer/step-timers.js';
import { TransferDriver } from '../../transfer/transfer-driver.js';
import { defaultPace, type TransferPace } from '../../transfer/transfer-pace.rules.js';
import type { RefundTransfer } from '../refund-account.js';
import { RefundBook } from '../refund-book.js';
import { noCompanion, type RefundCompanion } from '../refund-companion.js';
import type { PaymentFacts } from '../refund-ledger.rules.js';
import { createScratchSchema } from './scratch-schema.js';

export const CURRENCY = 'CNY';
/** Example B of DOMAIN §3. */
export const LINES = { 'item:A': 1_174, 'item:B': 1_826, packing: 300, delivery: 300 } as const;
export const PAID = 3_600;

export interface Fact {
  readonly seq: number;
  readonly fact: string;
}

/** Everything waits at once; nothing is given up. */
export const quickPace: TransferPace = {
  ...{ ...defaultPace, graceMs: 0, patienceMs: 0, firstLookMs: 0, maxLookMs: 0, firstRetryMs: 0, maxRetryMs: 0 },
};

export class RefundStage {
  readonly channel = new MemoryChannel();
  private orders = 0;

  private constructor(
    readonly pools: NodePools,
    readonly schema: string,
    readonly queue: string,
    private readonly pace: TransferPace,
  ) {}

  static async open(name: string, pace: TransferPace = quickPace): Promise<RefundStage> {
    const pools = new NodePools([(process.env['ORDO_MYSQL_NODES'] ?? '').split(',')[0] ?? '']);
    const schema = `ordo_spec_${name}_${process.pid}`;
    await createScratchSchema(pools.at(0), schema);
    return new RefundStage(pools, schema, `${schema}-steps`, pace);
  }

  async close(): Promise<void> {
    await this.pool.query(
      `DELETE FROM ordo_node.timer WHERE queue='${this.queue}'; DROP DATABASE IF EXISTS ${this.schema}`,
    );
    await this.pools.close();
  }

  get pool(): NodePool {
    return this.pools.at(0);
  }

  /** A book as another process would have it: with a writer of its own. */
  book(companion: RefundCompanion = noCompanion): RefundBook {
    const writer = new TimerWriter(new Set([this.queue]), 1, systemClock);
    const plan = (node: number, number: string, version: number, dueMs: number) => {
      const { insert } = writer.timerInsert(node, { queue: this.queue, key: stepKeyOf(number, version), dueMs });
      return { insert, announce: async () => undefined };
    };
    const transactions = new ShardTransactions(this.pools);
    const address = { node: 0, schema: this.schema };
    const addressOf = () => address;
    return new RefundBook(
      { pools: this.pools, transactions, addressOf, addresses: [address] },
      { timers: { plan }, companion, pace: this.pace, clock: systemClock },
    );
  }

  /** What an order was paid that is as example B of DOMAIN §3: known to the channel, and to no ledger yet. */
  payment(paidAtMs = Date.now()): PaymentFacts {
    this.orders += 1;
    const orderId = String(127_053_183_455_000_000n + BigInt(this.orders));
    const paymentId = `pay-${this.orders}`;
    this.channel.payments.set(paymentId, { amount: PAID, currency: CURRENCY });
    const lines = Object.entries(LINES).map(([lineKey, amount]) => ({ lineKey, amount }));
    return { orderId, paymentId, channel: 'memory', paidAtMs, currency: CURRENCY, lines };
  }

  /** As {@link payment}, and the ledger knows it. */
  async paidOrder(book: RefundBook, paidAtMs = Date.now()): Promise<{ orderId: string; paymentId: string }> {
    const payment = this.payment(paidAtMs);
    const { orderId, paymentId } = payment;
    await new ShardTransactions(this.pools).run({
      ...{ node: 0, lockKey: `${this.schema}/${orderId}`, sizeBytes: 8_192, open: book.opening(orderId, payment) },
      decide: (opened) => {
        const planned = book.planPayment(orderId, book.ledgerIn(opened, payment));
        return planned === undefined ? { verdict: undefined } : { verdict: undefined, effects: planned.effects };
      },
    });
    return { orderId, paymentId };
  }

  driver(book: RefundBook, breath: () => Promise<void> = async () => undefined): TransferDriver<RefundTransfer> {
    const around = async <T>(work: () => Promise<T>): Promise<T> => {
      await breath();
      const done = await work();
      await breath();
      return done;
    };
    return new TransferDriver(
      {
        read: (number) => around(() => book.read(number)),
        record: (number, tidings, version) => around(() => book.record(number, tidings, version)),
      },
      {
        send: ({ number, paymentId, amount, currency, refusals }) =>
          around(() =>
            this.channel.refund({
              refundNumber: number,
              paymentId,
              amount,
              currency,
              recordedRefusals: refusals,
              unanswered: 0,
            }),
          ),
        query: ({ number, paymentId }) => around(() => this.channel.query({ refundNumber: number, paymentId })),
      },
      this.pace,
    );
  }

  /** The timers that are pending, as steps. */
  async pendingSteps(number?: string): Promise<{ number: string; version: number }[]> {
    const rows = await this.pool.query<{ timer_key: string }[]>(
      `SELECT timer_key FROM ordo_node.timer WHERE queue='${this.queue}' AND state=0 ORDER BY due_at, id`,
    );
    const steps = rows.map(({ timer_key: key }) => stepOfKey(key));
    return number === undefined ? steps : steps.filter((step) => step.number === number);
  }

  /** Serves every pending timer once, oldest first; answers how many there were. */
  async serve(driver: TransferDriver<RefundTransfer>, number?: string): Promise<number> {
    const steps = await this.pendingSteps(number);
    for (const step of steps) {
      await driver.step(step.number, step.version);
      const key = stepKeyOf(step.number, step.version);
      await this.pool.query(`UPDATE ordo_node.timer SET state=1 WHERE queue='${this.queue}' AND timer_key='${key}'`);
    }
    return steps.length;
  }

  async facts(number: string): Promise<Fact[]> {
    const rows = await this.pool.query<{ seq: number; fact: string }[]>(
      `SELECT seq, fact FROM ${this.schema}.refund_ledger WHERE refund_number='${number}' ORDER BY seq`,
    );
    return rows.map(({ seq, fact }) => ({ seq: Number(seq), fact }));
  }

  /** Rows in every table of the schema and in the queue: nothing was written if it is the same as before. */
  async rows(): Promise<string> {
    const tables = [
      'refund_account',
      'refund_line',
      'refund_payment',
      'refund_transfer',
      'refund_ledger',
      'callback_nonce',
    ];
    const counts = tables.map((table) => `SELECT COUNT(*) FROM ${this.schema}.${table}`);
    const timers = `SELECT COUNT(*) FROM ordo_node.timer WHERE queue='${this.queue}'`;
    const versions = `SELECT COALESCE(SUM(version),0) FROM ${this.schema}.refund_account`;
    const [row] = await this.pool.query(
      `SELECT ${[...counts, timers, versions].map((select) => `(${select})`).join(', ')}`,
    );
    return JSON.stringify(row);
  }
}
