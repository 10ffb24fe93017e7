import { describe, expect, it } from '@jest/globals';
import { Refusal } from '@ordo/kernel';
import { reconciliationReport } from './reconciliation-report.js';
import { refundReport } from './refund-report.js';
import type { RefundRows } from './refund-rows.repository.js';

const none = { rows: [] };
const nothing: RefundRows = {
  ...{ orderId: '9', place: 'ordo_aftersale_03 on node-1', refunds: none, account: none, lines: none, transfers: none },
  ...{ facts: none, grants: none, timers: none, waiting: none },
};

describe('refund show', () => {
  it('says states in words, and what a person can do where one is needed', () => {
    const lines = refundReport('9', {
      ...nothing,
      refunds: {
        rows: [
          { refund_id: '11', status: 60, kind: 2, scope: 2, origin: 1, role: 2, failure: 'DENIED', ended_at: null },
        ],
      },
      transfers: { rows: [{ refund_number: '9-1', state: 4, failures: 16 }] },
      timers: { rows: [{ queue: 'order-duties', timer_key: '11#3', state: 3, failure: 'no order app' }] },
    });
    expect(lines[0]).toBe('order 9, ordo_aftersale_03 on node-1');
    expect(lines).toContain(
      '  refund_id 11  status FAILED  kind AFTER_SALE  scope ITEMS  origin USER  role SYSTEM  failure DENIED',
    );
    expect(lines).toContain('  refund_number 9-1  state STALLED  failures 16');
    expect(lines).toContain('  queue order-duties  timer_key 11#3  state given up  failure no order app');
    expect(lines.at(-1)).toContain('refund retry');
  });

  it('tells nothing found from a node that does not answer', () => {
    expect(() => refundReport('9', nothing)).toThrow(Refusal);
    expect(refundReport('9', { ...nothing, refunds: { problem: 'node-1 cannot be used now' } })).toContain(
      'refunds: node-1 cannot be used now',
    );
  });
});

describe('refund reconcile', () => {
  it('names both sums and each difference', () => {
    const difference = { kind: 'UNKNOWN_TO_LEDGER', refundNumber: null, reference: 're_1', channelAmount: 5 };
    const day = { channel: 'generic', date: '2026-11-20', channelRefunds: 3, channelMoved: 30, ledgerConfirmed: 25 };
    expect(
      reconciliationReport([{ ...day, differences: [{ ...difference, ledgerAmount: null, ledgerState: null }] }]),
    ).toEqual([
      'generic 2026-11-20: 3 refunds, 30 moved by the channel, 25 confirmed by the ledger, 1 differences',
      '  UNKNOWN_TO_LEDGER  refund -  reference re_1  channel 5  ledger -',
    ]);
  });
});
