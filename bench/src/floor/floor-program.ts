/**
 * The floor: what a good engineer writes by hand in an afternoon, without HTTP, as its own process. 64 orders in parallel, and for each
 * one transaction in the user's shard, one in the merchant's, one confirmed publish, one outbox delete.
 */
import { answerJobs } from '../programs/child-program.js';
import { type Quantiles, quantilesOf } from '../reporting/quantiles.js';
import { orderBodies } from '../workload/order-bodies.js';
import { floorOrder } from './floor-order.js';
import { placeOne, relayPlacement } from './floor-placement.js';
import { FloorStores } from './floor-stores.js';
import { supplyBacklog, supplyPlaced } from './floor-supply.js';
import { ACCEPT, PAY, transitOne } from './floor-transition.js';

export interface FloorJob {
  readonly kind: 'place' | 'transition' | 'relay';
  readonly seconds: number;
  readonly seed: number;
}

export interface FloorResult {
  readonly done: number;
  readonly elapsedMs: number;
  readonly perSec: number;
  readonly latency: Quantiles;
}

const IN_PARALLEL = 64;
/** Each order in flight holds one connection at a time: 32 per node measured no slower than 64, and 16 slower. */
const CONNECTIONS_PER_NODE = 32;
/** More than any floor reached, so that no run ends before its time. */
const MOST_PER_SECOND = 4_000;

type Task = () => Promise<void>;

async function tasksOf(stores: FloorStores, { kind, seconds, seed }: FloorJob): Promise<Task[]> {
  const bodies = orderBodies(Math.ceil(seconds * MOST_PER_SECOND * (kind === 'transition' ? 0.5 : 1)), seed);
  if (kind === 'place') return bodies.map((body) => () => placeOne(stores, floorOrder(body)));
  if (kind === 'relay') {
    const waiting = await supplyBacklog(stores, bodies);
    return waiting.map(
      ({ order, outboxId }) =>
        () =>
          relayPlacement(stores, order, outboxId),
    );
  }
  const orders = await supplyPlaced(stores, bodies);
  return orders.map((order) => async () => {
    await transitOne(stores, order, PAY);
    await transitOne(stores, order, ACCEPT);
  });
}

async function runFor(tasks: readonly Task[], seconds: number, perTask: number): Promise<FloorResult> {
  const startedMs = performance.now();
  const endsMs = startedMs + seconds * 1_000;
  const latencies: number[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let task = tasks[next++]; task !== undefined && performance.now() < endsMs; task = tasks[next++]) {
      const sentMs = performance.now();
      await task();
      latencies.push((performance.now() - sentMs) / perTask);
    }
  };
  await Promise.all(Array.from({ length: IN_PARALLEL }, work));
  const elapsedMs = performance.now() - startedMs;
  const done = latencies.length * perTask;
  return { done, elapsedMs, perSec: (done / elapsedMs) * 1_000, latency: quantilesOf(latencies) };
}

answerJobs<FloorJob, FloorResult>(async (job) => {
  const stores = await FloorStores.open(process.env, CONNECTIONS_PER_NODE);
  try {
    return await runFor(await tasksOf(stores, job), job.seconds, job.kind === 'transition' ? 2 : 1);
  } finally {
    await stores.close();
  }
});
