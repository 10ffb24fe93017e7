/**
 * Merchants who poll their feeds as good clients do, and remember what they were told. Whoever knows that a change can be read tells them
 * (`expect`), and an answer of "nothing changed" to one who has not seen it by then is a wrong one.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { aMerchantToken } from '@ordo/testing';
import { Agent, request } from 'undici';

interface Poller {
  readonly merchantId: string;
  readonly token: string;
  after: string;
  /** Versions by order that this poller has been given. */
  readonly seen: Map<string, number>;
  /** Versions that were readable in the merchant's list before its poll was sent. */
  readonly due: Map<string, number>;
}

export interface PollTally {
  unchanged: number;
  changed: number;
  /** 304 although a change that the lists showed before was not seen yet. */
  wrong: number;
  /** 503 and 429: told to come back. */
  putOff: number;
  /** Anything else, a broken connection included. */
  failed: number;
  restarted: number;
  slowestMs: number;
}

export class FeedPollers {
  readonly tally: PollTally = { unchanged: 0, changed: 0, wrong: 0, putOff: 0, failed: 0, restarted: 0, slowestMs: 0 };
  private readonly agent: Agent;
  private running: Promise<unknown> = Promise.resolve();
  private isStopping = false;

  private constructor(
    private readonly url: string,
    private readonly pollers: readonly Poller[],
  ) {
    this.agent = new Agent({ connections: pollers.length });
  }

  static async open(url: string, merchantIds: readonly string[]): Promise<FeedPollers> {
    const pollers = merchantIds.map(async (merchantId) => ({
      ...{ merchantId, token: await aMerchantToken(merchantId), after: '0', seen: new Map(), due: new Map() },
    }));
    return new FeedPollers(url, await Promise.all(pollers));
  }

  start(everyMs: number): void {
    this.running = Promise.all(this.pollers.map((poller) => this.keepPolling(poller, everyMs)));
  }

  /** This version of the order can be read from the merchant's side now. */
  expect(merchantId: string, orderId: string, version: number): void {
    for (const poller of this.pollers) if (poller.merchantId === merchantId) poller.due.set(orderId, version);
  }

  /** What was due and never given. */
  get missing(): number {
    return this.pollers.reduce((sum, poller) => sum + behind(poller, poller.due).length, 0);
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    await this.running;
    await this.agent.close();
  }

  private async keepPolling(poller: Poller, everyMs: number): Promise<void> {
    await pause(Math.random() * everyMs);
    while (!this.isStopping) {
      await this.poll(poller).catch(() => {
        this.tally.failed += 1;
      });
      await pause(everyMs);
    }
  }

  private async poll(poller: Poller): Promise<void> {
    const due = new Map(poller.due);
    const startedMs = performance.now();
    const { statusCode, body } = await request(
      `${this.url}/v1/merchants/${poller.merchantId}/feed?after=${poller.after}`,
      { dispatcher: this.agent, headers: { authorization: `Bearer ${poller.token}` } },
    );
    const text = await body.text();
    this.tally.slowestMs = Math.max(this.tally.slowestMs, performance.now() - startedMs);
    if (statusCode === 200) return this.take(poller, JSON.parse(text) as Parameters<FeedPollers['take']>[1]);
    if (statusCode === 304) {
      this.tally.unchanged += 1;
      if (behind(poller, due).length > 0) this.tally.wrong += 1;
    } else if (statusCode === 503 || statusCode === 429) this.tally.putOff += 1;
    else this.tally.failed += 1;
  }

  private take(
    poller: Poller,
    answer: { orders: { orderId: string; version: number }[]; next: string; restarted: boolean },
  ): void {
    this.tally.changed += 1;
    if (answer.restarted) this.tally.restarted += 1;
    for (const { orderId, version } of answer.orders) poller.seen.set(orderId, version);
    poller.after = answer.next;
  }
}

const behind = ({ seen }: Poller, due: ReadonlyMap<string, number>): string[] =>
  [...due].filter(([orderId, version]) => (seen.get(orderId) ?? 0) < version).map(([orderId]) => orderId);
