/** An expiry that is early, lost, somebody else's or of another reason is a problem; one that is as promised is none. */
import { describe, expect, it } from '@jest/globals';
import { deadlineOutcomes } from '../timers/deadline-outcome.rules.js';
import { deadlineJourneys } from './deadline-journeys.js';
import { expiryProblems } from './deadline-run.js';
import { isTaken, type Step } from './journey.js';

const step: Step = {
  ...{ command: 'invalidate', by: 'deadline', remark: '', body: {} },
  expect: { status: 'INVALID', emits: 'order.invalidated', reasonCode: 20 },
};
const answer = (over: object) => ({
  http: 200,
  isReplay: false,
  elapsedMs: 1,
  body: { role: 2, reasonCode: 20, ...over },
});

describe('an expiry', () => {
  it('is as promised from the moment at which it is due', () => {
    for (const lateMs of [0, 1, 999, 10_000]) expect(expiryProblems(step, answer({}), lateMs)).toEqual([]);
  });

  it.each([
    ['early', answer({}), -1, /-1 ms late/],
    ['too late', answer({}), 10_001, /10001 ms late/],
    ['never', answer({}), Number.NaN, /NaN ms late/],
    ['by a user', answer({ role: 1 }), 5, /role 1/],
    ['for another reason', answer({ reasonCode: 21 }), 5, /reason is 21, not 20/],
  ] as const)('that is %s is a problem', (_, seen, lateMs, problem) => {
    expect(expiryProblems(step, seen, lateMs).join()).toMatch(problem);
  });
});

describe('the journeys of deadlines', () => {
  it('expect of every state what its deadline brings', () => {
    for (const { steps } of deadlineJourneys) {
      let status = '';
      for (const { by, command, expect: due } of steps) {
        if (!isTaken(due)) continue;
        if (by === 'deadline' && command !== 'read') {
          const outcome = deadlineOutcomes[status as keyof typeof deadlineOutcomes];
          expect([due.status, due.reasonCode]).toEqual([outcome?.becomes, outcome?.reasonCode]);
        }
        status = due.status;
      }
    }
  });

  it('let every deadline of both business types fire', () => {
    const fired = deadlineJourneys.flatMap(({ bizType, steps }) =>
      steps
        .filter(({ by, command }) => by === 'deadline' && command !== 'read')
        .map(({ command }) => `${bizType} ${command}`),
    );
    expect(new Set(fired)).toEqual(
      new Set(['takeout invalidate', 'takeout receive', 'takeout complete', 'virtual invalidate', 'virtual complete']),
    );
  });
});
