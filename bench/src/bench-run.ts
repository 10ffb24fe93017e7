/** What every bench has at hand: the app's processes, the floor, the load and the tables; and that all of it ends with the bench. */
import { setTimeout as sleep } from 'node:timers/promises';
import { issueToken } from '@ordo/configuration';
import { callerGrants, Role, roles } from '@ordo/contracts';
import { type EndingJob, endOrders } from './aftersale/order-endings.js';
import { ReverseSide } from './aftersale/reverse-side.js';
import type { FanOutAnswer, FanOutJob } from './broadcast/fan-out-job.js';
import type { BareReadJob } from './floor/bare-read-program.js';
import type { FloorJob, FloorResult } from './floor/floor-program.js';
import type { ConsumerJob } from './load/consumer-program.js';
import type { LoadAnswer, LoadJob } from './load/load-program.js';
import { ChildProgram } from './programs/child-program.js';
import { holdForward } from './subject/forward-cores.js';
import { OrderProcess } from './subject/order-process.js';
import { OrderTables } from './subject/order-tables.js';
import { laneWithHours } from './workload/lanes.js';

const HOUR_SECONDS = 3_600;
const LANES_AT_ONCE = 200;
const LOOK_EVERY_MS = 100;

type Started<Job> = Omit<Job, 'seed' | 'origin' | 'token'>;

export class Bench {
  readonly tables: OrderTables;
  private readonly floorProgram: ChildProgram<FloorJob, FloorResult>;
  private readonly loadProgram: ChildProgram<LoadJob, LoadAnswer>;
  private readonly processes = new Map<string, OrderProcess>();
  private readonly programs: { stop(): Promise<void> }[] = [];
  /** Another one for every job: no two rounds place the same orders. */
  private seed = Date.now() % 1_000_000_000;

  private constructor(private readonly token: string) {
    this.tables = new OrderTables(process.env);
    this.floorProgram = this.owned(ChildProgram.start(new URL('./floor/floor-program.js', import.meta.url)));
    this.loadProgram = this.owned(ChildProgram.start(new URL('./load/load-program.js', import.meta.url)));
    holdForward(this.loadProgram.pid);
  }

  static async open(): Promise<Bench> {
    const {
      ORDO_AUTH_KEYS: keys = '',
      ORDO_AUTH_ISSUER: issuer = 'ordo',
      ORDO_AUTH_AUDIENCE: audience = 'ordo',
    } = process.env;
    const serviceRoles = roles.filter((role) => role !== Role.USER && role !== Role.MERCHANT);
    const request = { subject: 'service:bench', issuer, audience, lifetimeSeconds: HOUR_SECONDS };
    return new Bench(await issueToken(keys, { ...request, grants: callerGrants, roles: serviceRoles }));
  }

  say(line: string): void {
    console.log(`  ${line}`);
  }

  async startOrder(role: 'api' | 'worker'): Promise<OrderProcess> {
    const started = await OrderProcess.start(role);
    this.processes.set(role, started);
    return started;
  }

  async stopOrder(role: 'api' | 'worker'): Promise<void> {
    await this.processes.get(role)?.stop();
    this.processes.delete(role);
  }

  /** The worker fills the rooms, the api reads them. */
  async startDelivery(role: 'api' | 'worker'): Promise<void> {
    const started = await OrderProcess.start(role, 'delivery', { ORDO_SERVICE_TOKEN: this.token });
    this.processes.set(`delivery-${role}`, started);
  }

  async stopDelivery(role: 'api' | 'worker'): Promise<void> {
    await this.processes.get(`delivery-${role}`)?.stop();
    this.processes.delete(`delivery-${role}`);
  }

  get deliveryOrigin(): string {
    return this.processes.get('delivery-api')?.origin ?? '';
  }

  /** Lanes in the truth and in both rooms. */
  async supplyLanes(count: number): Promise<void> {
    for (let from = 0; from < count; from += LANES_AT_ONCE) {
      const indexes = Array.from({ length: Math.min(LANES_AT_ONCE, count - from) }, (_, at) => from + at);
      await this.ask('PUT', '/v1/promise-lanes', { lanes: indexes.map(laneWithHours) });
    }
    await this.ask('POST', '/v1/promise-rooms/loads', { mode: 'FULL' });
    for (let complete = false; !complete; ) {
      const { rooms } = (await this.ask('GET', '/v1/promise-rooms')) as {
        rooms: readonly { isComplete: boolean; debts: number }[];
      };
      complete = rooms.every(({ isComplete, debts }) => isComplete && debts === 0);
      if (!complete) await sleep(LOOK_EVERY_MS);
    }
  }

  /** Answers the origin of the bare program. */
  startBarePromise(): Promise<string> {
    const entry = new URL('./floor/bare-promise-program.js', import.meta.url);
    return this.owned(ChildProgram.start<object, string>(entry)).ask({});
  }

  /** Both roles in one process, and the simulated channel that it pays through. */
  async startAftersale(): Promise<ReverseSide> {
    const address = this.processes.get('api')?.grpcAddress ?? '';
    const side = await ReverseSide.start(address, this.token);
    this.programs.push(side);
    return side;
  }

  /** Places, pays and ends orders over the order API, so that their money goes back. */
  endOrders(job: EndingJob): Promise<number> {
    return endOrders(job, this.processes.get('api')?.origin ?? '', this.token, this.nextSeed());
  }

  floor(job: Started<FloorJob>): Promise<FloorResult> {
    return this.floorProgram.ask({ ...job, seed: this.nextSeed() });
  }

  /** Loads the api process, or `origin`. */
  load(job: Started<LoadJob> & { readonly origin?: string }): Promise<LoadAnswer> {
    const origin = job.origin ?? this.processes.get('api')?.origin ?? '';
    return this.loadProgram.ask({ ...job, origin, token: this.token, seed: this.nextSeed() });
  }

  /** The documents of the remembered orders, read through the api, which also warms its cache. */
  async documents(): Promise<BareReadJob['documents']> {
    const { documents = [] } = await this.load({ kind: 'collect', seconds: 0, connections: 16 });
    return documents;
  }

  /** Answers the origin of the bare program. */
  startBareRead(documents: BareReadJob['documents']): Promise<string> {
    const entry = new URL('./floor/bare-read-program.js', import.meta.url);
    return this.owned(ChildProgram.start<BareReadJob, string>(entry)).ask({ documents });
  }

  async startConsumer(): Promise<{ collect(): Promise<number[]> }> {
    const program = this.owned(
      ChildProgram.start<ConsumerJob, number[]>(new URL('./load/consumer-program.js', import.meta.url)),
    );
    await program.ask('listen');
    return { collect: () => program.ask('collect') };
  }

  startFanOut(): ChildProgram<FanOutJob, FanOutAnswer> {
    return this.owned(ChildProgram.start(new URL('./broadcast/fan-out-program.js', import.meta.url)));
  }

  async close(): Promise<void> {
    await Promise.all([...this.processes.values(), ...this.programs].map((each) => each.stop()));
    await this.tables.close();
  }

  private async ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.deliveryOrigin}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path} answers ${response.status}: ${await response.text()}`);
    return response.json();
  }

  private owned<Program extends { stop(): Promise<void> }>(program: Program): Program {
    this.programs.push(program);
    return program;
  }

  private nextSeed(): number {
    this.seed += 1;
    return this.seed;
  }
}
