/**
 * POST /v1/promises, one lane per question, beside a bare Fastify + ioredis program that reads the same cards from the same room and answers the
 * same document. Both are one process; the callers and their number are the same.
 */
import type { Bench } from './bench-run.js';
import { medianOf, round } from './reporting/quantiles.js';
import type { Figure } from './reporting/result-file.js';

const ROUNDS = 3;
const SECONDS = 6;
const WARM_UP_SECONDS = 3;
const IN_FLIGHT = 64;
/** All of them in both rooms; the callers ask for them at random. */
const LANES = 2_000;
/** Promised. */
const LEAST_SHARE = 0.6;

export async function benchPromise(bench: Bench): Promise<Figure> {
  await bench.startDelivery('worker');
  await bench.startDelivery('api');
  await bench.supplyLanes(LANES);
  // Its work is done, and the bare program has none: one process is measured beside one process.
  await bench.stopDelivery('worker');
  const bareOrigin = await bench.startBarePromise();
  const callers = { inFlight: IN_FLIGHT, connections: IN_FLIGHT, count: LANES };
  const ours = () => bench.load({ kind: 'promise', seconds: SECONDS, ...callers, origin: bench.deliveryOrigin });
  const bare = () => bench.load({ kind: 'promise', seconds: SECONDS, ...callers, origin: bareOrigin });
  for (const origin of [bench.deliveryOrigin, bareOrigin])
    await bench.load({ kind: 'promise', seconds: WARM_UP_SECONDS, ...callers, origin });
  const rounds = [];
  for (let count = 0; count < ROUNDS; count += 1) {
    const each = { floor: await bare(), ours: await ours() };
    rounds.push(each);
    bench.say(`round ${count + 1}: bare ${rateOf(each.floor)}/s, promise ${rateOf(each.ours)}/s`);
  }
  const perSec = medianOf(rounds.map((each) => rateOf(each.ours)));
  const floorPerSec = medianOf(rounds.map((each) => rateOf(each.floor)));
  const ratio = round(perSec / floorPerSec);
  return {
    ...{ name: 'promise', perSec, floorPerSec, ratio },
    p50Ms: round(medianOf(rounds.map((each) => each.ours.latency.p50Ms))),
    p99Ms: round(medianOf(rounds.map((each) => each.ours.latency.p99Ms))),
    goals: [
      { what: 'share of the bare program', goal: `≥ ${LEAST_SHARE}`, measured: ratio, met: ratio >= LEAST_SHARE },
    ],
    details: { inFlight: IN_FLIGHT, secondsPerRound: SECONDS, lanes: LANES, rounds },
  };
}

const rateOf = ({ acknowledged, elapsedMs }: { acknowledged: number; elapsedMs: number }): number =>
  Math.round((acknowledged / elapsedMs) * 1_000);
