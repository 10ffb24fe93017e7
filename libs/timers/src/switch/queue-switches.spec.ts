/** What a process believes of the operator's switches, while nodes answer, do not answer, and answer again. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { silentRecorder } from '../engine/timer-recorder.js';
import { QueueState } from './queue-switch.state.js';
import { QueueSwitches } from './queue-switches.js';

/** A node that has rows of `timer_switch`, or does not answer. */
class FakeNode {
  readonly rows = new Map<string, { state: QueueState; group: string | null }>();
  isAway = false;
  statements: string[] = [];

  constructor(readonly name: string) {}

  async query<T>(sql: string): Promise<T> {
    this.statements.push(sql);
    if (this.isAway) throw new Error('away');
    const announced = /VALUES \('([^']+)', '([^']+)', 0/.exec(sql);
    if (announced?.[1] !== undefined) {
      const state = this.rows.get(announced[1])?.state ?? QueueState.OPEN;
      this.rows.set(announced[1], { state, group: announced[2] ?? null });
    }
    return [...this.rows].map(([queue, { state, group }]) => ({
      ...{ queue, state, group_name: group, reason: null, changed_by: null, changed_at: '2025-01-01 00:00:00.000' },
    })) as T;
  }
}

let nodes: FakeNode[];
let failures: number;
let changes: number;
let paused: [string, number][];
let switches: QueueSwitches;

beforeEach(() => {
  nodes = [new FakeNode('node-0'), new FakeNode('node-1')];
  failures = 0;
  changes = 0;
  paused = [];
  switches = new QueueSwitches({
    ...{ pools: nodes, queues: ['a', 'b'], group: 'timers' },
    onChange: () => void (changes += 1),
    recorder: {
      ...silentRecorder,
      failed: () => void (failures += 1),
      paused: (queue, count) => void paused.push([queue, count]),
    },
  });
});

const positions = (): boolean[] => ['a', 'b'].flatMap((queue) => [0, 1].map((node) => switches.mayFire(queue, node)));

describe('the switches of a process', () => {
  it('are closed until the node has answered once, and open when nobody has paused anything', async () => {
    expect(positions()).toEqual([false, false, false, false]);
    await switches.look();
    expect(positions()).toEqual([true, true, true, true]);
    expect(changes).toBe(2);
  });

  it('announce each queue and its group, once', async () => {
    await switches.look();
    await switches.look();
    expect(nodes[0]?.rows.get('b')).toEqual({ state: QueueState.OPEN, group: 'timers' });
    expect(nodes[0]?.statements.filter((sql) => sql.startsWith('INSERT'))).toHaveLength(2);
  });

  it('cost one statement per node for all queues', async () => {
    await switches.look();
    const before = nodes.map(({ statements }) => statements.length);
    await switches.look();
    expect(nodes.map(({ statements }, at) => statements.length - (before[at] ?? 0))).toEqual([1, 1]);
  });

  it('close one queue on the node where it was paused, and open it again', async () => {
    await switches.look();
    nodes[1]?.rows.set('a', { state: QueueState.PAUSED, group: 'timers' });
    await switches.look();
    expect(positions()).toEqual([true, false, true, true]);
    nodes[1]?.rows.set('a', { state: QueueState.OPEN, group: 'timers' });
    await switches.look();
    expect(positions()).toEqual([true, true, true, true]);
    expect(paused.filter(([queue]) => queue === 'a').map(([, count]) => count)).toEqual([0, 0, 1, 0]);
  });

  it('find a queue that was paused before this process came', async () => {
    nodes[0]?.rows.set('a', { state: QueueState.PAUSED, group: 'timers' });
    await switches.look();
    expect(positions()).toEqual([false, true, true, true]);
  });

  it('keep their position while a node is away, paused or not', async () => {
    nodes[0]?.rows.set('a', { state: QueueState.PAUSED, group: 'timers' });
    await switches.look();
    for (const node of nodes) node.isAway = true;
    await switches.look();
    expect(positions()).toEqual([false, true, true, true]);
    expect(failures).toBe(2);
  });

  it('of one node do not wait for another that is away', async () => {
    for (const node of nodes) node.isAway = node.name === 'node-0';
    await switches.look();
    expect(positions()).toEqual([false, true, false, true]);
  });

  it('end their looks with the process', async () => {
    switches.start();
    await switches.stop();
    const before = nodes[0]?.statements.length;
    await new Promise((resolve) => setImmediate(resolve));
    expect(nodes[0]?.statements).toHaveLength(before ?? -1);
  });
});
