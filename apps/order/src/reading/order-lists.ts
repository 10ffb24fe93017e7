/**
 * Lists of a user and of a merchant, and a merchant's counts. Pages follow a keyset (newest order first), never an offset and never a
 * total: an order that exists when a walk starts is seen exactly once, however many are added meanwhile.
 */
import { type OrderStatus, orderStatuses } from '@ordo/contracts';
import {
  assertActsForMerchant,
  assertActsForUser,
  type CallContext,
  cursorAfter,
  isUnbound,
  positionOf,
  type QueryShape,
} from '@ordo/platform';
import { documentOf } from '../record/order-document.js';
import type { MerchantOrdersRepository } from './merchant-orders.repository.js';
import type { OrderRecord } from './order-rows.js';
import { type ReadLimits, ReadShape } from './read-limits.js';
import type { OrderCounts, OrderPage } from './reading-documents.js';
import type { UserOrdersRepository } from './user-orders.repository.js';

export interface ListOfUser {
  readonly userId: string;
  readonly status?: OrderStatus;
  readonly cursor?: string;
  readonly limit: number;
}

export interface ListOfMerchant {
  readonly merchantId: string;
  readonly status?: OrderStatus;
  /** YYYY-MM-DD in the business time zone. */
  readonly businessDate?: string;
  readonly cursor?: string;
  readonly limit: number;
}

/** `records` were read one longer than the page, so that the last page is known without a count. */
function pageOf(records: readonly OrderRecord[], limit: number, shape: QueryShape): OrderPage {
  const orders = records.slice(0, limit).map(({ base, ext }) => documentOf(base, ext));
  const last = orders.at(-1);
  const isLast = records.length <= limit || last === undefined;
  return { orders, nextCursor: isLast ? null : cursorAfter(shape, last.orderId) };
}

export class OrderLists {
  constructor(
    private readonly authority: UserOrdersRepository,
    private readonly projection: MerchantOrdersRepository,
    private readonly limits: ReadLimits,
  ) {}

  async ofUser(query: ListOfUser, context: CallContext): Promise<OrderPage> {
    assertActsForUser(context.caller, query.userId);
    const shape = ['user', query.userId, query.status];
    const before = positionOf(shape, query.cursor);
    const { userId, status, limit } = query;
    const read = (): Promise<OrderRecord[]> => this.authority.list({ userId, status, before, limit: limit + 1 });
    return pageOf(await this.limits.run(ReadShape.USER_LIST, context.caller, read), limit, shape);
  }

  /** Orders that were never paid are shown to an unbound caller that asks for CREATED by name, and to nobody else. */
  async ofMerchant(query: ListOfMerchant, context: CallContext): Promise<OrderPage> {
    assertActsForMerchant(context.caller, query.merchantId);
    const shape = ['merchant', query.merchantId, query.status, query.businessDate];
    const before = positionOf(shape, query.cursor);
    const { merchantId, status, businessDate, limit } = query;
    const effectiveOnly = !(status === 'CREATED' && isUnbound(context.caller));
    // Who is CREATED was never paid: to look for paid ones among them would walk all of them and find none.
    const filters = { merchantId, status, businessDate, effectiveOnly, before, limit: limit + 1 };
    const read = (): Promise<OrderRecord[]> =>
      status === 'CREATED' && effectiveOnly ? Promise.resolve([]) : this.projection.list(filters);
    return pageOf(await this.limits.run(ReadShape.MERCHANT_LIST, context.caller, read), limit, shape);
  }

  async countsOfMerchant(merchantId: string, businessDate: string, context: CallContext): Promise<OrderCounts> {
    assertActsForMerchant(context.caller, merchantId);
    const counted = await this.limits.run(ReadShape.COUNTS, context.caller, () =>
      this.projection.counts(merchantId, businessDate),
    );
    const counts = Object.fromEntries(orderStatuses.map((status) => [status, counted.get(status) ?? 0]));
    return { merchantId, businessDate, counts: counts as Record<OrderStatus, number> };
  }
}
