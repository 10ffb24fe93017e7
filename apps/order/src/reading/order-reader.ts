/**
 * Reads by order id: table cache first, then the user shard, which is the authority. What a caller may not see does not exist for
 * it (404), so the answer never tells whether an id was ever given out.
 */

import type { TableCache } from '@ordo/cache';
import type { OrderDocument } from '@ordo/contracts';
import type { CallContext, CallerIdentity } from '@ordo/platform';
import { assertVisible, canSee, orderNotFound } from '../access/order-access.rules.js';
import { cachedTextOf, UNSETTLED } from '../change/order-cache.js';
import { cacheRevisionOf, documentOf } from '../record/order-document.js';
import type { OrderBase, OrderExt } from '../record/order-record.js';
import { visiblePartiesOf } from '../transition/transition-event.js';
import type { MerchantOrdersRepository } from './merchant-orders.repository.js';
import type { OrderRecord } from './order-rows.js';
import { documentTextOf, extTextOf } from './order-text.js';
import type { OrderTimeline } from './reading-documents.js';
import type { UserOrdersRepository } from './user-orders.repository.js';

/** An ext never changes once it is written. */
const EXT_REVISION = 1;

/** Both rows as they lie in the cache: the base as a record, the ext as the JSON of its part of the document. */
interface OrderTexts {
  readonly base: OrderBase;
  readonly extText: string;
}

const textsOf = (base: string, extText: string): OrderTexts => ({ base: JSON.parse(base) as OrderBase, extText });
const recordOf = ({ base, extText }: OrderTexts): OrderRecord => ({ base, ext: JSON.parse(extText) as OrderExt });

export interface OrderBatch {
  /** In the order in which they were asked for, each once. */
  readonly orders: readonly OrderDocument[];
  /** Asked for, and absent or not the caller's. */
  readonly missing: readonly string[];
}

export class OrderReader {
  constructor(
    private readonly cache: TableCache,
    private readonly authority: UserOrdersRepository,
    private readonly projection: MerchantOrdersRepository,
  ) {}

  /** The order; throws ORDER_NOT_FOUND when it is absent or not the caller's. Never older than an event that was published. */
  async read(orderId: string, context: CallContext): Promise<OrderDocument> {
    const { base, ext } = recordOf(await this.visible(orderId, context.caller));
    return documentOf(base, ext);
  }

  /** As {@link read}, as the JSON text of the document. */
  async readText(orderId: string, context: CallContext): Promise<string> {
    const { base, extText } = await this.visible(orderId, context.caller);
    return documentTextOf(base, extText);
  }

  async batchGet(orderIds: readonly string[], context: CallContext): Promise<OrderBatch> {
    const asked = [...new Set(orderIds)];
    const found = await this.cached(asked);
    const absent = asked.filter((orderId) => !found.has(orderId));
    if (absent.length > 0) {
      for (const record of await this.authority.readMany(absent)) found.set(record.base.orderId, record);
    }
    const orders: OrderDocument[] = [];
    const missing: string[] = [];
    for (const orderId of asked) {
      const record = found.get(orderId);
      if (record !== undefined && canSee(context.caller, visiblePartiesOf(record.base))) {
        orders.push(documentOf(record.base, record.ext));
      } else missing.push(orderId);
    }
    return { orders, missing };
  }

  /** Every change so far, oldest first; as far as the projection has come, which is at least every published event. */
  async timeline(orderId: string, context: CallContext): Promise<OrderTimeline> {
    await this.visible(orderId, context.caller);
    const rows = await this.projection.timeline(orderId);
    return {
      orderId,
      entries: rows.map((row) => ({ ...row, occurredAt: new Date(row.occurredAt).toISOString() })),
    };
  }

  private async visible(orderId: string, caller: CallerIdentity): Promise<OrderTexts> {
    const found = await this.find(orderId);
    assertVisible(caller, orderId, found && visiblePartiesOf(found.base));
    if (found === undefined) throw orderNotFound(orderId);
    return found;
  }

  private async find(orderId: string): Promise<OrderTexts | undefined> {
    const { base, ext } = await this.cache.getPair(orderId);
    if (base === undefined || ext === undefined) return this.load(orderId);
    return base === UNSETTLED ? this.readUnsettled(orderId) : textsOf(base, ext);
  }

  /** In the moment between a payment and its daily serial the authority answers, until a read finds the serial and caches it. */
  private async readUnsettled(orderId: string): Promise<OrderTexts | undefined> {
    const record = await this.authority.read(orderId);
    if (record === undefined) return undefined;
    await this.cache.put('base', orderId, cachedTextOf(record.base), cacheRevisionOf(record.base));
    return { base: record.base, extText: extTextOf(record.ext) };
  }

  /**
   * Both kinds load through the cache, one loader per key. The base is read anew by every load, because whoever joins that load may know
   * of a later change than whoever began it; the ext never changes and takes what that read brought along.
   */
  private async load(orderId: string): Promise<OrderTexts | undefined> {
    let latest: Promise<OrderRecord | undefined> | undefined;
    const read = (): Promise<OrderRecord | undefined> => {
      latest = this.authority.read(orderId);
      return latest;
    };
    const [base, ext] = await Promise.all([
      this.cache.loadThrough('base', orderId, async () => {
        const record = await read();
        return record && { value: cachedTextOf(record.base), revision: cacheRevisionOf(record.base) };
      }),
      this.cache.loadThrough('ext', orderId, async () => {
        const record = await (latest ?? read());
        return record && { value: extTextOf(record.ext), revision: EXT_REVISION };
      }),
    ]);
    if (base === undefined || ext === undefined) return undefined;
    return base === UNSETTLED ? this.readUnsettled(orderId) : textsOf(base, ext);
  }

  /** Whatever of `orderIds` lies in the cache whole. A batch does not fill the cache: bulk readers would drive out the hot orders. */
  private async cached(orderIds: readonly string[]): Promise<Map<string, OrderRecord>> {
    const [bases, exts] = await Promise.all([
      this.cache.getMany('base', orderIds),
      this.cache.getMany('ext', orderIds),
    ]);
    const found = new Map<string, OrderRecord>();
    orderIds.forEach((orderId, index) => {
      const [base, ext] = [bases[index], exts[index]];
      if (base !== undefined && base !== UNSETTLED && ext !== undefined)
        found.set(orderId, recordOf(textsOf(base, ext)));
    });
    return found;
  }
}
