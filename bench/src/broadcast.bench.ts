/**
 * Fan-out to 1, 5 and 20 quorum queues: the house's publisher and consumers beside bare amqplib, over queues with the same settings, each in
 * a process of its own, in turns. A delivery counts when its handler has it and it is acknowledged. And what a delayed binding is late by.
 */
import type { Bench } from './bench-run.js';
import type { FanOutAnswer, FanOutJob } from './broadcast/fan-out-job.js';
import { medianOf, quantilesOf, round } from './reporting/quantiles.js';
import type { Figure } from './reporting/result-file.js';

const ROUNDS = 3;
/** Events by queues, so that a turn takes seconds. */
const FAN_OUTS = [
  { queues: 1, events: 12_000 },
  { queues: 5, events: 5_000 },
  { queues: 20, events: 1_500 },
] as const;
const DELAYED = { events: 2_000, delaySeconds: 2 };

export async function benchBroadcast(bench: Bench): Promise<Figure> {
  const program = bench.startFanOut();
  const ask = (job: FanOutJob): Promise<FanOutAnswer> => program.ask(job);
  await ask({ kind: 'house', queues: 1, events: 1_000 });
  await ask({ kind: 'bare', queues: 1, events: 1_000 });
  const turns = [];
  for (const { queues, events } of FAN_OUTS) {
    const rounds = [];
    for (let count = 0; count < ROUNDS; count += 1) {
      const bare = await ask({ kind: 'bare', queues, events });
      rounds.push({ bare, house: await ask({ kind: 'house', queues, events }) });
    }
    const [house, bare] = [
      medianOf(rounds.map((each) => each.house.perSec)),
      medianOf(rounds.map((each) => each.bare.perSec)),
    ];
    const ratio = round(medianOf(rounds.map((each) => each.house.perSec / each.bare.perSec)));
    bench.say(
      `${queues} queue(s), ${events} events: ${Math.round(house)} deliveries/s, bare amqplib ${Math.round(bare)}/s, ratio ${ratio}`,
    );
    turns.push({ queues, events, housePerSec: round(house), barePerSec: round(bare), ratio, rounds });
  }
  const { latenessMs } = await ask({ kind: 'delayed', queues: 1, ...DELAYED });
  const late = quantilesOf(latenessMs);
  bench.say(
    `delayed by ${DELAYED.delaySeconds} s: ${late.count} events, late by p50 ${late.p50Ms} ms, p99 ${late.p99Ms} ms, at most ${late.maxMs} ms`,
  );
  const widest = turns.at(-1);
  return {
    ...{ name: 'broadcast', perSec: widest?.housePerSec ?? 0, floorPerSec: widest?.barePerSec ?? 0 },
    ...{ ratio: widest?.ratio ?? 0, p50Ms: late.p50Ms, p99Ms: late.p99Ms },
    goals: [
      {
        ...{ what: 'delayed events that came early', goal: '0' },
        ...{ measured: latenessMs.filter((ms) => ms < 0).length, met: latenessMs.every((ms) => ms >= 0) },
      },
    ],
    details: {
      perSecIs: 'deliveries of the widest fan-out, handled and acknowledged; floor: bare amqplib over the same queues',
      latencyIs: `lateness of ${DELAYED.events} events behind a binding that delays by ${DELAYED.delaySeconds} s`,
      fanOuts: turns,
      lateness: late,
    },
  };
}
