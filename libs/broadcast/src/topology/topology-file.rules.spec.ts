/** Rules of the topology files: each broken alone, and all of them reported together. */
import { describe, expect, it } from '@jest/globals';
import { assembleTopology } from './load-topology.js';
import { InvalidTopology } from './topology.errors.js';
import { problemsOf, queuesOf } from './topology-file.rules.js';
import type { TopologyFile } from './topology-file-schema.js';

const KNOWN = { 'ordo.order': ['paid', 'completed'] };
const REASON = 'The archive keeps whatever there is.';

function aQueue(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: 'ordo.order.billing.book',
    owner: 'billing',
    overflow: 'reject-publish',
    bindings: [{ bizType: 'takeout', events: ['paid'] }],
    ...changes,
  };
}

const aFile = (...queues: unknown[]): unknown => ({ exchange: 'ordo.order', queues });
const withBinding = (binding: unknown): unknown => aFile(aQueue({ bindings: [binding] }));

describe('problemsOf', () => {
  it('finds none in a queue that says what it must', () => {
    expect(problemsOf(aFile(aQueue()), KNOWN)).toEqual([]);
  });

  it.each([
    ['another exchange', 'ordo.refund.billing.book'],
    ['no purpose', 'ordo.order.billing'],
    ['a part too many', 'ordo.order.billing.book.dlq'],
    ['capitals', 'ordo.order.Billing.book'],
  ])('refuses a queue name with %s', (_, name) => {
    expect(problemsOf(aFile(aQueue({ name })))).toEqual([expect.stringContaining('ordo.order.<consumer>.<purpose>')]);
  });

  it.each(['owner', 'overflow', 'bindings', 'name'])('refuses a queue without %s', (property) => {
    const queue = aQueue();
    delete queue[property];
    expect(problemsOf(aFile(queue))).toEqual([expect.stringContaining(`'${property}'`)]);
  });

  it('refuses an overflow policy that quorum queues do not have', () => {
    expect(problemsOf(aFile(aQueue({ overflow: 'reject-publish-dlx' })))).toHaveLength(1);
  });

  it.each([0, -1, 1.5, '10'])('refuses a maximal length of %p', (maxLength) => {
    expect(problemsOf(aFile(aQueue({ maxLength })))).toHaveLength(1);
  });

  it('refuses a setting that nobody reads', () => {
    expect(problemsOf(aFile(aQueue({ maxLenght: 5 })))).toEqual([expect.stringContaining('maxLenght')]);
  });

  it.each([
    [{ bizType: '*', events: ['paid'] }],
    [{ bizType: 'takeout', events: ['*'] }],
    [{ bizType: 'takeout', events: ['#'] }],
    [{ routingKey: '#' }],
  ])('refuses the wildcard %j without a reason and takes it with one', (binding) => {
    expect(problemsOf(withBinding(binding))).toEqual([expect.stringContaining('without a wildcardReason')]);
    expect(problemsOf(withBinding({ ...binding, wildcardReason: REASON }))).toEqual([]);
  });

  it('refuses a reason that is a tick, and a reason for nothing', () => {
    expect(problemsOf(withBinding({ routingKey: '#', wildcardReason: 'yes' }))).toHaveLength(1);
    expect(problemsOf(withBinding({ bizType: 'takeout', events: ['paid'], wildcardReason: REASON }))).toHaveLength(1);
  });

  it('makes one routing key of every business type and event of a binding, and refuses both ways of naming types', () => {
    const binding = { bizTypes: ['takeout', 'virtual'], events: ['paid', 'completed'] };
    expect(problemsOf(withBinding(binding), KNOWN)).toEqual([]);
    const [queue] = queuesOf(withBinding(binding) as TopologyFile);
    expect(queue?.bindings.map(({ routingKey }) => routingKey)).toEqual([
      ...['takeout.paid', 'takeout.completed', 'virtual.paid', 'virtual.completed'],
    ]);
    expect(problemsOf(withBinding({ ...binding, bizType: 'takeout' })).length).toBeGreaterThan(0);
  });

  it.each([
    ['none', 'drop-head', 'reject-publish'],
    ['oldest', 'reject-publish', 'drop-head'],
  ])('refuses a loss tolerance of %s beside %s', (lossTolerance, overflow, wanted) => {
    expect(problemsOf(aFile(aQueue({ lossTolerance, overflow })))).toEqual([
      expect.stringContaining(`needs overflow ${wanted}`),
    ]);
    expect(problemsOf(aFile(aQueue({ lossTolerance, overflow: wanted })))).toEqual([]);
  });

  it.each([{ handlerMs: 20 }, { handlerMs: 0, instances: 1, peakPerSecond: 1 }, { handlerMs: 1, instances: 1.5 }])(
    'refuses %j as the load of a consumer',
    (load) => {
      expect(problemsOf(aFile(aQueue({ load }))).length).toBeGreaterThan(0);
    },
  );

  it('refuses an event that the catalogue does not have', () => {
    const problems = problemsOf(withBinding({ bizType: 'takeout', events: ['paid', 'payed'] }), KNOWN);
    expect(problems).toEqual([expect.stringContaining('not in the catalogue: payed')]);
  });

  it('reports the problems of all queues at once', () => {
    const queues = [aQueue({ name: 'x' }), aQueue({ bindings: [{ routingKey: '#' }] }), aQueue({ name: 'y' })];
    expect(problemsOf(aFile(...queues))).toHaveLength(3);
    expect(problemsOf(aFile(aQueue({ overflow: 'x', maxLength: 0 }), {})).length).toBeGreaterThanOrEqual(6);
  });

  it.each([null, [], 'text', {}])('refuses %j as a file', (content) => {
    expect(problemsOf(content).length).toBeGreaterThan(0);
  });
});

describe('queuesOf', () => {
  it('fills the defaults in and makes routing keys of business types and events', () => {
    const file = aFile(aQueue({ bindings: [{ bizType: 'takeout', events: ['paid', 'completed'], delaySeconds: 60 }] }));
    expect(queuesOf(file as TopologyFile)).toEqual([
      {
        name: 'ordo.order.billing.book',
        exchange: 'ordo.order',
        consumer: 'billing',
        owner: 'billing',
        bindings: [
          { routingKey: 'takeout.paid', delaySeconds: 60 },
          { routingKey: 'takeout.completed', delaySeconds: 60 },
        ],
        maxLength: 10_000,
        overflow: 'reject-publish',
        lossTolerance: 'none',
        deliveryLimit: 16,
        deadLettering: 'broker',
        deadLetterMaxLength: 10_000,
        retry: true,
      },
    ]);
  });

  it('leaves the overflow of a drop-head queue out of its dead-letter queue unless the file asks for it', () => {
    const of = (changes: Record<string, unknown>) =>
      queuesOf(aFile(aQueue({ overflow: 'drop-head', ...changes })) as TopologyFile)[0]?.deadLettering;
    expect(of({})).toBe('consumer');
    expect(of({ deadLettering: 'broker' })).toBe('broker');
  });
});

describe('assembleTopology', () => {
  it('refuses a queue or an exchange that two files define', () => {
    const file = aFile(aQueue()) as TopologyFile;
    expect(() => assembleTopology([file, file])).toThrow(InvalidTopology);
    expect(() => assembleTopology([file], 'Staging')).toThrow(/lower-case/);
    expect(() => assembleTopology([file, file])).toThrow(/ordo\.order is defined twice; ordo\.order\.billing\.book is/);
  });

  it('names everything of a space with its word in front, so that no name is in two spaces', () => {
    const { exchanges, queues } = assembleTopology([aFile(aQueue()) as TopologyFile], 'staging');
    expect(exchanges).toEqual(['staging.ordo.order']);
    expect(queues).toMatchObject([
      { name: 'staging.ordo.order.billing.book', exchange: 'staging.ordo.order', consumer: 'billing' },
    ]);
  });
});
