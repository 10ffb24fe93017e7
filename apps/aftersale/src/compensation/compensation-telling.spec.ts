/** What is told of a grant: each fact once, numbered without gaps along every way that the table allows. */
import { describe, expect, it } from '@jest/globals';
import { TransferState, transferTable } from '../transfer/transfer.state.js';
import { eventsAfter, statusOfGrant, toldBy } from './compensation-telling.rules.js';

const { RESERVED, SENT, FAILED, STALLED, CONFIRMED, RELEASED } = TransferState;

describe('what is told of a compensation', () => {
  it('is that it is owed, and how it ended', () => {
    expect(toldBy(undefined, RESERVED)).toBe('compensation.granted');
    expect(toldBy(SENT, CONFIRMED)).toBe('compensation.paid');
    expect(toldBy(SENT, RELEASED)).toBe('compensation.failed');
    expect(toldBy(FAILED, STALLED)).toBe('compensation.failed');
  });

  it('is nothing of requests, looks and failures that are tried again, and nothing twice', () => {
    for (const [before, after] of [
      [RESERVED, SENT],
      [SENT, SENT],
      [SENT, FAILED],
      [FAILED, SENT],
    ] as const) {
      expect(toldBy(before, after)).toBeUndefined();
    }
    expect(toldBy(STALLED, RELEASED)).toBeUndefined();
    expect(toldBy(CONFIRMED, CONFIRMED)).toBeUndefined();
  });

  it('has numbers that rise by one with each event, also when a person tries again what had failed', () => {
    const way = [RESERVED, SENT, FAILED, STALLED, SENT, CONFIRMED];
    const events = way.reduce<{ told: number; before: TransferState | undefined; numbers: number[] }>(
      ({ told, before, numbers }, after) => {
        const next = eventsAfter(told, before, after);
        return { told: next, before: after, numbers: next === told ? numbers : [...numbers, next] };
      },
      { told: 0, before: undefined, numbers: [] },
    );
    expect(events.numbers).toEqual([1, 2, 3]);
  });

  it('knows every state that the table leads to', () => {
    for (const { to } of transferTable) expect(statusOfGrant[to]).toBeDefined();
  });
});
