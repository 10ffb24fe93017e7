/** Pausing and resuming a queue on every node, or on one; what could not be reached is said, and has to be repeated. */
import { refuse } from '@ordo/contracts';
import type { NodePool } from '@ordo/sharding';
import { QueueState, QueueSwitchRepository, type SwitchChange } from '@ordo/timers';
import { explain } from '../terminal/explain.js';
import { nodeSchemas } from '../terminal/node-schemas.js';
import type { QueueHome } from './queue-depth.repository.js';

export type ThrownSwitch =
  | { readonly node: string; readonly isKnown: boolean }
  | { readonly node: string; readonly error: unknown };

/**
 * Safe to repeat. TIMER_QUEUE_UNKNOWN when no reachable node knows the queue and all were reached: a name that nobody announced is a typing
 * error, and a pause of it would stop nothing.
 */
export async function throwSwitch(
  pools: readonly NodePool[],
  { queue, schema }: QueueHome,
  change: SwitchChange,
): Promise<readonly ThrownSwitch[]> {
  const thrown = await Promise.all(
    pools.map(async (pool): Promise<ThrownSwitch> => {
      try {
        return { node: pool.name, isKnown: await new QueueSwitchRepository(pool, schema).change(queue, change) };
      } catch (error) {
        return { node: pool.name, error };
      }
    }),
  );
  if (thrown.every((node) => 'isKnown' in node && !node.isKnown)) await refuseUnknown(pools, queue);
  return thrown;
}

/** One line per node, and what an operator may expect now. */
export function switchReport(thrown: readonly ThrownSwitch[], state: QueueState): string[] {
  const done = state === QueueState.PAUSED ? 'paused' : 'open';
  const lines = thrown.map((each) => {
    if ('error' in each) return `${each.node}  NOT CHANGED, away: ${explain(each.error)}`;
    return `${each.node}  ${each.isKnown ? done : 'no process has fired this queue here: nothing to change'}`;
  });
  const isPartial = thrown.some((each) => 'error' in each);
  const outlook =
    state === QueueState.PAUSED
      ? 'processes look once a second: nothing fires from two seconds on; what is due waits'
      : 'processes look once a second; what is due fires then';
  return [...lines, isPartial ? 'repeat this when every node is back' : outlook];
}

async function refuseUnknown(pools: readonly NodePool[], queue: string): Promise<never> {
  const known = await Promise.all(
    pools.flatMap((pool) => nodeSchemas.map((schema) => new QueueSwitchRepository(pool, schema).read())),
  );
  const queues = [...new Set(known.flat().map((each) => each.queue))].sort();
  const list = queues.length === 0 ? 'none' : queues.join(', ');
  throw refuse('TIMER_QUEUE_UNKNOWN', `no process has announced a queue '${queue}'; known are: ${list}`, { queue });
}
