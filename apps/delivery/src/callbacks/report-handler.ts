/**
 * Takes in what carriers say. Guarantee (P8): repeats, skips and overtaking end in the same state; the effect, the raw message and its nonce
 * commit together, so a message that had its effect is refused the second time, and one that had none may come again.
 */
import { DeliveryState, deliveryStateCode, Role, refuse } from '@ordo/contracts';
import { dateTimeText, type GroupedInsert, quote, quoteList } from '@ordo/sharding';
import type { DeliveryEvent } from '../change/delivery-change.js';
import type { Change, DeliveryChanges, Opened } from '../change/delivery-changes.js';
import { receiptTimer } from '../change/delivery-queues.js';
import { OPEN_WAYBILLS, OpenedWaybills, openWaybills } from '../change/opened-waybills.js';
import { type DeliveryRecord, ReceiptState } from '../delivery-record/delivery-record.js';
import { verdictOn } from '../punctuality/lateness-verdict.js';
import { DELIVERY_NODE_SCHEMA } from '../schemas/delivery-schemas.js';
import { eventOfState } from '../waybill-life/event-of-state.js';
import { applyReport, type Reported, ReportOutcome } from '../waybill-life/report.rules.js';
import { acknowledgeWaybill, deleteHandOff } from '../waybills/waybill.repository.js';
import type { CarrierNews } from './carrier-news.js';

export interface ReportAnswer {
  readonly outcome: ReportOutcome;
  readonly record: DeliveryRecord;
}

const NONCE_TABLE = `${DELIVERY_NODE_SCHEMA}.carrier_nonce`;

export class ReportHandler {
  constructor(
    private readonly changes: DeliveryChanges,
    /** Hears of an order that the user has now, beside the timer that makes it certain. */
    private readonly onDelivered: (orderId: string) => void,
  ) {}

  /** @throws Refusal WAYBILL_NOT_FOUND (404), MESSAGE_REPLAYED (409). */
  async take(news: CarrierNews, traceParent: string | null): Promise<ReportAnswer> {
    const { orderId, message, carrier } = news;
    const seen =
      message && `SELECT nonce FROM ${NONCE_TABLE} WHERE carrier=${quote(carrier)} AND nonce=${quote(message.nonce)}`;
    const answer = await this.changes.run<ReportAnswer>({
      orderId,
      traceParent,
      open: (address) => [...openWaybills(orderId, address), ...(seen === undefined ? [] : [seen])],
      decide: (opened) => decide(opened, news),
    });
    const { outcome, record } = answer;
    if (outcome === ReportOutcome.ADVANCED && record.life.state === DeliveryState.DELIVERED) this.onDelivered(orderId);
    return answer;
  }
}

function decide(opened: Opened, news: CarrierNews): Change<ReportAnswer> {
  const { record, more, nowMs, address } = opened;
  const { report, message, carrier, orderId, by, carrierRef } = news;
  const waybills = new OpenedWaybills(more);
  const waybill = record && waybills.find(report.attempt);
  if (record === undefined || waybill?.carrier !== carrier) {
    throw refuse('WAYBILL_NOT_FOUND', `${carrier} has no waybill ${orderId}-${report.attempt}`, { orderId });
  }
  if (message !== undefined && (more[OPEN_WAYBILLS] as unknown[]).length > 0) {
    throw refuse('MESSAGE_REPLAYED', 'this message had its effect already', { orderId, nonce: message.nonce });
  }
  const reported = reportedOn(record, report);
  const isCurrent = report.attempt === record.life.attempt;
  const acknowledges = isCurrent && waybill.acknowledgedAtMs === null;
  const { after, events } = afterReport(record, reported, waybills, nowMs);
  // A repeated acknowledgement over a list or a call leaves nothing behind.
  if (message === undefined && reported.life === record.life && !acknowledges) {
    return { verdict: { outcome: reported.outcome, record } };
  }
  const isDelivered = after.receipt === ReceiptState.OWED && record.receipt === ReceiptState.NONE;
  return {
    verdict: { outcome: reported.outcome, record: { ...after, version: record.version + events.length } },
    // A message that changes nothing is still written down, and its row marked, so that a lost COMMIT can be read back.
    after,
    events,
    inserts: message === undefined ? [] : historyOf(news, message, reported.outcome, opened),
    updates: [
      ...(acknowledges ? [acknowledgeWaybill(address.schema, waybill, by, carrierRef, nowMs)] : []),
      ...(isCurrent && waybills.isHandedOff(report.attempt) ? [deleteHandOff(orderId, report.attempt)] : []),
    ],
    timers: isDelivered ? [receiptTimer(orderId, nowMs)] : [],
  };
}

/** Once the merchant delivers, or has delivered, no carrier has a say, however the state is called. */
function reportedOn(record: DeliveryRecord, report: CarrierNews['report']): Reported {
  if (record.carrier === null && report.attempt === record.life.attempt) {
    return { outcome: ReportOutcome.CLOSED, life: record.life };
  }
  return applyReport(record.life, report);
}

function afterReport(
  record: DeliveryRecord,
  { outcome, life }: Reported,
  waybills: OpenedWaybills,
  nowMs: number,
): { readonly after: DeliveryRecord; readonly events: readonly DeliveryEvent[] } {
  const moved: DeliveryRecord = { ...record, life, unclaimedAtMs: life === record.life ? record.unclaimedAtMs : null };
  const isTold = outcome === ReportOutcome.ADVANCED || outcome === ReportOutcome.RENEWED;
  if (life.state !== DeliveryState.DELIVERED) {
    const event = eventOfState(life.state, life.sinceMs, Role.OPEN_PLATFORM);
    return { after: moved, events: isTold ? [event] : [] };
  }
  const delivered: DeliveryRecord = { ...moved, deliveredAtMs: life.sinceMs };
  if (outcome !== ReportOutcome.ADVANCED) return { after: delivered, events: [] };
  const judged = verdictOn(delivered, waybills.subStates(life.attempt), nowMs);
  const event = eventOfState(life.state, life.sinceMs, Role.OPEN_PLATFORM, {
    deliveredAt: new Date(life.sinceMs).toISOString(),
  });
  const after = { ...delivered, receipt: ReceiptState.OWED, lateness: judged?.lateness ?? record.lateness };
  return { after, events: [event, ...(judged?.events ?? [])] };
}

function historyOf(
  { carrier, orderId, report }: CarrierNews,
  { nonce, raw }: NonNullable<CarrierNews['message']>,
  outcome: ReportOutcome,
  { nowMs, address }: Opened,
): readonly GroupedInsert[] {
  const now = dateTimeText(nowMs);
  const { attempt, occurredAtMs, state, subState, courierId } = report;
  return [
    {
      into: `INSERT INTO ${address.schema}.carrier_report (order_id, attempt, carrier, received_at, occurred_at, state, sub_state, courier_id, outcome, nonce, raw)`,
      row: quoteList([
        ...[orderId, attempt, carrier, now, dateTimeText(occurredAtMs), deliveryStateCode[state], subState, courierId],
        ...[outcome, nonce, raw],
      ]),
    },
    { into: `INSERT INTO ${NONCE_TABLE} (carrier, nonce, seen_at)`, row: quoteList([carrier, nonce, now]) },
  ];
}
