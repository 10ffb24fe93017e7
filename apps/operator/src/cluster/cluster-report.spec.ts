/** What `ordo cluster` prints about a group, about worker ids, and about a node that does not answer. */
import { describe, expect, it } from '@jest/globals';
import { Transient } from '@ordo/kernel';
import { clusterReport } from './cluster-report.js';
import type { ClusterLease } from './cluster-rows.repository.js';

const lease = (
  name: string,
  slot: number,
  owner: string,
  leftMs: number,
  memo: string | null = null,
): ClusterLease => ({
  ...{ schema: 'ordo_node', name, slot, owner, epoch: 7, leftMs, memo },
});

describe('the report of the cluster', () => {
  it('names per node the master, the members, and what each owns under which epoch and for how long', () => {
    const leases = [
      lease('relay.lanes', -1, 'a~1', 9_100, '[[0,"a~1"],[1,"b~2"]]'),
      lease('relay.lanes', 0, 'a~1', 9_000),
      lease('relay.lanes', 1, 'a~1', 8_000),
      lease('relay.lanes', 2, '', -4),
    ];
    const members = ['a~1', 'b~2'].map((token, at) => ({
      schema: 'ordo_node',
      group: 'relay.lanes',
      token,
      leftMs: 9_000 - at * 9_500,
    }));
    expect(clusterReport([{ node: 'node-1', leases, members }])).toEqual([
      'node-1',
      '  relay.lanes: 3 partitions, master a~1 (epoch 7, 9.1 s left)',
      '    a~1 #0, heartbeat 9.0 s left, owns 2 for 8.0 s: 0@7 1@7',
      '    b~2 #1, heartbeat expired, owns nothing',
      '    nobody: 2@7',
    ]);
  });

  it('says when there is no master', () => {
    const leases = [lease('relay.lanes', -1, 'a~1', -1)];
    expect(clusterReport([{ node: 'node-0', leases, members: [] }])).toEqual([
      'node-0',
      '  relay.lanes: 0 partitions, no master (last epoch 7)',
    ]);
  });

  it('lists worker ids without those that are free', () => {
    const leases = [lease('worker', 12, 'p~9', 4 * 3_600_000), lease('worker', 77, 'q~1', -5)];
    expect(clusterReport([{ node: 'node-0', leases, members: [] }])).toEqual([
      'node-0',
      '  worker: 2 leases',
      '    p~9, owns 1 for 4.0 h: 12@7',
    ]);
  });

  it('keeps apart the groups of two apps that are called alike', () => {
    const ours = lease('relay.lanes', 0, 'a~1', 9_000);
    const theirs = { ...ours, schema: 'ordo_aftersale_node', owner: 'b~2' };
    expect(clusterReport([{ node: 'node-0', leases: [ours, theirs], members: [] }])).toEqual([
      'node-0',
      '  relay.lanes: 1 leases',
      '    a~1, owns 1 for 9.0 s: 0@7',
      '  ordo_aftersale_node.relay.lanes: 1 leases',
      '    b~2, owns 1 for 9.0 s: 0@7',
    ]);
  });

  it('shows the other nodes when one is away', () => {
    const error = new Transient('NODE_UNAVAILABLE', 'node-0 cannot be used now: down', 250);
    expect(
      clusterReport([
        { node: 'node-0', error },
        { node: 'node-1', leases: [], members: [] },
      ]),
    ).toEqual(['node-0  away: node-0 cannot be used now: down [NODE_UNAVAILABLE]', 'node-1  no leases']);
  });
});
