/**
 * Forgets deliveries of callbacks that nobody can repeat any more: their signature is too old to be taken, or their sender has given up. Every
 * worker does it, because a row is deleted once whoever deletes it; a node that is away is tried again at the next turn.
 */
import type { Logger } from '@ordo/platform';
import type { NodePools } from '@ordo/sharding';
import { purgeNonces } from './callback-nonce.repository.js';

export interface NoncePlace {
  readonly node: number;
  readonly schema: string;
}

/** Stripe repeats a delivery for three days. */
const KEPT_MS = 4 * 86_400_000;
const EVERY_MS = 600_000;
/** Small, so that a callback never waits for the rows that it locks. */
const BATCH_ROWS = 500;
const MAX_BATCHES = 200;
const BULK = { deadlineMs: 10_000 };

export class NoncePurge {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private isStopped = false;

  constructor(
    private readonly pools: NodePools,
    private readonly places: readonly NoncePlace[],
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.running = this.purge(Date.now()).then(
        () => undefined,
        (error: unknown) => this.logger.warn('old deliveries of callbacks are still there', { error }),
      );
    }, EVERY_MS);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.timer);
    await this.running;
  }

  /** One turn over all schemas; answers how many rows went. */
  async purge(nowMs: number): Promise<number> {
    let gone = 0;
    for (const place of this.places) gone += await this.purgeIn(place, nowMs - KEPT_MS);
    return gone;
  }

  private async purgeIn({ node, schema }: NoncePlace, beforeMs: number): Promise<number> {
    let gone = 0;
    for (let batch = 0; batch < MAX_BATCHES && !this.isStopped; batch += 1) {
      const sql = purgeNonces(schema, beforeMs, BATCH_ROWS);
      const { affectedRows } = await this.pools.at(node).query<{ affectedRows: number }>(sql, BULK);
      gone += affectedRows;
      if (affectedRows < BATCH_ROWS) break;
    }
    return gone;
  }
}
