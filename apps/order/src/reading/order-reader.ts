/**
 * Reads by order id: table cache first, then the user shard, which is the authority. What a caller may not see does not exist for
 * it (404), so the answer never tells whether an id was ever given out.
 */

import { ABSENT, type TableCache } from '@ordo/cache';
import type { OrderDocument } from '@ordo/contracts';
import { type CallContext, type CallerIdentity, canSee } from '@ordo/platform';
import { decodeOrderNumber, secondOfMs } from '@ordo/sharding';
import { assertVisible, orderNotFound } from '../access/order-access.rules.js';
import { cachedTextOf, UNSETTLED } from '../change/order-cache.js';
import { paymentKindNames } from '../payment/payment.repository.js';
import { cacheRevisionOf } from '../record/order-document.js';
import { documentTextOf, extTextOf, headOf, headOfCached, type OrderHead } from '../record/order-text.js';
import type { MerchantOrdersRepository } from './merchant-orders.repository.js';
import type { OrderRecord } from './order-rows.js';
import type { OrderPayments, OrderTimeline } from './reading-documents.js';
import type { UserOrdersRepository } from './user-orders.repository.js';

/** An ext never changes once it is written. */
const EXT_REVISION = 1;
/**
 * A number is given by the database's clock a moment before its order is written, or never written: after ten minutes an order that is
 * not there will not come to be, and its absence may be cached. A younger number could be placed a moment after the read.
 */
const NEVER_AFTER_SECONDS = 600;

const isTooOldToAppear = (orderId: string): boolean =>
  decodeOrderNumber(orderId).second < secondOfMs(Date.now()) - NEVER_AFTER_SECONDS;

/** An order in its two halves. */
interface OrderHalves {
  readonly head: OrderHead;
  readonly extText: string;
}

const halvesOf = (cachedHead: string, extText: string): OrderHalves => ({ head: headOfCached(cachedHead), extText });
const halvesOfRecord = ({ base, ext }: OrderRecord): OrderHalves => ({ head: headOf(base), extText: extTextOf(ext) });
const textOf = ({ head, extText }: OrderHalves): string => documentTextOf(head.text, extText);
const documentOfHalves = (halves: OrderHalves): OrderDocument => JSON.parse(textOf(halves)) as OrderDocument;

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
    return documentOfHalves(await this.visible(orderId, context.caller));
  }

  /** As {@link read}, as the JSON text of the document. */
  async readText(orderId: string, context: CallContext): Promise<string> {
    return textOf(await this.visible(orderId, context.caller));
  }

  async batchGet(orderIds: readonly string[], context: CallContext): Promise<OrderBatch> {
    const asked = [...new Set(orderIds)];
    const found = await this.cached(asked);
    const absent = asked.filter((orderId) => !found.has(orderId));
    if (absent.length > 0) {
      for (const record of await this.authority.readMany(absent))
        found.set(record.base.orderId, halvesOfRecord(record));
    }
    const orders: OrderDocument[] = [];
    const missing: string[] = [];
    for (const orderId of asked) {
      const halves = found.get(orderId);
      if (halves !== undefined && canSee(context.caller, halves.head)) orders.push(documentOfHalves(halves));
      else missing.push(orderId);
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

  /** Every payment that was announced; from the authority, so never older than the last acknowledged one. */
  async payments(orderId: string, context: CallContext): Promise<OrderPayments> {
    const { currency } = documentOfHalves(await this.visible(orderId, context.caller));
    const payments = await this.authority.payments(orderId);
    return {
      orderId,
      currency,
      payments: payments.map(({ paymentId, kind, paidAmount, paidAt }) => ({
        ...{ paymentId, kind: paymentKindNames[kind], paidAmount, paidAt: new Date(paidAt).toISOString() },
      })),
    };
  }

  private async visible(orderId: string, caller: CallerIdentity): Promise<OrderHalves> {
    const found = await this.find(orderId);
    assertVisible(caller, orderId, found?.head);
    if (found === undefined) throw orderNotFound(orderId);
    return found;
  }

  private async find(orderId: string): Promise<OrderHalves | undefined> {
    const { base, ext } = await this.cache.getPair(orderId);
    if (base === ABSENT) return undefined;
    if (base === undefined || ext === undefined) return this.load(orderId);
    return base === UNSETTLED ? this.readUnsettled(orderId) : halvesOf(base, ext);
  }

  /** In the moment between a payment and its daily serial the authority answers, until a read finds the serial and caches it. */
  private async readUnsettled(orderId: string): Promise<OrderHalves | undefined> {
    const record = await this.authority.read(orderId);
    if (record === undefined) return undefined;
    await this.cache.put('base', orderId, cachedTextOf(record.base), cacheRevisionOf(record.base));
    return halvesOfRecord(record);
  }

  /**
   * Both kinds load through the cache, one loader per key. The base is read anew by every load, because whoever joins that load may know
   * of a later change than whoever began it; the ext never changes and takes what that read brought along.
   */
  private async load(orderId: string): Promise<OrderHalves | undefined> {
    let latest: Promise<OrderRecord | undefined> | undefined;
    const read = (): Promise<OrderRecord | undefined> => {
      latest = this.authority.read(orderId);
      return latest;
    };
    const absentForEver = isTooOldToAppear(orderId);
    const [base, ext] = await Promise.all([
      this.cache.loadThrough(
        'base',
        orderId,
        async () => {
          const record = await read();
          return record && { value: cachedTextOf(record.base), revision: cacheRevisionOf(record.base) };
        },
        { absentForEver },
      ),
      this.cache.loadThrough('ext', orderId, async () => {
        const record = await (latest ?? read());
        return record && { value: extTextOf(record.ext), revision: EXT_REVISION };
      }),
    ]);
    if (base === undefined || base === ABSENT || ext === undefined) return undefined;
    return base === UNSETTLED ? this.readUnsettled(orderId) : halvesOf(base, ext);
  }

  /** Whatever of `orderIds` lies in the cache whole. A batch does not fill the cache: bulk readers would drive out the hot orders. */
  private async cached(orderIds: readonly string[]): Promise<Map<string, OrderHalves>> {
    const [bases, exts] = await Promise.all([
      this.cache.getMany('base', orderIds),
      this.cache.getMany('ext', orderIds),
    ]);
    const found = new Map<string, OrderHalves>();
    orderIds.forEach((orderId, index) => {
      const [base, ext] = [bases[index], exts[index]];
      if (base !== undefined && base !== UNSETTLED && base !== ABSENT && ext !== undefined)
        found.set(orderId, halvesOf(base, ext));
    });
    return found;
  }
}
