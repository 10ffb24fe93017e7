/** Two ways to load a server: as many as it takes with a number in flight, and at a pace that does not wait for answers. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Quantiles, quantilesOf } from '../reporting/quantiles.js';

export interface LoadResult {
  /** Answers that acknowledged a change (or gave the order, for reads). */
  readonly acknowledged: number;
  /** Everything else, by status; 0 is a connection that broke. */
  readonly failures: Readonly<Record<string, number>>;
  /** Epoch ms of the first request. */
  readonly startedAt: number;
  readonly elapsedMs: number;
  readonly latency: Quantiles;
  /** CPU of the client itself, cores; near 1 means that the client was the limit. */
  readonly clientCores: number;
}

/** Sends one request; answers its status, or the statuses of several in turn. */
export type Call = () => Promise<number>;
/** undefined when there is nothing more to ask for. */
export type Calls = () => Call | undefined;

class Tally {
  private readonly startedMs = performance.now();
  private readonly startedAt = Date.now();
  private readonly cpu = process.cpuUsage();
  private readonly latencies: number[] = [];
  private readonly failures: Record<string, number> = {};

  async send(call: Call, dueMs: number): Promise<void> {
    const status = await call().catch(() => 0);
    if (status >= 200 && status < 300) this.latencies.push(performance.now() - dueMs);
    else this.failures[status] = (this.failures[status] ?? 0) + 1;
  }

  result(): LoadResult {
    const elapsedMs = performance.now() - this.startedMs;
    const { user, system } = process.cpuUsage(this.cpu);
    return {
      ...{ acknowledged: this.latencies.length, failures: this.failures, startedAt: this.startedAt, elapsedMs },
      latency: quantilesOf(this.latencies),
      clientCores: (user + system) / 1_000 / elapsedMs,
    };
  }
}

/** Closed loop: every answer is followed by the next request. Latency counts from the moment of sending. */
export async function loadClosed(calls: Calls, seconds: number, inFlight: number): Promise<LoadResult> {
  const tally = new Tally();
  const endsMs = performance.now() + seconds * 1_000;
  const work = async (): Promise<void> => {
    for (let now = performance.now(); now < endsMs; now = performance.now()) {
      const call = calls();
      if (call === undefined) return;
      await tally.send(call, now);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  return tally.result();
}

/** Open loop: requests leave when they are due, whatever became of the earlier ones. Latency counts from the due time. */
export async function loadPaced(calls: Calls, seconds: number, perSec: number): Promise<LoadResult> {
  const tally = new Tally();
  const startedMs = performance.now();
  const sent: Promise<void>[] = [];
  const total = Math.floor(seconds * perSec);
  while (sent.length < total) {
    const due = Math.min(total, Math.ceil(((performance.now() - startedMs) / 1_000) * perSec));
    while (sent.length < due) {
      const call = calls();
      if (call === undefined) return tally.result();
      sent.push(tally.send(call, startedMs + (sent.length / perSec) * 1_000));
    }
    await sleep(1);
  }
  await Promise.all(sent);
  return tally.result();
}
