/** A waybill by its name, for whoever has it from a carrier, and not the order. */
import { refuse, type WaybillDocument } from '@ordo/contracts';
import { type CallContext, canSee, shape } from '@ordo/platform';
import type { DeliveryRepository } from '../delivery-record/delivery.repository.js';
import { WaybillPathDto } from './waybill.dto.js';
import { waybillOf } from './waybill.js';
import type { WaybillRepository } from './waybill.repository.js';

export class WaybillDesk {
  constructor(
    private readonly deliveries: Pick<DeliveryRepository, 'read'>,
    private readonly waybills: Pick<WaybillRepository, 'read'>,
  ) {}

  /** @throws Refusal WAYBILL_NOT_FOUND (404) for one that was never made, and for one of an order that is not the caller's. */
  async read(path: Readonly<Record<string, unknown>>, { caller }: CallContext): Promise<WaybillDocument> {
    const { waybillId } = shape(WaybillPathDto, { waybillId: path['waybillId'] });
    const named = waybillOf(waybillId);
    const notFound = refuse('WAYBILL_NOT_FOUND', `there is no waybill ${waybillId}`, { waybillId });
    if (named === undefined) throw notFound;
    const { orderId, attempt } = named;
    const [record, waybill] = await Promise.all([this.deliveries.read(orderId), this.waybills.read(orderId, attempt)]);
    const isSeen = record !== undefined && canSee(caller, { ...record, effective: true });
    if (!isSeen || waybill === undefined) throw notFound;
    const { carrier, carrierRef, digest, calledAtMs, acknowledgedAtMs } = waybill;
    return {
      ...{ waybillId, orderId, attempt, carrier, carrierRef, digest },
      isCurrent: record.life.attempt === attempt && record.carrier === carrier,
      calledAt: new Date(calledAtMs).toISOString(),
      acknowledgedAt: acknowledgedAtMs === null ? null : new Date(acknowledgedAtMs).toISOString(),
    };
  }
}
