/** What an operator reads of a delivery. */
import { describe, expect, it } from '@jest/globals';
import type { CarrierReport, DeliveryDocument, DeliveryTimelineEntry } from '@ordo/contracts';
import { carrierReportLines, deliveryReport } from './delivery-report.js';

const NOON_MS = Date.UTC(2026, 10, 20, 12);
const at = (afterMs: number): string => new Date(NOON_MS + afterMs).toISOString();

const delivery: DeliveryDocument = {
  ...{ deliveryId: '17', orderId: '127053183455232001', userId: '1', merchantId: '2', bizType: 'takeout', version: 3 },
  ...{ state: 'DELIVERED', subState: null, since: at(0), attempt: 2, waybillId: '127053183455232001-2' },
  ...{ carrier: 'hub', courierId: 'c-7', currency: 'CNY', tip: 0, promisedAt: at(600_000), deliveredAt: at(1_433_000) },
  ...{ lateness: { verdict: 'LATE', minutesLate: 13, exclusion: null }, isUnclaimed: false },
  expectedIncome: { income: 1_360, commission: 240, servicePackage: 'house', formulaVersion: 1 },
};
const entry = (version: number, type: string, afterMs: number): DeliveryTimelineEntry => ({
  ...{ version, type, state: 'CALLED', subState: null, attempt: 2, carrier: 'hub', courierId: null, role: null },
  occurredAt: at(afterMs),
});

describe('the report of a delivery', () => {
  it('tells the courier’s day in distances from the call', () => {
    const lines = deliveryReport(delivery, [
      entry(1, 'delivery.to_call', 0),
      entry(2, 'delivery.delivered', 1_433_000),
    ]);
    expect(lines.at(-1)).toMatch(/^ {2}2 {2}delivery\.delivered +\+23 min 53 s +attempt 2$/);
    expect(lines).toContain('waybill     127053183455232001-2, attempt 2');
  });

  it('says how late, and why nothing is owed for it', () => {
    const excluded = {
      ...delivery,
      lateness: { verdict: 'EXCLUDED', minutesLate: 13, exclusion: 'USER_UNREACHABLE' },
    } as const;
    const lineOf = (of: DeliveryDocument) => deliveryReport(of, []).find((line) => line.startsWith('delivered'));
    expect(lineOf(delivery)).toMatch(/, 13 min late$/);
    expect(lineOf(excluded)).toMatch(/13 min late \(nothing owed: USER_UNREACHABLE\)$/);
  });

  it('leaves out what there is not, and shouts where no carrier took the call', () => {
    const waiting = {
      ...delivery,
      promisedAt: null,
      deliveredAt: null,
      carrier: null,
      expectedIncome: null,
      isUnclaimed: true,
    };
    const text = deliveryReport(waiting, []).join('\n');
    expect(text).not.toMatch(/promised|delivered {3}|income/);
    expect(text).toMatch(/UNCLAIMED/);
    expect(text).toMatch(/the merchant delivers/);
  });
});

describe('what the carriers said', () => {
  it('is shown word by word under what it came to', () => {
    const report: CarrierReport = {
      ...{ reportId: '7', waybillId: '127053183455232001-1', attempt: 1, carrier: 'hub', courierId: null },
      ...{ outcome: 'OLD_ATTEMPT', raw: '{"waybillId":"1-1"}' },
      state: 'EXCEPTION',
      subState: 'USER_UNREACHABLE',
      ...{ occurredAt: at(0), receivedAt: at(1_000) },
    };
    expect(carrierReportLines([report])).toEqual([
      '',
      `${at(1_000)}  hub, attempt 1: EXCEPTION (USER_UNREACHABLE), OLD_ATTEMPT`,
      '    {"waybillId":"1-1"}',
    ]);
    expect(carrierReportLines([]).at(-1)).toBe('its carriers have said nothing');
  });
});
