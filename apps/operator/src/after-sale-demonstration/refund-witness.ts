/** An independent consumer of refund events, which reads each refund back as it hears of it: it is never older than its event (P2). */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { applyTopology, EventConsumer, loadTopology, topologyDirectory, withdrawQueues } from '@ordo/broadcast';
import type { CloudEvent } from '@ordo/contracts';

/** Of topology/demonstration; lives as long as the demonstration. */
const QUEUE = 'ordo.refund.demo.scene';
const PREFETCH = 32;
const SUBSCRIBE_WAIT_MS = 20_000;
const POLL_MS = 20;

export interface HeardRefundEvent {
  readonly event: CloudEvent;
  /** The version that was read right after the event came; undefined: nothing was found. */
  readonly readBack: number | undefined;
}

type Pending = Omit<HeardRefundEvent, 'readBack'> & { readonly readBack: Promise<number | undefined> };

export class RefundWitness {
  private readonly consumer: EventConsumer;
  private readonly topology = loadTopology(join(topologyDirectory(), 'demonstration'));
  private readonly heard = new Map<string, Pending[]>();

  constructor(
    private readonly url: string,
    private readonly readBack: (refundId: string) => Promise<number | undefined>,
  ) {
    const handler = (event: CloudEvent): Promise<void> => this.handle(event);
    this.consumer = new EventConsumer({ url, queue: QUEUE, prefetch: PREFETCH, handler });
  }

  /** Declares the queue and subscribes. Throws when it is not there within 20 s. */
  async start(): Promise<void> {
    await applyTopology(this.url, this.topology);
    await this.consumer.start();
    const giveUpMs = performance.now() + SUBSCRIBE_WAIT_MS;
    while (!this.consumer.isSubscribed) {
      if (performance.now() > giveUpMs) throw new Error(`queue ${QUEUE} cannot be consumed`);
      await sleep(POLL_MS);
    }
  }

  /** What came of this refund, each event once, as soon as it is `count` events or `timeoutMs` are over. */
  async eventsOf(refundId: string, count: number, timeoutMs: number): Promise<readonly HeardRefundEvent[]> {
    const giveUpMs = performance.now() + timeoutMs;
    while ((this.heard.get(refundId)?.length ?? 0) < count && performance.now() < giveUpMs) await sleep(POLL_MS);
    const pending = this.heard.get(refundId) ?? [];
    return Promise.all(pending.map(async (each) => ({ ...each, readBack: await each.readBack })));
  }

  async stop(): Promise<void> {
    await this.consumer.stop();
    await withdrawQueues(this.url, this.topology);
  }

  private async handle(event: CloudEvent): Promise<void> {
    const refundId = event.data['refundId'];
    if (typeof refundId !== 'string') return;
    const known = this.heard.get(refundId) ?? [];
    if (known.some(({ event: { id } }) => id === event.id)) return;
    const readBack = this.readBack(refundId).catch(() => undefined);
    // Noted before it is read back: reads of a busy moment end in another order than their events came.
    this.heard.set(refundId, [...known, { event, readBack }]);
    await readBack;
  }
}
