/** What a carrier said, word by word, for whoever has to settle who was right. */
import { type CarrierReportPage, refuse } from '@ordo/contracts';
import { type CallContext, cursorAfter, isUnbound, OrderPathDto, PageDto, positionOf, shape } from '@ordo/platform';
import { notFound } from '../commands/command-handler.js';
import type { DeliveryRepository } from '../delivery-record/delivery.repository.js';
import type { CarrierReportRepository } from './carrier-report.repository.js';

export class DisputeDesk {
  constructor(
    private readonly deliveries: Pick<DeliveryRepository, 'read'>,
    private readonly reports: CarrierReportRepository,
  ) {}

  /**
   * @throws Refusal FORBIDDEN to users and merchants, whatever their grants: a message may name persons, and neither side signed it.
   * DELIVERY_NOT_FOUND (404); INVALID_ARGUMENT for a cursor of another list.
   */
  async reportsOf(
    path: Readonly<Record<string, unknown>>,
    query: unknown,
    { caller }: CallContext,
  ): Promise<CarrierReportPage> {
    const { orderId } = shape(OrderPathDto, { orderId: path['orderId'] });
    const { cursor, limit } = shape(PageDto, query ?? {});
    if (!isUnbound(caller)) throw refuse('FORBIDDEN', 'only services read what carriers said', { orderId });
    const list = ['carrier-reports', orderId];
    const after = positionOf(list, cursor);
    if ((await this.deliveries.read(orderId)) === undefined) throw notFound(orderId);
    const found = await this.reports.of(orderId, after, limit + 1);
    const reports = found.slice(0, limit);
    const last = reports.at(-1);
    const isLast = found.length <= limit || last === undefined;
    return { orderId, reports, nextCursor: isLast ? null : cursorAfter(list, last.reportId) };
  }
}
