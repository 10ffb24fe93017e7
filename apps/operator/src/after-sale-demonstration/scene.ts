/** One scene of the after-sale demonstration: an order of its own, calls of its parties, and what must have come of them. Never throws for what it finds. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventNameOfType, type OrderStatus, type OrderTagName, type RefundStatus } from '@ordo/contracts';
import type { Cast } from '../demonstration/cast.js';
import type { Caller } from '../demonstration/journey.js';
import { type Answer, memberOf, type OrderApi } from '../demonstration/order-api.js';
import { draftOf } from '../demonstration/order-drafts.js';
import { differences, type Expectation } from './expectation.rules.js';
import type { RefundWitness } from './refund-witness.js';
import { askedLine, waitedLine } from './scene-lines.js';
import type { SimulatedChannel } from './simulated-channel.js';

export interface SceneStage {
  readonly orders: OrderApi;
  readonly refunds: OrderApi;
  readonly channel: SimulatedChannel;
  readonly witness: RefundWitness;
}

export interface Asked {
  readonly by: Caller;
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly http: number;
  readonly expect: Expectation;
  readonly remark?: string;
}

/** A failure that heals takes a look after 1 s and a retry after 5 s; the rest is for a machine that also runs everything else. */
const WAIT_MS = 25_000;
const EVENT_WAIT_MS = 7_500;
const POLL_MS = 50;

export class Scene {
  readonly lines: string[] = [];
  readonly problems: string[] = [];
  /** Refund events that were heard. */
  events = 0;
  private id = '';

  constructor(
    readonly title: string,
    private readonly cast: Cast,
    readonly stage: SceneStage,
  ) {}

  get orderId(): string {
    return this.id;
  }

  /** A meal that was paid, its payment known to the channel, and led to `status`. */
  async meal(
    status: typeof OrderStatus.PAID | typeof OrderStatus.ACCEPTED | typeof OrderStatus.COMPLETED,
  ): Promise<void> {
    const { userId, merchantId } = this.cast;
    const { currency, payAmount: amount, body: draft } = draftOf('takeout');
    const body = { bizType: 'takeout', userId, merchantId, currency, payAmount: amount, ...draft };
    const placed = await this.order('user', '', body, randomUUID());
    this.id = memberOf(placed, 'orderId');
    const paymentId = `pay-${this.id}`;
    await this.stage.channel.takePayment({ paymentId, amount, currency });
    let last = await this.order('payment', '/payment', {
      paymentId,
      paidAmount: amount,
      paidAt: new Date().toISOString(),
    });
    if (status !== 'PAID') last = await this.order('merchant', '/acceptance');
    if (status === 'COMPLETED') {
      await this.order('carrier', '/receipt');
      last = await this.order('user', '/completion');
    }
    this.check(`the order`, last, 200, { status });
    this.lines.push(`    a meal     order ${this.id}, ${amount} paid, ${memberOf(last, 'status')}`);
  }

  /** One call of the after-sale API, against what it must answer. */
  async ask({ by, path, body = {}, http, expect, remark = '' }: Asked): Promise<Answer> {
    const call = { method: 'POST', path, token: this.cast.tokens[by], body, idempotencyKey: randomUUID() } as const;
    const answer = await this.stage.refunds.call(call);
    const isSound = this.check(`POST ${path}`, answer, http, expect);
    this.lines.push(askedLine({ by, path, answer, remark, isSound }));
    return answer;
  }

  /** The refund as soon as it is in `status`. */
  async until(refundId: string, status: RefundStatus, remark = ''): Promise<Answer> {
    const startedMs = performance.now();
    const read = (): Promise<Answer> => this.read(`/v1/refunds/${refundId}`);
    const answer = await this.waited(read, ({ body }) => body['status'] === status);
    const isSound = this.check(`refund ${refundId}`, answer, 200, { status });
    this.lines.push(waitedLine({ answer, elapsedMs: performance.now() - startedMs, remark, isSound }));
    return answer;
  }

  /** The one refund that began by itself, as soon as its money has moved. */
  async untilPaidBack(amount: number): Promise<void> {
    const whole = (): Promise<Answer> => this.read(`/v1/orders/${this.id}/refunds`);
    const answer = await this.waited(whole, ({ body }) => body['refundedAmount'] === amount);
    this.check('the order with its refunds', answer, 200, { refundedAmount: amount, pendingAmount: 0 });
    this.lines.push(`    the channel has paid back ${String(answer.body['refundedAmount'])}, and holds nothing more`);
  }

  /** The order was granted `amount` by `rule`, once, and the payer has paid it. */
  async compensated(rule: string, amount: number): Promise<void> {
    const startedMs = performance.now();
    const grants = (answer: Answer): readonly Readonly<Record<string, unknown>>[] =>
      (answer.body['compensations'] ?? []) as readonly Readonly<Record<string, unknown>>[];
    const read = (): Promise<Answer> => this.read(`/v1/orders/${this.id}/compensations`);
    const answer = await this.waited(read, (each) => grants(each).some(({ status }) => status === 'PAID'));
    const [grant = {}, ...others] = grants(answer);
    const told = { rule: grant['rule'], amount: grant['amount'], status: grant['status'], others: others.length };
    const due = { rule, amount, status: 'PAID', others: 0 };
    if (JSON.stringify(told) !== JSON.stringify(due)) {
      this.problems.push(`compensation: ${JSON.stringify(told)}, not ${JSON.stringify(due)}`);
    }
    const { asset, liable } = grant;
    const tookMs = Math.round(performance.now() - startedMs);
    this.lines.push(
      `    granted    ${amount} by ${rule} (${String(asset)}, ${String(liable)} bears it), paid ${tookMs} ms later`,
    );
  }

  /** The order carries exactly these tags. */
  async tagged(...tags: readonly OrderTagName[]): Promise<void> {
    const read = (): Promise<Answer> =>
      this.stage.orders.call({ method: 'GET', path: `/v1/orders/${this.id}`, token: this.cast.tokens.user });
    const isSo = ({ body }: Answer): boolean => JSON.stringify(body['tags']) === JSON.stringify(tags);
    const answer = await this.waited(read, isSo);
    this.check('the order', answer, 200, { tags });
    this.lines.push(
      `    the order is ${memberOf(answer, 'status')} v${memberOf(answer, 'version')}, ${tags.join(', ')}`,
    );
  }

  /** The events of a refund: complete, in order without gaps, and never ahead of what can be read. */
  async heard(refundId: string, ...names: readonly string[]): Promise<void> {
    const heard = await this.stage.witness.eventsOf(refundId, names.length, EVENT_WAIT_MS);
    const told = heard.map(({ event }) => (eventNameOfType(event.type) ?? event.type).replace('refund.', ''));
    if (told.join() !== names.join()) this.problems.push(`events: heard ${told.join(' ')}, due ${names.join(' ')}`);
    heard.forEach(({ event, readBack }, at) => {
      if (event.orderversion !== at + 1) this.problems.push(`event ${event.id} came as number ${at + 1}`);
      if ((readBack ?? 0) < event.orderversion) this.problems.push(`P2: on receipt of ${event.id} GET had ${readBack}`);
    });
    this.events += heard.length;
    this.lines.push(`    received   ${told.join(' · ')}`);
  }

  private async order(by: Caller, step: string, body = {}, idempotencyKey?: string): Promise<Answer> {
    const path = step === '' ? '/v1/orders' : `/v1/orders/${this.id}${step}`;
    const key = idempotencyKey === undefined ? {} : { idempotencyKey };
    return this.stage.orders.call({ method: 'POST', path, token: this.cast.tokens[by], body, ...key });
  }

  private read(path: string): Promise<Answer> {
    return this.stage.refunds.call({ method: 'GET', path, token: this.cast.tokens.user });
  }

  private async waited(read: () => Promise<Answer>, isThere: (answer: Answer) => boolean): Promise<Answer> {
    const giveUpMs = performance.now() + WAIT_MS;
    for (;;) {
      const answer = await read();
      if (isThere(answer) || performance.now() > giveUpMs) return answer;
      await sleep(POLL_MS);
    }
  }

  private check(what: string, answer: Answer, http: number, expect: Expectation): boolean {
    const found = differences(answer, http, expect).map((difference) => `${what}: ${difference}`);
    this.problems.push(...found);
    return found.length === 0;
  }
}
