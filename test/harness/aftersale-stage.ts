/**
 * The after-sale app beside the order app and the simulated payment channel, as they stand in production: three programs that know each
 * other by address only. Who opens a stage ends it.
 */

import { decodeOrderNumber, NodePools, Placement, quote, userSchema } from '@ordo/sharding';
import {
  aServiceToken,
  ChannelSimulator,
  eventually,
  type PlaceOrderBody,
  simulatedSecrets,
  testStack,
} from '@ordo/testing';
import { forgetDeadlines, forgetEvents, forgetTimers } from './backlog.js';
import { IndexReader } from './index-reader.js';
import { OrderProcess } from './order-process.js';
import { type Answer, RestClient } from './rest-client.js';

export type Document = Readonly<Record<string, unknown>>;

export interface StageOptions {
  /** Roles of the after-sale process; default both. */
  readonly roles?: string;
}

export class AftersaleStage {
  /** For a look at the tables, and for the passing of time. */
  readonly pools = new NodePools([...testStack().mysqlNodes], { connectionLimit: 2 });

  private constructor(
    readonly simulator: ChannelSimulator,
    readonly orderApp: OrderProcess,
    private app: OrderProcess,
    /** A service of every role and grant, on the order API and on the after-sale API. */
    readonly orders: RestClient,
    readonly refunds: RestClient,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  static async open({ roles = 'api,worker' }: StageOptions = {}): Promise<AftersaleStage> {
    const token = await aServiceToken();
    await Promise.all([
      forgetEvents('ordo.order.aftersale.refunds', 'ordo.delivery.aftersale.compensation'),
      forgetDeadlines(),
      forgetTimers('ordo_aftersale_node'),
    ]);
    const [simulator, orderApp] = await Promise.all([
      ChannelSimulator.start(),
      OrderProcess.start({ untilReady: false }),
    ]);
    const environment = {
      ORDO_ORDER_GRPC_ADDRESS: orderApp.grpcAddress,
      ORDO_SERVICE_TOKEN: token,
      ORDO_PAYMENT_CHANNEL_URL: simulator.channelUrl,
      ORDO_PAYMENT_CHANNEL_SECRETS: simulatedSecrets.channel,
      ORDO_COMPENSATION_PAYER_URL: simulator.payerUrl,
      ORDO_COMPENSATION_PAYER_SECRETS: simulatedSecrets.payer,
      ORDO_QUOTA_BOUND_PER_MINUTE: '100000',
    };
    const app = await OrderProcess.start({ app: 'aftersale', roles, environment, untilReady: false });
    // Both at once: neither waits for the other, and a boot leaves half of the machine idle.
    await untilReady(orderApp, app);
    await simulator.callbacksTo({
      generic: `${app.url}/v1/channels/generic/callbacks`,
      payer: `${app.url}/v1/payers/generic/callbacks`,
    });
    const orders = new RestClient(orderApp.url, token);
    return new AftersaleStage(simulator, orderApp, app, orders, new RestClient(app.url, token), environment);
  }

  get aftersale(): OrderProcess {
    return this.app;
  }

  /** Another process of the app; its end is the caller's. */
  start(roles: string, more: Readonly<Record<string, string>> = {}): Promise<OrderProcess> {
    return OrderProcess.start({ app: 'aftersale', roles, environment: { ...this.environment, ...more } });
  }

  /** The successor of the process that was killed or stopped, on its ports. */
  async again(roles = 'api,worker'): Promise<void> {
    const successor = { app: 'aftersale', roles, environment: this.environment, successorOf: this.app } as const;
    this.app = await OrderProcess.start(successor);
  }

  /** An order that was paid, and whose payment the channel has. */
  async paid(order: PlaceOrderBody, paymentId?: string): Promise<string> {
    const orderId = await this.orders.placed(order);
    const payment = paymentId ?? `pay-${orderId}`;
    const { payAmount: amount, currency } = order;
    await this.simulator.takePayments({ paymentId: payment, amount, currency });
    await expectStatus(200, this.orders.paid(orderId, amount, payment));
    return orderId;
  }

  async accepted(order: PlaceOrderBody): Promise<string> {
    const orderId = await this.paid(order);
    await expectStatus(200, this.orders.post(`/v1/orders/${orderId}/acceptance`));
    return orderId;
  }

  async completed(order: PlaceOrderBody): Promise<string> {
    const orderId = await this.accepted(order);
    if (order.bizType === 'takeout') await expectStatus(200, this.orders.post(`/v1/orders/${orderId}/receipt`));
    await expectStatus(200, this.orders.post(`/v1/orders/${orderId}/completion`));
    return orderId;
  }

  /** The body of an application that was accepted, of a service acting in `role`. */
  async applied(client: RestClient, body: Document, key = `key-${Math.random()}`): Promise<Document> {
    const answer = await client.send('POST', '/v1/refunds', { reason: 'spec', ...body }, { 'idempotency-key': key });
    if (answer.status !== 201) throw new Error(`applied with ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** The refund once it is in `status`; fails with what it is instead. */
  async untilRefund(refundId: unknown, status: string, withinMs = 30_000): Promise<Document> {
    let last: Document = {};
    const look = async (): Promise<Document | undefined> => {
      last = (await this.refunds.get(`/v1/refunds/${String(refundId)}`)).body;
      return last['status'] === status ? last : undefined;
    };
    return eventually(look, `refund ${String(refundId)} is ${status}`, withinMs).catch((error: Error) => {
      throw new Error(`${error.message}; it is ${JSON.stringify(last)}`);
    });
  }

  untilTagged(orderId: string, tags: readonly string[], withinMs = 30_000): Promise<Document> {
    return eventually(
      async () => {
        const { body } = await this.orders.get(`/v1/orders/${orderId}`);
        return JSON.stringify(body['tags']) === JSON.stringify(tags) ? body : undefined;
      },
      `order ${orderId} is tagged ${tags.join() || 'with nothing'}`,
      withinMs,
    );
  }

  /** The order with its refunds, in one answer. */
  async whole(orderId: string): Promise<Document> {
    const { body } = await this.refunds.get(`/v1/orders/${orderId}/refunds`);
    return body;
  }

  /** The order was accepted so many seconds earlier, by the table that its core decides by. */
  age(orderId: string, seconds: number): Promise<void> {
    return this.earlier(orderId, 'accepted_at', seconds);
  }

  /** The order was completed so many seconds earlier; a change through the core tells the cache. */
  async ageCompletion(orderId: string, seconds: number): Promise<void> {
    await this.earlier(orderId, 'completed_at', seconds);
    await expectStatus(200, this.orders.post(`/v1/orders/${orderId}/tags`, { add: ['REMINDED'] }));
  }

  private async earlier(orderId: string, column: string, seconds: number): Promise<void> {
    const { userShard } = decodeOrderNumber(orderId);
    const pool = this.pools.at(new Placement(this.pools.all.length).userNode(userShard));
    const change = `${column}=${column} - INTERVAL ${seconds} SECOND`;
    await pool.query(`UPDATE ${userSchema(userShard)}.order_base SET ${change} WHERE order_id=${orderId}`);
  }

  /**
   * Lets the time of a deadline pass: its timer is due now, in the table that is the truth. The index knew another time; it is emptied, and
   * whoever owns the partition makes it anew from the table.
   */
  async elapse(refundId: unknown, version: number): Promise<void> {
    const key = quote(`${String(refundId)}#${version}`);
    const past = 'due_at=UTC_TIMESTAMP(3) - INTERVAL 30 SECOND, slot=UNIX_TIMESTAMP() - 30';
    const sql = `UPDATE ordo_aftersale_node.timer SET ${past} WHERE queue='refund-deadlines' AND timer_key=${key} AND state=0`;
    const changed = await Promise.all(this.pools.all.map((pool) => pool.query<{ affectedRows: number }>(sql)));
    const rows = changed.reduce((sum, { affectedRows }) => sum + affectedRows, 0);
    if (rows !== 1) throw new Error(`${rows} timers of refund ${String(refundId)} at version ${version}`);
    const index = new IndexReader(testStack().redisTimersUrl, 'refund-deadlines');
    await index.flush();
    await index.close();
  }

  async end(): Promise<void> {
    await this.pools.close();
    await Promise.all([this.app, this.orderApp].filter(({ hasEnded }) => !hasEnded).map((process) => process.stop()));
    await this.simulator.stop();
  }
}

/** One that does not become ready takes the other with it: nobody else would know of them. */
async function untilReady(...processes: readonly OrderProcess[]): Promise<void> {
  try {
    await Promise.all(processes.map((process) => process.ready()));
  } catch (error) {
    await Promise.all(processes.filter(({ hasEnded }) => !hasEnded).map((process) => process.kill()));
    throw error;
  }
}

export async function expectStatus(status: number, asked: Promise<Answer>): Promise<Document> {
  const answer = await asked;
  if (answer.status !== status)
    throw new Error(`${answer.status} instead of ${status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}
