/** Tells a carrier to cancel, or of a tip: again and again until it has heard, by the retries of the timers. */
import { Refusal } from '@ordo/kernel';
import type { DueTimer, TimerTask } from '@ordo/timers';
import type { CarrierRegistry } from '../carriers/carrier-registry.js';
import type { ErrandTimer } from '../change/delivery-queues.js';
import type { DeliveryRepository } from '../delivery-record/delivery.repository.js';
import { waybillIdOf } from '../waybills/waybill.js';
import type { WaybillRepository } from '../waybills/waybill.repository.js';

export interface ErrandRecorder {
  /** The carrier heard it and does otherwise: the goods are on their way. For a person to look at. */
  errandRefused(carrier: string, errand: string, error: Refusal): void;
}

export class ErrandTask implements TimerTask {
  constructor(
    private readonly deliveries: DeliveryRepository,
    private readonly waybills: WaybillRepository,
    private readonly carriers: CarrierRegistry,
    private readonly recorder: ErrandRecorder,
  ) {}

  async handle({ payload }: DueTimer): Promise<undefined> {
    const { orderId, attempt, errand } = JSON.parse(payload ?? '') as ErrandTimer;
    const [record, waybill] = await Promise.all([this.deliveries.read(orderId), this.waybills.read(orderId, attempt)]);
    if (record === undefined || waybill === undefined) return undefined;
    const carrier = this.carriers.named(waybill.carrier);
    const called = {
      waybillId: waybillIdOf(orderId, attempt),
      credential: waybill.credential,
      currency: record.currency,
    };
    try {
      if (errand === 'CANCEL') await carrier.cancel(called);
      else if (record.life.attempt === attempt) await carrier.tip(called, record.tipMinor);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.recorder.errandRefused(waybill.carrier, errand, error);
    }
    return undefined;
  }
}
