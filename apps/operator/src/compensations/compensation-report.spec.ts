import { describe, expect, it } from '@jest/globals';
import { Refusal } from '@ordo/kernel';
import { compensationReport, idsToRetry } from './compensation-report.js';
import type { CompensationRows } from './compensation-rows.repository.js';

const none = { rows: [] };
const nothing: CompensationRows = {
  ...{ place: 'ordo_aftersale_03 on node-1', grants: none, facts: none, timers: none, waiting: none },
};
const aGrant = (id: string, state: number) => ({ order_id: '9', grant_id: id, rule_name: `rule-${id}`, state });

describe('compensation show', () => {
  it('says states in words, and names what a person can do where one is needed', () => {
    const lines = compensationReport('9', { ...nothing, grants: { rows: [aGrant('11', 4), aGrant('12', 5)] } });
    expect(lines[0]).toBe('compensations of 9, ordo_aftersale_03 on node-1');
    expect(lines).toContain('  order_id 9  grant_id 12  rule_name rule-12  state CONFIRMED');
    expect(lines.filter((line) => line.includes('waits for a person'))).toEqual([
      '\n11 waits for a person: npm run ordo -- compensation retry COMPENSATION_ID',
    ]);
  });

  it('tells nothing found from a node that does not answer', () => {
    expect(() => compensationReport('9', nothing)).toThrow(Refusal);
    const away = { ...nothing, grants: { problem: 'node-1 cannot be used now' } };
    expect(compensationReport('9', away)).toContain('compensations: node-1 cannot be used now');
  });
});

describe('compensation retry', () => {
  it('is about those of an order that wait for a person, and about the others only where none does', () => {
    const grants = { rows: [aGrant('11', 4), aGrant('12', 5), aGrant('13', 4)] };
    expect(idsToRetry('9', { ...nothing, grants })).toEqual(['11', '13']);
    expect(idsToRetry('9', { ...nothing, grants: { rows: [aGrant('12', 5)] } })).toEqual(['12']);
    expect(() => idsToRetry('9', nothing)).toThrow(Refusal);
  });
});
