/** The callers, as one process apart from what it loads. It prepares its requests before the clock starts. */
import { randomUUID } from 'node:crypto';
import { answerJobs } from '../programs/child-program.js';
import { laneAt } from '../workload/lanes.js';
import { orderBodies } from '../workload/order-bodies.js';
import { HttpClient } from './http-client.js';
import { type Calls, type LoadResult, loadClosed, loadPaced } from './load-run.js';

export interface LoadJob {
  /**
   * place: new orders. supply: new orders, remembered for the next two. advance: pay, then accept, the remembered ones, each counted by
   * itself. read: the remembered orders at random. collect: each of them once, to give their documents back. promise: `count` lanes at
   * random. paths: those that are named, one after the other.
   */
  readonly kind: 'place' | 'supply' | 'advance' | 'read' | 'collect' | 'promise' | 'paths';
  readonly origin: string;
  readonly token: string;
  readonly connections: number;
  readonly seconds: number;
  readonly seed: number;
  /** Requests at once, or … */
  readonly inFlight?: number;
  /** … requests per second. */
  readonly perSec?: number;
  /** At most so many; default what a run could possibly need. */
  readonly count?: number;
  /** Of the kind `paths`. */
  readonly paths?: readonly string[];
  /** The status that acknowledges, where it is none of the two hundreds: an unchanged feed answers 304. */
  readonly expected?: number;
}

export interface LoadAnswer extends LoadResult {
  readonly documents?: readonly (readonly [orderId: string, document: string])[];
}

interface Placed {
  readonly orderId: string;
  readonly payAmount: number;
}

/** More than any run reached. */
const MOST_PER_SECOND = 10_000;

/** As the system that accepts for merchants who asked for it. */
const ACCEPTANCE = Buffer.from('{"role":2}');

const remembered: Placed[] = [];

function placements(client: HttpClient, { kind, count, seconds, perSec, seed }: LoadJob): Calls {
  const needed = count ?? Math.ceil(seconds * (perSec ?? MOST_PER_SECOND));
  const bodies = orderBodies(needed, seed).map((body) => Buffer.from(JSON.stringify(body)));
  const run = randomUUID();
  let next = 0;
  return () => {
    const [index, body] = [next, bodies[next]];
    next += 1;
    if (body === undefined) return undefined;
    return async () => {
      const answer = await client.post('/v1/orders', body, `${run}-${index}`);
      if (kind === 'supply' && answer.status === 201) remembered.push(JSON.parse(answer.body.toString()) as Placed);
      return answer.status;
    };
  };
}

function transitions(client: HttpClient): Calls {
  const ready: (() => Promise<number>)[] = [];
  const accept = (orderId: string) => async () =>
    (await client.post(`/v1/orders/${orderId}/acceptance`, ACCEPTANCE)).status;
  const pay =
    ({ orderId, payAmount }: Placed) =>
    async () => {
      const paidAt = new Date().toISOString();
      const body = Buffer.from(JSON.stringify({ paymentId: `pay-${orderId}`, paidAmount: payAmount, paidAt }));
      const { status } = await client.post(`/v1/orders/${orderId}/payment`, body);
      if (status === 200) ready.push(accept(orderId));
      return status;
    };
  return () => {
    const next = ready.shift();
    if (next !== undefined) return next;
    const placed = remembered.pop();
    return placed && pay(placed);
  };
}

function reads(client: HttpClient): Calls {
  const paths = remembered.map(({ orderId }) => `/v1/orders/${orderId}`);
  return () => async () => (await client.get(paths[Math.floor(Math.random() * paths.length)] ?? '/')).status;
}

function promises(client: HttpClient, { count = 1 }: LoadJob): Calls {
  const bodies = Array.from({ length: count }, (_, index) =>
    Buffer.from(JSON.stringify({ requests: [laneAt(index)] })),
  );
  const any = (): Buffer => bodies[Math.floor(Math.random() * bodies.length)] ?? Buffer.alloc(0);
  return () => async () => (await client.post('/v1/promises', any())).status;
}

/** Each in turn, `count` of them in all. */
function named(client: HttpClient, { paths = [], count = Number.POSITIVE_INFINITY, expected }: LoadJob): Calls {
  let next = 0;
  return () => {
    if (next >= count) return undefined;
    const path = paths[next % paths.length] ?? '/';
    next += 1;
    return async () => {
      const { status } = await client.get(path);
      return status === expected ? 200 : status;
    };
  };
}

async function collect(client: HttpClient): Promise<(readonly [string, string])[]> {
  const answers = remembered.map(async ({ orderId }) => {
    const { body } = await client.get(`/v1/orders/${orderId}`);
    return [orderId, body.toString()] as const;
  });
  return Promise.all(answers);
}

function callsOf(client: HttpClient, job: LoadJob): Calls {
  if (job.kind === 'advance') return transitions(client);
  if (job.kind === 'promise') return promises(client, job);
  if (job.kind === 'paths') return named(client, job);
  return job.kind === 'read' ? reads(client) : placements(client, job);
}

answerJobs<LoadJob, LoadAnswer>(async (job) => {
  const client = await HttpClient.open(job.origin, job.token, job.connections);
  try {
    if (job.kind === 'collect')
      return { ...(await loadClosed(() => undefined, 0, 0)), documents: await collect(client) };
    const calls = callsOf(client, job);
    if (job.perSec !== undefined) return await loadPaced(calls, job.seconds, job.perSec);
    return await loadClosed(calls, job.seconds, job.inFlight ?? job.connections);
  } finally {
    client.close();
  }
});
