/**
 * BullMQ at its best: bulk adds, nothing kept of finished jobs, no stalled checks or markers during the run, several queues and
 * concurrencies. Its job carries the id of the same row; its handler passes the same gate, and the gates of jobs that are under way
 * together are one statement.
 */
import { randomUUID } from 'node:crypto';
import type { NodePool } from '@ordo/sharding';
import { Queue, Worker } from 'bullmq';
import { inPieces } from './in-pieces.js';
import { type BullTimer, gate, RowWriter } from './timer-tables.js';

/** Eight thousand under way, as on our side. */
const PER_BULK = 1_000;
const BULKS_AT_ONCE = 8;

export interface BullSettings {
  readonly queues: number;
  readonly concurrency: number;
}

/** The gates that are asked for in one turn of the event loop are one statement per node. */
class GateLoader {
  private waiting = new Map<number, { id: string; done: (error?: unknown) => void }[]>();

  constructor(private readonly pools: readonly NodePool[]) {}

  pass({ id, node }: BullTimer): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error?: unknown): void => (error === undefined ? resolve() : reject(error));
      const group = this.waiting.get(node);
      if (group !== undefined) {
        group.push({ id, done });
        return;
      }
      this.waiting.set(node, [{ id, done }]);
      setImmediate(() => void this.send(node));
    });
  }

  private async send(node: number): Promise<void> {
    const group = this.waiting.get(node) ?? [];
    this.waiting.delete(node);
    const pool = this.pools[node];
    if (pool === undefined) return;
    const error = await gate(
      pool,
      group.map(({ id }) => id),
    ).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    for (const { done } of group) done(error);
  }
}

export class BullSubject {
  fired = 0;
  private complaints = 0;
  /** Names of their own: a worker of the run before that is still closing must not take this run's jobs. */
  private readonly queues: Queue[];
  private workers: Worker[] = [];
  private readonly connection: { readonly host: string; readonly port: number };

  constructor(
    private readonly pools: readonly NodePool[],
    redisUrl: string,
    private readonly settings: BullSettings,
  ) {
    const { hostname, port } = new URL(redisUrl);
    this.connection = { host: hostname, port: Number(port) };
    this.queues = Array.from(
      { length: settings.queues },
      (_, at) =>
        new Queue(`bull-${randomUUID()}-${at}`, {
          connection: this.connection,
          defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
        }),
    );
  }

  async ready(): Promise<void> {
    await Promise.all(this.queues.map((queue) => queue.waitUntilReady()));
  }

  /** Jobs alone: what is lost with Redis is lost. */
  async schedule(timers: readonly BullTimer[]): Promise<void> {
    await inPieces(timers, { size: PER_BULK, atOnce: BULKS_AT_ONCE }, (piece, turn) => this.addBulk(piece, turn));
  }

  /** The row first, then its job, several bulks at a time: while one is written, another is added. */
  async scheduleWithRows(requests: readonly { readonly key: string; readonly dueMs: number }[]): Promise<void> {
    const rows = new RowWriter(this.pools);
    await inPieces(requests, { size: PER_BULK, atOnce: BULKS_AT_ONCE }, async (piece, turn) =>
      this.addBulk(await rows.write(piece, turn), turn),
    );
  }

  private async addBulk(timers: readonly BullTimer[], turn: number): Promise<void> {
    const nowMs = Date.now();
    await this.queues[turn % this.queues.length]?.addBulk(
      timers.map((data) => ({ name: 't', data, opts: { delay: Math.max(data.dueMs - nowMs, 0) } })),
    );
  }

  async start(): Promise<void> {
    const loader = new GateLoader(this.pools);
    this.workers = this.queues.map(
      (queue) =>
        new Worker<BullTimer>(
          queue.name,
          async (job) => {
            await loader.pass(job.data);
            this.fired += 1;
          },
          {
            connection: this.connection,
            concurrency: this.settings.concurrency,
            skipStalledCheck: true,
            skipLockRenewal: true,
            lockDuration: 300_000,
          },
        ),
    );
    for (const worker of this.workers) {
      worker.on('failed', (_job, error) => this.complain(error));
      worker.on('error', (error) => this.complain(error));
    }
    await Promise.all(this.workers.map((worker) => worker.waitUntilReady()));
  }

  /** A job that fails is gone, and the run would wait for it for ever: its error has to be seen. */
  private complain(error: Error): void {
    if (this.complaints < 3) console.error('  BullMQ:', error.message);
    this.complaints += 1;
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.close()));
    await Promise.all(this.queues.map((queue) => queue.close()));
  }
}
