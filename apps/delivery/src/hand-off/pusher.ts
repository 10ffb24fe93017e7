/**
 * Tells a carrier of a waybill, once. Guarantee: safe to repeat and to race: the credential is the carrier's key, and the acknowledgement is
 * taken in as any report is. Whether and when it is tried again is the caller's business.
 */
import { DeliveryState, isDeliverySubState } from '@ordo/contracts';
import { type Clock, Refusal, Transient } from '@ordo/kernel';
import type { ReportHandler } from '../callbacks/report-handler.js';
import type { CarrierRegistry } from '../carriers/carrier-registry.js';
import type { DeliveryRepository } from '../delivery-record/delivery.repository.js';
import type { Report } from '../waybill-life/waybill-life.js';
import { waybillIdOf } from '../waybills/waybill.js';
import type { WaybillRepository } from '../waybills/waybill.repository.js';

export const PushOutcome = {
  ACKNOWLEDGED: 'acknowledged',
  REJECTED: 'rejected',
  /** Acknowledged before, or called otherwise by now. */
  NOT_NEEDED: 'not-needed',
  FAILED: 'failed',
} as const;
export type PushOutcome = (typeof PushOutcome)[keyof typeof PushOutcome];

export interface PushRecorder {
  pushed(carrier: string, outcome: PushOutcome): void;
  /** A carrier answered what a right one never answers. */
  carrierBroken(carrier: string, error: unknown): void;
}

export interface Pushed {
  readonly outcome: PushOutcome;
  /** When the attempt was first called: what the next push counts from. */
  readonly calledAtMs: number;
}

export class Pusher {
  constructor(
    private readonly deliveries: DeliveryRepository,
    private readonly waybills: WaybillRepository,
    private readonly carriers: CarrierRegistry,
    private readonly reports: ReportHandler,
    private readonly clock: Clock,
    private readonly recorder: PushRecorder,
  ) {}

  /** Throws only what the database throws. */
  async push(orderId: string, attempt: number): Promise<Pushed> {
    const [record, waybill] = await Promise.all([this.deliveries.read(orderId), this.waybills.read(orderId, attempt)]);
    const calledAtMs = waybill?.calledAtMs ?? this.clock.nowMs();
    const isWaiting = record?.life.attempt === attempt && record.life.state === DeliveryState.TO_CALL;
    if (!isWaiting || waybill === undefined) return { outcome: PushOutcome.NOT_NEEDED, calledAtMs };
    const { carrier, credential, digest, payload } = waybill;
    const outcome = await this.call(carrier, orderId, {
      ...{ waybillId: waybillIdOf(orderId, attempt), attempt, credential, digest, payload },
      tipMinor: record.tipMinor,
    });
    this.recorder.pushed(carrier, outcome);
    return { outcome, calledAtMs };
  }

  private async call(
    carrier: string,
    orderId: string,
    call: Parameters<ReturnType<CarrierRegistry['named']>['call']>[0],
  ): Promise<PushOutcome> {
    const { attempt } = call;
    try {
      const { carrierRef } = await this.carriers.named(carrier).call(call);
      await this.heard(carrier, orderId, { attempt, state: DeliveryState.CALLED, subState: null }, carrierRef);
      return PushOutcome.ACKNOWLEDGED;
    } catch (error) {
      if (error instanceof Refusal && error.code === 'CARRIER_REFUSED') {
        const { subState } = error.details;
        const reason = isDeliverySubState(subState) ? subState : null;
        await this.heard(carrier, orderId, { attempt, state: DeliveryState.REJECTED, subState: reason }, null);
        return PushOutcome.REJECTED;
      }
      if (error instanceof Transient && error.code === 'CARRIER_UNAVAILABLE') return PushOutcome.FAILED;
      if (error instanceof Refusal) {
        this.recorder.carrierBroken(carrier, error);
        return PushOutcome.FAILED;
      }
      throw error;
    }
  }

  private async heard(
    carrier: string,
    orderId: string,
    report: Pick<Report, 'attempt' | 'state' | 'subState'>,
    carrierRef: string | null,
  ): Promise<void> {
    const whole: Report = { ...report, occurredAtMs: this.clock.nowMs(), courierId: null };
    await this.reports.take({ carrier, orderId, report: whole, by: 'PUSH', carrierRef }, null);
  }
}
