import { describe, expect, it } from '@jest/globals';
import { encodeOrderNumber } from '@ordo/sharding';
import { orderReport } from './order-report.js';
import type { OrderRows, Row } from './order-rows.repository.js';

const orderId = encodeOrderNumber({ second: 60, userShard: 1, merchantShard: 2, worker: 0, sequence: 0 });
const base: Row = { user_id: '1', version: 2, status: 20, day_serial: null };

function rowsOf(changes: Partial<OrderRows> = {}): OrderRows {
  const none = { rows: [] };
  return {
    user: { rows: [base] },
    merchant: { rows: [base] },
    payments: none,
    waiting: none,
    timeline: none,
    ...changes,
  };
}

describe('the report of an order', () => {
  it('shows both dimensions side by side and marks nothing while they agree', () => {
    const lines = orderReport(orderId, rowsOf());
    expect(lines).toContain('version          2                          2');
    expect(lines.join('\n')).not.toContain('≠');
  });

  it('marks what the projection says otherwise', () => {
    const lines = orderReport(orderId, rowsOf({ merchant: { rows: [{ ...base, version: 1 }] } }));
    expect(lines).toContain('version          2                          1 ≠');
  });

  it('shows what there is when the other dimension has no row or no server', () => {
    const waiting = { rows: [{ id: '7', lane: 0, version: 2, type: 'order.paid' }] };
    const text = orderReport(orderId, rowsOf({ merchant: { problem: 'node-1 cannot be used now' }, waiting })).join(
      '\n',
    );
    expect(text).toContain('merchant shard: node-1 cannot be used now');
    expect(text).toContain('id 7  lane 0  version 2  type order.paid');
    expect(text).not.toContain('≠');
  });

  it('is a refusal when both dimensions answer and neither has the order', () => {
    const empty = rowsOf({ user: { rows: [] }, merchant: { rows: [] } });
    expect(() => orderReport(orderId, empty)).toThrow(/in neither dimension/);
  });
});
