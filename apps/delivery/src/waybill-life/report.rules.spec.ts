/** P8: whatever a carrier repeats, skips or delivers out of order, the delivery ends in the same state, and is delivered once. */
import { describe, expect, it } from '@jest/globals';
import { DeliveryState, deliveryStates, deliverySubStates } from '@ordo/contracts';
import { Refusal } from '@ordo/kernel';
import fc from 'fast-check';
import { applyReport, ReportOutcome } from './report.rules.js';
import { rankedStates, reportedStates, stateRank } from './state-rank.rules.js';
import { checkCommand, DeliveryCommand, firstLife, lifeAfter } from './waybill.state.js';
import type { Report, WaybillLife } from './waybill-life.js';

const NOW_MS = 1_800_000_000_000;
const { TO_FETCH, AT_SHOP, DELIVERING, DELIVERED, EXCEPTION, CANCELLED, REJECTED } = DeliveryState;

const aReport = (over: Partial<Report> = {}): Report => ({
  ...{ attempt: 1, state: TO_FETCH, subState: null, occurredAtMs: NOW_MS, courierId: 'c-1' },
  ...over,
});
const fold = (reports: readonly Report[], from: WaybillLife = firstLife(NOW_MS)): WaybillLife =>
  reports.reduce((life, report) => applyReport(life, report).life, from);
const outcomeOf = (life: WaybillLife, report: Report): ReportOutcome => applyReport(life, report).outcome;

const anyReport = fc.record({
  attempt: fc.constant(1),
  state: fc.constantFrom(...reportedStates),
  subState: fc.option(fc.constantFrom(...deliverySubStates)),
  occurredAtMs: fc.integer({ min: NOW_MS, max: NOW_MS + 4 }),
  courierId: fc.option(fc.constantFrom('c-1', 'c-2', 'c-3')),
});
/** A sequence, and the same messages in another order with some of them repeated. */
const anyMixUp = fc
  .array(anyReport, { minLength: 1, maxLength: 12 })
  .chain((reports) =>
    fc.tuple(
      fc.constant(reports),
      fc.shuffledSubarray([...reports, ...reports], { minLength: 0, maxLength: reports.length * 2 }),
    ),
  )
  .map(([reports, some]) => [reports, [...some, ...reports.toReversed()]] as const);

describe('reports in any order', () => {
  it('lead to the same life, however they repeat and overtake each other', () => {
    fc.assert(
      fc.property(anyMixUp, ([reports, mixedUp]) => {
        expect(fold(mixedUp)).toEqual(fold(reports));
      }),
      { numRuns: 2_000 },
    );
  });

  it('end in the highest state that was ever reported, whatever was skipped', () => {
    fc.assert(
      fc.property(fc.array(anyReport, { minLength: 1 }), (reports) => {
        const highest = Math.max(...reports.map(({ state }) => stateRank[state]));
        expect(stateRank[fold(reports).state as keyof typeof stateRank]).toBe(highest);
      }),
    );
  });

  it('advance to DELIVERED once, so the order is received once', () => {
    fc.assert(
      fc.property(fc.array(anyReport), (reports) => {
        let life = firstLife(NOW_MS);
        let deliveries = 0;
        for (const report of reports) {
          const reported = applyReport(life, report);
          if (reported.outcome === ReportOutcome.ADVANCED && reported.life.state === DELIVERED) deliveries += 1;
          life = reported.life;
        }
        expect(deliveries).toBe(reports.some(({ state }) => state === DELIVERED) ? 1 : 0);
      }),
    );
  });

  it('never go back a rank, and tell nothing where nothing changed', () => {
    fc.assert(
      fc.property(fc.array(anyReport), (reports) => {
        let life = firstLife(NOW_MS);
        for (const report of reports) {
          const { outcome, life: after } = applyReport(life, report);
          const rankOf = ({ state }: WaybillLife): number => stateRank[state as keyof typeof stateRank];
          expect(rankOf(after)).toBeGreaterThanOrEqual(rankOf(life));
          expect(rankOf(after) > rankOf(life)).toBe(outcome === ReportOutcome.ADVANCED);
          if (outcome === ReportOutcome.REPEATED || outcome === ReportOutcome.BEHIND) expect(after).toBe(life);
          life = after;
        }
      }),
    );
  });
});

describe('reports of two attempts', () => {
  it('leave exactly the last attempt alive, wherever the recall falls between them', () => {
    const step = fc.oneof(anyReport, fc.record({ recall: fc.constant(true as const) }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let life = firstLife(NOW_MS);
        let recalls = 0;
        for (const each of steps) {
          if (!('recall' in each)) life = applyReport(life, { ...each, attempt: Math.min(each.attempt, 1) }).life;
          else if ([REJECTED, CANCELLED, EXCEPTION].includes(life.state as never)) {
            life = lifeAfter(
              life,
              checkCommand({ state: life.state, command: DeliveryCommand.RECALL, role: 3 }),
              NOW_MS,
            );
            recalls += 1;
          }
        }
        expect(life.attempt).toBe(1 + recalls);
        if (recalls > 0) expect(life.state).toBe('TO_CALL');
      }),
    );
  });

  it('keeps what an older attempt says for the record, and applies none of it', () => {
    const recalled: WaybillLife = { ...firstLife(NOW_MS), attempt: 2 };
    expect(applyReport(recalled, aReport({ attempt: 1, state: DELIVERED }))).toEqual({
      ...{ outcome: ReportOutcome.OLD_ATTEMPT, life: recalled },
    });
  });

  it('refuses an attempt that was never made as an unknown waybill', () => {
    const invented = (): unknown => applyReport(firstLife(NOW_MS), aReport({ attempt: 2 }));
    expect(invented).toThrow(Refusal);
    expect(invented).toThrow(/no attempt 2/);
  });
});

describe('a repeated state', () => {
  it('names another courier when it is later', () => {
    const fetching = fold([aReport()]);
    const other = aReport({ courierId: 'c-2', occurredAtMs: NOW_MS + 1 });
    expect(applyReport(fetching, other)).toMatchObject({
      ...{ outcome: ReportOutcome.RENEWED, life: { state: TO_FETCH, courier: { courierId: 'c-2' } } },
    });
  });

  it('does not bring back a courier who was replaced', () => {
    const replaced = fold([aReport(), aReport({ courierId: 'c-2', occurredAtMs: NOW_MS + 1 })]);
    expect(applyReport(replaced, aReport())).toEqual({ outcome: ReportOutcome.REPEATED, life: replaced });
  });

  it('renews the reason of an exception', () => {
    const stuck = fold([aReport({ state: EXCEPTION, subState: 'SHOP_CLOSED' })]);
    const later = aReport({ state: EXCEPTION, subState: 'OTHER', occurredAtMs: NOW_MS + 1 });
    expect(outcomeOf(stuck, later)).toBe(ReportOutcome.RENEWED);
  });

  it('of a delivery corrects at most its time, to the earlier one', () => {
    const at = (occurredAtMs: number): Report => aReport({ state: DELIVERED, courierId: null, occurredAtMs });
    const delivered = fold([at(NOW_MS)]);
    expect(outcomeOf(delivered, at(NOW_MS + 1))).toBe(ReportOutcome.REPEATED);
    const earlier = applyReport(delivered, at(NOW_MS - 1));
    expect(earlier).toMatchObject({ outcome: ReportOutcome.CORRECTED, life: { sinceMs: NOW_MS - 1 } });
  });
});

describe('a report that comes too late', () => {
  it('does not take an order back from the road to the shop', () => {
    expect(outcomeOf(fold([aReport({ state: DELIVERING })]), aReport({ state: AT_SHOP }))).toBe(ReportOutcome.BEHIND);
  });

  it('of a courier whom nobody named before tells at least the name', () => {
    const delivered = fold([aReport({ state: DELIVERED, courierId: null })]);
    const { outcome, life } = applyReport(delivered, aReport({ state: AT_SHOP, courierId: 'c-9' }));
    expect([outcome, life.state, life.courier?.courierId]).toEqual([ReportOutcome.CORRECTED, DELIVERED, 'c-9']);
  });

  it('of goods that arrived after all beats a cancellation that crossed it', () => {
    expect(outcomeOf(fold([aReport({ state: CANCELLED })]), aReport({ state: DELIVERED }))).toBe(
      ReportOutcome.ADVANCED,
    );
  });

  it.each(['SELF_DELIVERY', 'NO_MORE_DELIVERY'] as const)('changes nothing in %s', (state) => {
    const ended: WaybillLife = { ...firstLife(NOW_MS), state };
    for (const reported of reportedStates)
      expect(applyReport(ended, aReport({ state: reported }))).toEqual({ outcome: ReportOutcome.CLOSED, life: ended });
  });
});

describe('the ranks', () => {
  it('rank every state but the two that are ours alone', () => {
    const unranked = deliveryStates.filter((state) => !(rankedStates as readonly string[]).includes(state));
    expect(unranked).toEqual(['SELF_DELIVERY', 'NO_MORE_DELIVERY']);
  });
});
