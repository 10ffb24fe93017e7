/**
 * An independent consumer: its own connection, its own queue, nothing but the public consumer class. It notes what arrives, in which
 * order and when, and does at once what consumers do: read the order back (P2).
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  applyTopology,
  type DeliveryContext,
  EventConsumer,
  loadTopology,
  topologyDirectory,
  withdrawQueues,
} from '@ordo/broadcast';
import type { CloudEvent } from '@ordo/contracts';

/** Of topology/demonstration, bound to every event of both business types; lives as long as the demonstration. */
const QUEUE = 'ordo.order.demo.journey';
/** Handlers in parallel; each reads an order back three ways. */
const PREFETCH = 64;
const SUBSCRIBE_WAIT_MS = 20_000;
/** No delivery for this long: what earlier runs left in the queue is through. */
const QUIET_MS = 200;
const POLL_MS = 20;

/** The version that a reader found right after the event came; undefined: it found no order. */
export interface ReadBack {
  readonly user: number | undefined;
  readonly merchant: number | undefined;
  readonly rest: number | undefined;
}

export interface SeenEvent {
  readonly event: CloudEvent;
  readonly routingKey: string;
  /** From `time`, when the change was decided (so the commit is in it), to the handler of this consumer. */
  readonly tookMs: number;
  readonly readBack: ReadBack;
}

type Pending = Omit<SeenEvent, 'readBack'> & { readonly readBack: Promise<ReadBack> };

const NOTHING_FOUND: ReadBack = { user: undefined, merchant: undefined, rest: undefined };

export class EventWitness {
  private readonly consumer: EventConsumer;
  private readonly topology = loadTopology(join(topologyDirectory(), 'demonstration'));
  private readonly seen = new Map<string, Pending[]>();
  private readonly users = new Set<string>();
  private lastDeliveryMs = performance.now();

  constructor(
    private readonly url: string,
    private readonly readBack: (orderId: string) => Promise<ReadBack>,
  ) {
    this.consumer = new EventConsumer({
      ...{ url, queue: QUEUE, prefetch: PREFETCH },
      handler: (event, context) => this.handle(event, context),
    });
  }

  /** Declares the queue, subscribes, and lets go by what an earlier run left. Throws when the queue is not there within 20 s. */
  async start(): Promise<void> {
    await applyTopology(this.url, this.topology);
    await this.consumer.start();
    const giveUpMs = performance.now() + SUBSCRIBE_WAIT_MS;
    while (!this.consumer.isSubscribed) {
      if (performance.now() > giveUpMs) throw new Error(`queue ${QUEUE} cannot be consumed`);
      await sleep(POLL_MS);
    }
    this.lastDeliveryMs = performance.now();
    while (performance.now() - this.lastDeliveryMs < QUIET_MS) await sleep(POLL_MS);
  }

  /** From now on, events of this user's orders are noted. */
  watch(userId: string): void {
    this.users.add(userId);
  }

  /** What came of this order, in the order of arrival, as soon as it is `count` events or `timeoutMs` are over. */
  async eventsOf(orderId: string, count: number, timeoutMs: number): Promise<readonly SeenEvent[]> {
    const giveUpMs = performance.now() + timeoutMs;
    const ids = (): number => new Set(this.seen.get(orderId)?.map(({ event }) => event.id)).size;
    while (ids() < count && performance.now() < giveUpMs) await sleep(POLL_MS / 4);
    const pending = this.seen.get(orderId) ?? [];
    return Promise.all(pending.map(async (each) => ({ ...each, readBack: await each.readBack })));
  }

  async stop(): Promise<void> {
    await this.consumer.stop();
    await withdrawQueues(this.url, this.topology);
  }

  private async handle(event: CloudEvent, { routingKey }: DeliveryContext): Promise<void> {
    const nowMs = Date.now();
    this.lastDeliveryMs = performance.now();
    if (!this.users.has(event.userid)) return;
    // A read that failed found nothing: the rule for P2 says so of every reader.
    const readBack = this.readBack(event.subject).catch(() => NOTHING_FOUND);
    const pending = { event, routingKey, tookMs: nowMs - Date.parse(event.time), readBack };
    this.seen.set(event.subject, [...(this.seen.get(event.subject) ?? []), pending]);
    await readBack;
  }
}
