/**
 * What carriers ask of us: to hear their reports, to list what they have not acknowledged, to take their acknowledgements. Nothing is read of a
 * message before its signature was checked.
 */
import { DeliveryState, refuseViolations, type Violation } from '@ordo/contracts';
import type { Clock } from '@ordo/kernel';
import type { RawMessage } from '@ordo/platform';
import type { CarrierRegistry } from '../carriers/carrier-registry.js';
import { objectOf } from '../carriers/message-object.js';
import type { DeliveryRepository } from '../delivery-record/delivery.repository.js';
import type { ReportOutcome } from '../waybill-life/report.rules.js';
import { type HandOffPayload, waybillIdOf, waybillOf } from '../waybills/waybill.js';
import type { HandOffPosition, WaybillRepository } from '../waybills/waybill.repository.js';
import type { ReportHandler } from './report-handler.js';

export interface CallbackAnswer {
  readonly waybillId: string;
  readonly state: DeliveryState;
  /** What the message changed, or why nothing. */
  readonly outcome: ReportOutcome;
}

export interface PulledHandOff {
  readonly waybillId: string;
  readonly attempt: number;
  readonly credential: string;
  readonly digest: string;
  readonly tip: number;
  readonly handOff: HandOffPayload;
}

export interface HandOffPage {
  readonly handOffs: readonly PulledHandOff[];
  /** Continues the list; null at its end: begin anew then, what was acknowledged has gone. */
  readonly nextCursor: string | null;
}

export interface AcknowledgementAnswer {
  readonly acknowledged: readonly string[];
  /** Names of waybills that the carrier has not, or not any more. */
  readonly unknown: readonly string[];
}

const PAGE = 50;
const MAX_ACKNOWLEDGEMENTS = 100;
const MAX_REF = 64;
const CURSOR = /^(\d{1,3}):(\d{1,19})$/;

export class CarrierDesk {
  constructor(
    private readonly carriers: CarrierRegistry,
    private readonly reports: ReportHandler,
    private readonly deliveries: DeliveryRepository,
    private readonly waybills: WaybillRepository,
    private readonly clock: Clock,
  ) {}

  /** @throws Refusal CARRIER_UNKNOWN, SIGNATURE_INVALID, SIGNATURE_EXPIRED, MESSAGE_REPLAYED, WAYBILL_NOT_FOUND, INVALID_ARGUMENT. */
  async callback(name: string, message: RawMessage, traceParent: string | null): Promise<CallbackAnswer> {
    const { orderId, report, carrierRef, nonce } = this.carriers.named(name).readCallback(message);
    const { outcome, record } = await this.reports.take(
      { carrier: name, orderId, report, by: 'REPORT', carrierRef, message: { nonce, raw: message.raw } },
      traceParent,
    );
    return { waybillId: waybillIdOf(orderId, report.attempt), state: record.life.state, outcome };
  }

  /** What the carrier has not acknowledged, node by node, by rising age. Safe to repeat; a push that arrived meanwhile is no harm. */
  async pull(name: string, message: RawMessage, cursor: string | undefined): Promise<HandOffPage> {
    this.carriers.named(name).verify(message);
    let position: HandOffPosition | undefined = positionOf(cursor);
    const handOffs: PulledHandOff[] = [];
    while (position !== undefined && position.node < this.waybills.nodeCount) {
      const rows = await this.waybills.unacknowledged(name, position, PAGE - handOffs.length);
      for (const { orderId, attempt } of rows) handOffs.push(...(await this.pulled(orderId, attempt)));
      const last = rows.at(-1);
      if (handOffs.length >= PAGE && last !== undefined) {
        return { handOffs, nextCursor: `${position.node}:${last.id}` };
      }
      position = last === undefined ? { node: position.node + 1, id: '0' } : { node: position.node, id: last.id };
    }
    return { handOffs, nextCursor: null };
  }

  /** The same record as an acknowledged push. */
  async acknowledge(name: string, message: RawMessage): Promise<AcknowledgementAnswer> {
    this.carriers.named(name).verify(message);
    const acknowledged: string[] = [];
    const unknown: string[] = [];
    for (const { waybillId, carrierRef } of acknowledgementsOf(message.raw)) {
      const isKnown = await this.take(name, waybillId, carrierRef);
      (isKnown ? acknowledged : unknown).push(waybillId);
    }
    return { acknowledged, unknown };
  }

  private async take(carrier: string, waybillId: string, carrierRef: string | null): Promise<boolean> {
    const waybill = waybillOf(waybillId);
    if (waybill === undefined) return false;
    const report = {
      ...{ attempt: waybill.attempt, state: DeliveryState.CALLED, subState: null, courierId: null },
      occurredAtMs: this.clock.nowMs(),
    };
    try {
      await this.reports.take({ carrier, orderId: waybill.orderId, report, by: 'PULL', carrierRef }, null);
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'WAYBILL_NOT_FOUND') return false;
      throw error;
    }
  }

  private async pulled(orderId: string, attempt: number): Promise<readonly PulledHandOff[]> {
    const [record, waybill] = await Promise.all([this.deliveries.read(orderId), this.waybills.read(orderId, attempt)]);
    if (record === undefined || waybill === undefined) return [];
    const { credential, digest, payload } = waybill;
    return [
      {
        ...{ waybillId: waybillIdOf(orderId, attempt), attempt, credential, digest, tip: record.tipMinor },
        handOff: JSON.parse(payload) as HandOffPayload,
      },
    ];
  }
}

function positionOf(cursor: string | undefined): HandOffPosition {
  if (cursor === undefined || cursor === '') return { node: 0, id: '0' };
  const [, node, id] = CURSOR.exec(cursor) ?? [];
  if (node !== undefined && id !== undefined) return { node: Number(node), id };
  throw refuseViolations([{ field: 'cursor', rule: 'cursor', message: 'must be the nextCursor of a page before' }]);
}

interface Acknowledgement {
  readonly waybillId: string;
  readonly carrierRef: string | null;
}

/** By hand, as a callback: its bytes were signed. */
function acknowledgementsOf(raw: string): readonly Acknowledgement[] {
  const { acknowledgements } = objectOf(raw);
  const list = Array.isArray(acknowledgements) ? (acknowledgements as readonly unknown[]) : [];
  const violations: Violation[] = [];
  if (list.length < 1 || list.length > MAX_ACKNOWLEDGEMENTS) {
    const message = `must be a list of 1 to ${MAX_ACKNOWLEDGEMENTS} entries`;
    violations.push({ field: 'acknowledgements', rule: 'list', message });
  }
  const read = list.map((entry, at): Acknowledgement => {
    const { waybillId, carrierRef = null } = (entry ?? {}) as Readonly<Record<string, unknown>>;
    const field = `acknowledgements[${at}]`;
    if (typeof waybillId !== 'string') violations.push({ field, rule: 'waybillId', message: 'must name a waybill' });
    const isRef = carrierRef === null || (typeof carrierRef === 'string' && carrierRef.length <= MAX_REF);
    if (!isRef)
      violations.push({ field, rule: 'carrierRef', message: `must be a text of up to ${MAX_REF} characters` });
    return { waybillId: String(waybillId), carrierRef: carrierRef as string | null };
  });
  if (violations.length > 0) throw refuseViolations(violations.slice(0, 20));
  return read;
}
