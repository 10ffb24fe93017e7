/** A delivery as lines for a person. */
import type { CarrierReport, DeliveryDocument, DeliveryTimelineEntry } from '@ordo/contracts';
import { durationText } from '../terminal/duration.js';

const NAME_WIDTH = 12;
const TYPE_WIDTH = 30;
const AFTER_WIDTH = 14;

/** Times of the timeline are distances from the call, as a courier's day is told. */
export function deliveryReport(
  delivery: DeliveryDocument,
  entries: readonly DeliveryTimelineEntry[],
): readonly string[] {
  const { state, subState, attempt, carrier, courierId, promisedAt, deliveredAt, expectedIncome, currency } = delivery;
  const facts: readonly (readonly [string, string | null])[] = [
    ['order', delivery.orderId],
    ['state', subState === null ? state : `${state} (${subState})`],
    [
      'waybill',
      `${delivery.waybillId}, attempt ${attempt}${delivery.isUnclaimed ? ', UNCLAIMED: no carrier took it' : ''}`,
    ],
    [
      'carrier',
      carrier === null ? 'none: the merchant delivers' : `${carrier}${courierId === null ? '' : `, ${courierId}`}`,
    ],
    ['promised', promisedAt],
    ['delivered', deliveredAt === null ? null : `${deliveredAt}${latenessText(delivery)}`],
    [
      'income',
      expectedIncome === null
        ? null
        : `${expectedIncome.income} ${currency} expected (formula ${expectedIncome.formulaVersion})`,
    ],
  ];
  const begunMs = Date.parse(entries[0]?.occurredAt ?? delivery.since);
  return [
    ...facts.flatMap(([name, value]) => (value === null ? [] : [`${name.padEnd(NAME_WIDTH)}${value}`])),
    '',
    ...entries.map((entry) => entryLine(entry, begunMs)),
  ];
}

/** What the carriers said, in the order in which it was received; each message under what it came to. */
export function carrierReportLines(reports: readonly CarrierReport[]): readonly string[] {
  if (reports.length === 0) return ['', 'its carriers have said nothing'];
  return [
    '',
    ...reports.flatMap(({ receivedAt, carrier, attempt, state, subState, outcome, raw }) => [
      `${receivedAt}  ${carrier}, attempt ${attempt}: ${state}${subState === null ? '' : ` (${subState})`}, ${outcome}`,
      `    ${raw}`,
    ]),
  ];
}

function latenessText({ lateness }: DeliveryDocument): string {
  if (lateness === null) return '';
  const { verdict, minutesLate, exclusion } = lateness;
  if (verdict === 'PUNCTUAL') return ', in time';
  return `, ${minutesLate} min late${exclusion === null ? '' : ` (nothing owed: ${exclusion})`}`;
}

function entryLine(entry: DeliveryTimelineEntry, begunMs: number): string {
  const { version, type, subState, attempt, courierId, occurredAt } = entry;
  const after = `+${durationText(Date.parse(occurredAt) - begunMs)}`;
  const more = [`attempt ${attempt}`, courierId, subState].filter((text) => text !== null).join(', ');
  return `${String(version).padStart(3)}  ${type.padEnd(TYPE_WIDTH)}${after.padEnd(AFTER_WIDTH)}${more}`;
}
