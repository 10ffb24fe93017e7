/** What `ordo topology` prints: the registry, the plan, and drift with the setting that differs. */
import { describe, expect, it } from '@jest/globals';
import { assembleTopology, type Finding, ForeignEnvironment, type TopologyFile } from '@ordo/broadcast';
import { driftLines, planLines, registryLines } from './topology-report.js';

const file: TopologyFile = {
  exchange: 'ordo.order',
  queues: [
    {
      ...{ name: 'ordo.order.billing.book', owner: 'billing', overflow: 'reject-publish' },
      bindings: [{ bizType: 'takeout', events: ['paid'], delaySeconds: 900 }],
      load: { handlerMs: 20, instances: 2, peakPerSecond: 100 },
    },
  ],
};

const queue = { kind: 'queue', name: 'q', arguments: { 'x-queue-type': 'quorum' } } as const;
const findings: readonly Finding[] = [
  { declared: { kind: 'exchange', name: 'ordo.order' }, standing: 'same' },
  { declared: queue, standing: 'differs', difference: "inequivalent arg 'x-max-length'", messages: 3, consumers: 0 },
  { declared: { ...queue, name: 'r' }, standing: 'missing' },
  { declared: { kind: 'binding', name: 'q', exchange: 'ordo.order', routingKey: 'a.b' }, standing: 'unseen' },
];

describe('the registry', () => {
  const text = registryLines(assembleTopology([file])).join('\n');

  it('says of a queue who owns it, what it hears and when, what it loses, and the prefetch of its consumers', () => {
    expect(text).toContain('billing');
    expect(text).toMatch(/hears +takeout\.paid, 900 s later/);
    expect(text).toMatch(/10000, reject-publish: loses nothing/);
    expect(text).toMatch(/prefetch 3 in each of 2 \(20 ms, 100\/s\)/);
  });

  it('names published events that nobody listens to, in a space too', () => {
    expect(text).toMatch(/no queue names: .*ordo\.order\.created\.v1/);
    expect(text).not.toMatch(/no queue names: .*ordo\.order\.paid\.v1/);
    const spaced = registryLines(assembleTopology([file], 'staging')).join('\n');
    expect(spaced).not.toMatch(/no queue names: .*ordo\.order\.paid\.v1/);
  });
});

describe('the plan', () => {
  it('marks what is missing, the same, different, and out of sight of AMQP', () => {
    const lines = planLines({ claim: 'unclaimed', findings });
    expect(lines.map((line) => line[0]).join('')).toBe('+=!+~+');
    expect(lines.at(-1)).toMatch(/\+ 1 to declare, = 1 .* ! 1 differ .* ~ 1 bindings/);
  });
});

describe('the drift', () => {
  it('is what is missing or different, with the setting, and nothing else', () => {
    expect(driftLines({ claim: 'ours', findings })).toEqual([
      "! queue q  x-queue-type=quorum: inequivalent arg 'x-max-length'  (3 messages, 0 consumers)",
      '+ queue r  x-queue-type=quorum',
    ]);
  });

  it('is empty where nothing is, and names the environment that owns the place', () => {
    expect(driftLines({ claim: 'ours', findings: findings.slice(0, 1) })).toEqual([]);
    const claim = new ForeignEnvironment('', 'test', 'production');
    expect(driftLines({ claim, findings: [] })).toEqual([
      expect.stringContaining('belongs to the environment production'),
    ]);
  });
});
