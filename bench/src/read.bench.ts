/**
 * GET /v1/orders/{orderId} from a warm cache beside a bare Fastify + ioredis program that serves the same documents from the same
 * Redis. Both are one process; the callers and their number are the same.
 */
import type { Bench } from './bench-run.js';
import { medianOf, round } from './reporting/quantiles.js';
import type { Figure } from './reporting/result-file.js';

const ROUNDS = 3;
const SECONDS = 6;
const WARM_UP_SECONDS = 3;
const IN_FLIGHT = 64;
/** All of them in the cache; the callers ask for them at random. */
const ORDERS = 2_000;

export async function benchRead(bench: Bench): Promise<Figure> {
  await bench.startOrder('api');
  await bench.startOrder('worker');
  const callers = { inFlight: IN_FLIGHT, connections: IN_FLIGHT };
  await bench.load({ kind: 'supply', seconds: 60, count: ORDERS, ...callers });
  await bench.tables.drained();
  const documents = await bench.documents();
  const bareOrigin = await bench.startBareRead(documents);
  const ours = () => bench.load({ kind: 'read', seconds: SECONDS, ...callers });
  const bare = () => bench.load({ kind: 'read', seconds: SECONDS, ...callers, origin: bareOrigin });
  await bench.load({ kind: 'read', seconds: WARM_UP_SECONDS, ...callers });
  await bench.load({ kind: 'read', seconds: WARM_UP_SECONDS, ...callers, origin: bareOrigin });
  const rounds = [];
  for (let count = 0; count < ROUNDS; count += 1) {
    const round = { floor: await bare(), ours: await ours() };
    rounds.push(round);
    bench.say(`round ${count + 1}: bare ${rateOf(round.floor)}/s, read ${rateOf(round.ours)}/s`);
  }
  const perSec = medianOf(rounds.map((each) => rateOf(each.ours)));
  const floorPerSec = medianOf(rounds.map((each) => rateOf(each.floor)));
  const ratio = round(perSec / floorPerSec);
  const bytes = Math.round(documents.reduce((sum, [, document]) => sum + document.length, 0) / documents.length);
  return {
    ...{ name: 'read', perSec, floorPerSec, ratio },
    p50Ms: round(medianOf(rounds.map((each) => each.ours.latency.p50Ms))),
    p99Ms: round(medianOf(rounds.map((each) => each.ours.latency.p99Ms))),
    goals: [{ what: 'share of the bare GET', goal: '≥ 0.5', measured: ratio, met: ratio >= 0.5 }],
    details: {
      inFlight: IN_FLIGHT,
      secondsPerRound: SECONDS,
      orders: documents.length,
      bytesPerDocument: bytes,
      rounds,
    },
  };
}

const rateOf = ({ acknowledged, elapsedMs }: { acknowledged: number; elapsedMs: number }): number =>
  Math.round((acknowledged / elapsedMs) * 1_000);
