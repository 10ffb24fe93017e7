/** What an operator reads of the promise rooms, and when a load counts as done. */
import { describe, expect, it } from '@jest/globals';
import { isSettled, type PromiseStatusView, promiseReport, type RoomView } from './promise-status.js';

const complete: RoomView = {
  ...{ room: 'A', isComplete: true, loadedAt: '2026-11-20T12:00:00.000Z', loadedLanes: 120_000 },
  ...{ owesFullBecause: null, debts: 0, oldestDebtAt: null },
};
const behind: RoomView = { ...complete, room: 'B', debts: 3, oldestDebtAt: '2026-11-20T12:01:00.000Z' };
const status = (...rooms: RoomView[]): PromiseStatusView => ({
  ...{ switch: { version: 7, readFrom: 'AUTO', writeTo: 'BOTH' }, isObeyed: false, rooms },
  instances: [{ instance: 'i-1', roles: 'api', homeRoom: 'A', switchVersion: 6, rooms: 'A:used,B:left' }],
});

describe('the report of the rooms', () => {
  it('says what is owed, what is incomplete, and who does not obey yet', () => {
    const emptied = { ...behind, isComplete: false, owesFullBecause: 'EMPTIED' };
    expect(promiseReport(status(complete, emptied))).toEqual([
      'switch 7: read AUTO, write BOTH; NOT obeyed by every instance yet',
      'room A: complete, 120000 lanes, loaded 2026-11-20T12:00:00.000Z',
      'room B: INCOMPLETE, 120000 lanes, loaded 2026-11-20T12:00:00.000Z, needs a full load: EMPTIED, owed 3 lanes since 2026-11-20T12:01:00.000Z',
      '  i-1 (api) at home in A, obeys 6, sees A:used,B:left',
    ]);
  });
});

describe('a load', () => {
  it('is done when nothing is owed to the rooms that it was for', () => {
    expect(isSettled(status(complete, behind))).toBe(false);
    expect(isSettled(status(complete, behind), 'A')).toBe(true);
    expect(isSettled(status({ ...complete, isComplete: false }))).toBe(false);
  });
});
