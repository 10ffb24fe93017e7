/**
 * The last version of a merchant's feed, from Redis where that is known to be true and from the merchant shard where it is not: one
 * reader at a time per merchant and sixteen at once per process, whatever happens to Redis under however many pollers.
 */
import { LoadLimiter, SingleFlight, type VersionBoard } from '@ordo/cache';
import type { FeedRepository } from './feed.repository.js';

/** A head is one row by primary key; sixteen at once are some 10,000 a second and leave the pool to others. */
const READS_AT_ONCE = 16;
/** At that rate the last of them waits a tenth of a second; whoever comes beyond is told to come back. */
const READS_THAT_WAIT = 1_000;
/** Merchants that are looked up together while Redis cannot say. */
const HEADS_AT_ONCE = 500;

/** Runs a read of the database, and may count it. */
export type ReadMeter = <T>(read: () => Promise<T>) => Promise<T>;

export class FeedVersions {
  private readonly flights = new SingleFlight<number>();
  private readonly limiter = new LoadLimiter({ concurrent: READS_AT_ONCE, waiting: READS_THAT_WAIT });

  constructor(
    private readonly board: VersionBoard,
    private readonly repository: Pick<FeedRepository, 'head' | 'heads'>,
    private readonly meter: ReadMeter,
  ) {}

  /** By Redis alone; undefined where it cannot be believed. Never throws. */
  known(merchantId: string): Promise<number | undefined> {
    return this.board.read(merchantId);
  }

  /** Throws Transient OVERLOADED when too many wait for the database, NODE_UNAVAILABLE when it is away. */
  async current(merchantId: string): Promise<number> {
    return (await this.board.read(merchantId)) ?? this.load(merchantId);
  }

  /** By the database. Whoever joins a load that began earlier gets the next one, so that nobody reads his own past. */
  async load(merchantId: string): Promise<number> {
    return this.flights.join(
      merchantId,
      async (follows) => (follows ? await this.board.read(merchantId) : undefined) ?? this.loadAlone(merchantId),
      () => Promise.resolve(),
    );
  }

  /** Of all that are watched, for the look that makes up for lost messages. Who cannot be told is left out. */
  async currentOfMany(merchantIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    for (let from = 0; from < merchantIds.length; from += HEADS_AT_ONCE) {
      const some = merchantIds.slice(from, from + HEADS_AT_ONCE);
      const known = await this.board.readMany(some);
      some.forEach((merchantId, index) => {
        const version = known[index];
        if (version !== undefined) found.set(merchantId, version);
      });
      await this.loadMany(
        some.filter((merchantId) => !found.has(merchantId)),
        found,
      );
    }
    return found;
  }

  private async loadMany(merchantIds: readonly string[], found: Map<string, number>): Promise<void> {
    if (merchantIds.length === 0) return;
    const era = this.board.era;
    const heads = await this.limiter.run(() => this.meter(() => this.repository.heads(merchantIds)));
    for (const [merchantId, version] of heads) found.set(merchantId, version);
    await Promise.all([...heads].map(([merchantId, version]) => this.board.note(merchantId, version, era)));
  }

  private async loadAlone(merchantId: string): Promise<number> {
    const version = await this.limiter.run(async () => {
      const era = this.board.era;
      const head = await this.meter(() => this.repository.head(merchantId));
      return { era, head };
    });
    await this.board.note(merchantId, version.head, version.era);
    return version.head;
  }
}
