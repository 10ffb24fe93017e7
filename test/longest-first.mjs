/**
 * The order of the specs: the longest first, so that two workers end together and none is left alone with minutes of its own. Jest would
 * learn the lengths and keep them in a cache of the machine, which a fresh clone has not got; what is known of them stands here.
 */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/** From two minutes to a quarter of one, on two cores. All others are shorter, and come by the size of their files. */
const LONGEST = [
  'test/faults/deadlines.e2e.spec.ts',
  'test/faults/outages.e2e.spec.ts',
  'test/faults/timer-outages.e2e.spec.ts',
  'test/faults/killed-processes.e2e.spec.ts',
  'test/faults/timer-killed-nodes.e2e.spec.ts',
  'test/journeys/timers-command.e2e.spec.ts',
  'test/journeys/refund-operations.e2e.spec.ts',
  'test/faults/timer-load.e2e.spec.ts',
  'test/faults/broadcast-clusters.e2e.spec.ts',
  'test/faults/promise-rooms.e2e.spec.ts',
  'test/journeys/deliveries.e2e.spec.ts',
  'test/faults/refunds.e2e.spec.ts',
  'test/faults/deliveries.e2e.spec.ts',
  'test/journeys/delivery-deadlines.e2e.spec.ts',
  'test/journeys/refund-life.e2e.spec.ts',
  'test/journeys/promises.e2e.spec.ts',
  'test/faults/node-leases.e2e.spec.ts',
  'test/faults/reads.e2e.spec.ts',
  'test/faults/aftersale-away.e2e.spec.ts',
  'test/faults/broadcast.e2e.spec.ts',
  'libs/coordination/src/partition-group/partition-group.races.spec.ts',
  'test/journeys/absent-servers.e2e.spec.ts',
  'test/journeys/deadlines.e2e.spec.ts',
  'test/faults/timer-crashes.e2e.spec.ts',
  'test/journeys/refund-refusals.e2e.spec.ts',
  'apps/aftersale/src/refund-ledger/refund-fire.e2e.spec.ts',
  'test/faults/conflicting-callers.e2e.spec.ts',
  'libs/timers/src/switch/paused-queue.e2e.spec.ts',
  'test/journeys/first-consumer.e2e.spec.ts',
  'test/journeys/merchant-feed.e2e.spec.ts',
];

export default class LongestFirst {
  /** A name that is no file would put nothing first and say nothing. */
  sort(tests) {
    const gone = LONGEST.filter((name) => !existsSync(join(ROOT, name)));
    if (gone.length > 0) throw new Error(`test/longest-first.mjs names what is not there: ${gone.join(', ')}`);
    return [...tests].sort((a, b) => rankOf(a) - rankOf(b) || sizeOf(b) - sizeOf(a));
  }

  /** For --onlyFailures: nothing is remembered, so all may be failures. */
  allFailedTests(tests) {
    return this.sort(tests);
  }

  cacheResults() {}
}

function rankOf({ path }) {
  const rank = LONGEST.indexOf(relative(ROOT, path));
  return rank < 0 ? LONGEST.length : rank;
}

function sizeOf({ path, context }) {
  return context.hasteFS.getSize(path) ?? 0;
}
