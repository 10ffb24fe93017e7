/** What `timers status` says of a queue: that it fires, that it is paused, that nobody owns it, that a server is away. */
import { describe, expect, it } from '@jest/globals';
import { Transient } from '@ordo/kernel';
import { type PartitionSurvey, QueueState, type QueueSwitch } from '@ordo/timers';
import type { ClusterLease } from '../cluster/cluster-rows.repository.js';
import { queueReport } from './queue-report.js';
import type { QueueOnNode, QueueView } from './queue-view.js';

const NOW_MS = Date.parse('2026-11-03T12:00:00.400Z');
const NOW_SECOND = Math.floor(NOW_MS / 1_000);

const lease = (slot: number, owner: string, epoch: number, leftMs = 9_000): ClusterLease => ({
  ...{ schema: 'ordo_node', name: 'timers', slot, owner, epoch, leftMs, memo: null },
});
const open: QueueSwitch = {
  ...{ queue: 'reminders', group: 'timers', state: QueueState.OPEN, reason: null, changedBy: null, changedMs: NOW_MS },
};
const onNode = (facts: Partial<QueueOnNode> = {}): QueueOnNode => ({
  node: 'node-0',
  depth: { pending: 1_204, due: 0, failed: 0, oldestDueMs: NOW_MS + 60_000, nowMs: NOW_MS },
  position: open,
  leases: [lease(0, 'a~1', 3), lease(1, 'a~1', 7), lease(2, 'b~2', 4)],
  partitions: 3,
  ...facts,
});
const survey = (facts: Partial<PartitionSurvey> = {}): PartitionSurvey => ({
  ...{ partition: 0, epoch: 3, cursor: NOW_SECOND, fed: NOW_SECOND + 7_100, horizon: NOW_SECOND + 7_100 },
  ...{ isBuilt: true, nowMs: NOW_MS, waiting: 40, claimed: 2 },
  ...facts,
});
const view = (facts: Partial<QueueView> = {}): QueueView => ({
  ...{
    home: { queue: 'reminders', schema: 'ordo_node' },
    nodes: [onNode()],
    index: { partitions: 2, surveys: [survey(), survey({ partition: 1 })] },
  },
  ...facts,
});

describe('the status of a queue', () => {
  it('names what waits, its owners with their epochs, and how far the index is', () => {
    expect(queueReport(view())).toEqual([
      'reminders',
      '  node-0  1204 pending, 0 due now; open',
      '          owners: a~1 has 2 (epochs 3–7), b~2 has 1 (epoch 4)',
      '  index   2 of 2 partitions built, drained to the second, loaded 1 h 58 min ahead, 80 entries, 4 claimed',
    ]);
  });

  it('names the app that it belongs to, where that is not the order app', () => {
    const home = { queue: 'refund-answer', schema: 'ordo_aftersale_node' };
    expect(queueReport(view({ home }))[0]).toBe('refund-answer (ordo_aftersale_node)');
  });

  it('says for how long the oldest has been due, and what was given up', () => {
    const depth = { pending: 9, due: 4, failed: 2, oldestDueMs: NOW_MS - 75_000, nowMs: NOW_MS };
    expect(queueReport(view({ nodes: [onNode({ depth })] }))[1]).toBe(
      '  node-0  9 pending, 4 due now, the oldest for 1 min 15 s, 2 GIVEN UP; open',
    );
  });

  it('says who paused it, since when and why', () => {
    const position: QueueSwitch = {
      ...open,
      ...{ state: QueueState.PAUSED, changedBy: 'li@desk', reason: 'wrong deadline', changedMs: NOW_MS - 432_000 },
    };
    expect(queueReport(view({ nodes: [onNode({ position })] }))[1]).toMatch(
      /; PAUSED for 7 min 12 s, since 2026-11-03T11:52:48\.400Z by li@desk: wrong deadline$/,
    );
  });

  it('says what nobody owns: expired, released, and never leased', () => {
    const leases = [lease(0, 'a~1', 3), lease(1, 'b~2', 4, -5), lease(2, '', 9)];
    expect(queueReport(view({ nodes: [onNode({ leases, partitions: 4 })] }))[2]).toBe(
      '          owners: a~1 has 1 (epoch 3), NOBODY has 3',
    );
  });

  it('says that no process has ever fired it', () => {
    const lines = queueReport(view({ nodes: [onNode({ position: undefined, leases: undefined })] }));
    expect(lines[1]).toMatch(/; never fired here$/);
    expect(lines[2]).toBe('          owners: not known, no process has announced the queue');
  });

  it('shows the others when a node is away, and everything when Redis is', () => {
    const error = new Transient('NODE_UNAVAILABLE', 'node-1 cannot be used now: down', 250);
    const redis = new Transient('TIMER_INDEX_UNAVAILABLE', 'the timer index does not answer', 0);
    const lines = queueReport(view({ nodes: [onNode(), { node: 'node-1', error }], index: { error: redis } }));
    expect(lines.slice(3)).toEqual([
      '  node-1  away: node-1 cannot be used now: down [NODE_UNAVAILABLE]',
      '  index   Redis away: the timer index does not answer [TIMER_INDEX_UNAVAILABLE]; what is due is read from MySQL',
    ]);
  });

  it('says how far an index is behind that is not drained, not loaded, or not built', () => {
    const surveys = [survey({ cursor: NOW_SECOND - 31, fed: NOW_SECOND + 10, isBuilt: false }), survey()];
    expect(queueReport(view({ index: { partitions: 64, surveys } })).at(-1)).toBe(
      '  index   1 of 64 partitions built, drained up to 30.4 s ago, loaded 1 h 58 min ahead (1 still loading), 80 entries, 4 claimed',
    );
    expect(queueReport(view({ index: { partitions: 64, surveys: [] } })).at(-1)).toBe(
      '  index   0 of 64 partitions built',
    );
  });
});
