/**
 * Clients that place orders and take them through their life, as good clients do: one Idempotency-Key per order, and every request that
 * was not acknowledged is sent again until it is. What they were promised is in the ledger.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { PlaceOrderBody } from '@ordo/testing';
import { Agent, request } from 'undici';
import { Ledger, type LedgerEntry, type Sample } from './ledger.js';

export type LifeStep = 'pay' | 'accept' | 'receive' | 'complete';
export const WHOLE_LIFE: readonly LifeStep[] = ['pay', 'accept', 'receive', 'complete'];

export interface OrderLoadOptions {
  /** Where the api is; more than one is used in turn, attempt by attempt. */
  readonly urls: readonly string[];
  readonly token: string;
  readonly clients: number;
  readonly body: () => PlaceOrderBody;
  readonly steps?: readonly LifeStep[];
  /** Ends by itself after so many orders; default: when told to. */
  readonly orders?: number;
  /** Each client rests this long after each order, so that a load can stay below what the machine can do. */
  readonly restMs?: number;
  /** Each order is read once at its end. */
  readonly reads?: boolean;
}

/** A client that is refused a connection asks again soon, but does not spin. */
const RETRY_MS = 50;
/** Clients give up an unacknowledged request this long after the load was told to stop. */
const GRACE_MS = 30_000;
const ANSWER_MS = 5_000;

const PATHS = { pay: 'payment', accept: 'acceptance', receive: 'receipt', complete: 'completion' } as const;
const REACHES = { pay: 'PAID', accept: 'ACCEPTED', receive: 'RECEIVED', complete: 'COMPLETED' } as const;

interface Call {
  readonly operation: Sample['operation'];
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly key?: string;
  readonly body?: unknown;
}

type Document = Readonly<Record<string, unknown>>;

interface Answer {
  readonly httpStatus: number;
  readonly body: Document;
  /** The Idempotency-Key had been used before. */
  readonly isReplay: boolean;
}

export class OrderLoad {
  readonly ledger = new Ledger();
  private readonly agent: Agent;
  private readonly clients: Promise<void>[];
  private readonly headers: Readonly<Record<string, string>>;
  private giveUpAtMs = Number.POSITIVE_INFINITY;
  private stopping = false;
  private attempts = 0;

  private constructor(private readonly options: OrderLoadOptions) {
    this.headers = { authorization: `Bearer ${options.token}`, 'content-type': 'application/json' };
    this.agent = new Agent({ connections: options.clients, headersTimeout: ANSWER_MS, bodyTimeout: ANSWER_MS });
    this.clients = Array.from({ length: options.clients }, () => this.client());
  }

  static start(options: OrderLoadOptions): OrderLoad {
    return new OrderLoad(options);
  }

  /** No new orders; orders under way are taken to their end. Resolves with the ledger when every client is done. */
  async stop(): Promise<Ledger> {
    this.stopping = true;
    return this.done();
  }

  /** Resolves when the clients have ended by themselves (`orders`). */
  async done(): Promise<Ledger> {
    if (this.stopping) this.giveUpAtMs = Math.min(this.giveUpAtMs, performance.now() + GRACE_MS);
    await Promise.all(this.clients);
    await this.agent.close();
    return this.ledger;
  }

  /** For the end of a spec that failed: no client lives on. Harmless after {@link stop}. */
  async abandon(): Promise<void> {
    this.stopping = true;
    this.giveUpAtMs = 0;
    await this.agent.destroy();
    await Promise.all(this.clients);
  }

  private async client(): Promise<void> {
    const { orders = Number.POSITIVE_INFINITY, restMs = 0 } = this.options;
    // One turn of the event loop, so that `ledger` is there before the first entry.
    await pause(0);
    while (!this.stopping && this.ledger.entries.length < orders) {
      await this.live(this.ledger.open(randomUUID(), this.options.body()));
      if (restMs > 0) await pause(restMs);
    }
  }

  private async live(entry: LedgerEntry): Promise<void> {
    const placed = await this.untilAcknowledged(entry, {
      ...{ operation: 'place', method: 'POST', path: '/v1/orders', key: entry.key, body: entry.body },
    });
    if (placed === undefined) return;
    entry.orderId = String(placed['orderId']);
    for (const step of this.options.steps ?? []) {
      if (!(await this.take(entry, step))) return;
    }
    if (this.options.reads === true) await this.read(entry);
  }

  private async take(entry: LedgerEntry, step: LifeStep): Promise<boolean> {
    const body = step === 'pay' ? paymentOf(entry) : {};
    const path = `/v1/orders/${entry.orderId}/${PATHS[step]}`;
    const call = { operation: 'step', method: 'POST', path, body } as const;
    return (await this.untilAcknowledged(entry, call, REACHES[step])) !== undefined;
  }

  /** A read never shows less than what was acknowledged before it was sent. */
  private async read(entry: LedgerEntry): Promise<void> {
    const call = { operation: 'read', method: 'GET', path: `/v1/orders/${entry.orderId}` } as const;
    const { httpStatus, body } = await this.send(call);
    if (httpStatus === 200 && Number(body['version']) < entry.version) {
      this.ledger.unexpected.push(`read version ${body['version']} of an order acknowledged at ${entry.version}`);
    } else if (httpStatus >= 400 && httpStatus < 500) {
      this.ledger.unexpected.push(`read answered ${httpStatus} ${body['code']}`);
    }
  }

  /** Sends until the answer is an acknowledgement. A conflict that names the state we asked for is one: our lost request had won. */
  private async untilAcknowledged(entry: LedgerEntry, call: Call, reaches?: string): Promise<Document | undefined> {
    let wasSilent = false;
    while (performance.now() < this.giveUpAtMs) {
      const { httpStatus, body, isReplay } = await this.send(call);
      const isWon = httpStatus === 409 && body['currentStatus'] === reaches;
      if (isWon || (httpStatus >= 200 && httpStatus < 300)) {
        if (wasSilent && (isWon || isReplay)) this.ledger.silentlyDone.push(call.path);
        entry.acknowledged += 1;
        entry.version = isWon ? entry.version + 1 : Math.max(entry.version, Number(body['version']));
        entry.status = String(isWon ? reaches : body['status']);
        return body;
      }
      if (httpStatus >= 400 && httpStatus < 500) {
        this.ledger.unexpected.push(`${call.path} answered ${httpStatus} ${JSON.stringify(body)}`);
        return undefined;
      }
      wasSilent ||= httpStatus === 0;
      await pause(RETRY_MS);
    }
    return undefined;
  }

  private async send({ operation, method, path, key, body }: Call): Promise<Answer> {
    const url = this.options.urls[this.attempts++ % this.options.urls.length];
    const sentAtMs = performance.now();
    const note = (httpStatus: number, code?: string): void => {
      const tookMs = performance.now() - sentAtMs;
      this.ledger.samples.push({ operation, sentAtMs, tookMs, httpStatus, ...(code === undefined ? {} : { code }) });
    };
    try {
      const answer = await request(`${url}${path}`, {
        ...{ method, dispatcher: this.agent },
        headers: key === undefined ? this.headers : { ...this.headers, 'idempotency-key': key },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const document = (await answer.body.json()) as Record<string, unknown>;
      note(answer.statusCode, answer.statusCode < 400 ? undefined : String(document['code']));
      return {
        ...{ httpStatus: answer.statusCode, body: document },
        isReplay: answer.headers['idempotency-replayed'] === 'true',
      };
    } catch (error) {
      note(0, (error as { code?: string }).code ?? 'NO_ANSWER');
      return { httpStatus: 0, body: {}, isReplay: false };
    }
  }
}

const paymentOf = ({ orderId, body }: LedgerEntry) => ({
  paymentId: `pay-${orderId}`,
  paidAmount: body.payAmount,
  paidAt: new Date().toISOString(),
});
