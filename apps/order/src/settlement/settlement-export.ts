/**
 * A night's export: shard after shard, page after page, each read when the one before was taken, so that a slow reader slows nobody but
 * itself. It ends with what it promises to have told; a stream without that end was cut, and goes on from its last cursor.
 */
import { refuse, refuseViolations, transient } from '@ordo/contracts';
import type { Clock } from '@ordo/kernel';
import { type CallContext, isUnbound } from '@ordo/platform';
import type { CompletionWindow, SettlementRepository } from './settlement.repository.js';
import { type ExportPlace, type ExportRange, placeOfText } from './settlement-cursor.rules.js';
import { type ExportEnd, type SettledOrder, settledOrderOf } from './settlement-documents.js';

export interface ExportQuery extends ExportRange {
  readonly cursor?: string;
}

export type ExportPage = { readonly orders: readonly SettledOrder[] } | ExportEnd;

/** Two connections per node serve them; more would only wait for one another. */
const MOST_EXPORTS = 4;
const PAGE = 200;
/** Longer than a change that has an instant may take to commit (a caller hears within a second, a deadline's batch within two). */
const STILL_COMMITTING_MS = 10_000;
const RETRY_AFTER_MS = 30_000;

export class SettlementExport {
  private running = 0;

  constructor(
    private readonly repository: Pick<SettlementRepository, 'page' | 'oldestUnprojectedMs'>,
    private readonly clock: Clock,
    private readonly onTold: (orders: number) => void,
  ) {}

  /**
   * Begins an export. Throws FORBIDDEN for a caller that is bound, INVALID_ARGUMENT for a range or cursor that makes no sense, Transient
   * OVERLOADED while others run. The caller goes through the pages or returns the generator.
   */
  open(query: ExportQuery, { caller }: CallContext): AsyncGenerator<ExportPage, void, void> {
    if (!isUnbound(caller)) throw refuse('FORBIDDEN', 'settlement is read by services that are bound to nobody');
    if (query.fromMs >= query.toMs) throw broken('completedTo', 'must lie after completedFrom');
    if (query.firstShard > query.lastShard) throw broken('shardTo', 'must not lie before shardFrom');
    const after = query.cursor === undefined ? undefined : placeOfText(query.cursor, query);
    if (this.running >= MOST_EXPORTS) {
      throw transient('OVERLOADED', `${this.running} exports are under way in this process`, RETRY_AFTER_MS);
    }
    return this.pages(query, after);
  }

  /** The place among those under way is taken with the first page, and given back however the reading ends. */
  private async *pages(range: ExportRange, after: ExportPlace | undefined): AsyncGenerator<ExportPage, void, void> {
    this.running += 1;
    let told = 0;
    try {
      const toMs = Math.min(range.toMs, await this.settledUntilMs());
      const window = { fromMs: range.fromMs, toMs };
      for (let shard = after?.shard ?? range.firstShard; shard <= range.lastShard && window.fromMs < toMs; shard += 1) {
        for await (const orders of this.ofShard(shard, window, shard === after?.shard ? after : undefined)) {
          told += orders.length;
          this.onTold(orders.length);
          yield { orders };
        }
      }
      yield { end: true, completedTo: new Date(Math.max(toMs, range.fromMs)).toISOString(), orders: told };
    } finally {
      this.running -= 1;
    }
  }

  private async *ofShard(
    shard: number,
    window: CompletionWindow,
    after: ExportPlace | undefined,
  ): AsyncGenerator<readonly SettledOrder[], void, void> {
    let place = after;
    for (let isWhole = true; isWhole; ) {
      const records = await this.repository.page(shard, window, place, PAGE);
      const last = records.at(-1)?.base;
      if (last === undefined) return;
      place = { shard, completedAtMs: last.completedAt ?? 0, orderId: last.orderId };
      yield records.map((record) => settledOrderOf(record, shard));
      isWhole = records.length === PAGE;
    }
  }

  /** Completions before it are in the merchant shards: none can still commit, and none waits for its projection. */
  private async settledUntilMs(): Promise<number> {
    const nowMs = this.clock.nowMs();
    const oldestMs = await this.repository.oldestUnprojectedMs();
    return Math.min(nowMs, oldestMs ?? nowMs) - STILL_COMMITTING_MS;
  }
}

const broken = (field: string, message: string): Error => refuseViolations([{ field, rule: 'range', message }]);
