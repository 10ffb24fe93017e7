/** What every fault spec stands on: processes of the app, an independent consumer, both dimensions, and the accountant over them. */
import { anIdWhere, aPlaceOrder, aServiceToken, type PlaceOrderBody } from '@ordo/testing';
import { Accountant } from './accountant.js';
import { forgetDeadlines } from './backlog.js';
import { DimensionReader } from './dimension-reader.js';
import { EventRecorder, type EventRecorderOptions } from './event-recorder.js';
import { OrderFleet } from './order-fleet.js';
import { OrderLoad, type OrderLoadOptions } from './order-load.js';
import type { OrderProcess } from './order-process.js';

export interface FaultStageOptions {
  readonly apis?: number;
  readonly recorder?: (reader: DimensionReader) => EventRecorderOptions;
}

type LoadOptions = Partial<OrderLoadOptions> & Pick<OrderLoadOptions, 'clients'>;

export class FaultStage {
  private readonly loads: OrderLoad[] = [];

  private constructor(
    readonly fleet: OrderFleet,
    readonly apis: OrderProcess[],
    public worker: OrderProcess,
    readonly reader: DimensionReader,
    readonly recorder: EventRecorder,
    readonly accountant: Accountant,
    readonly token: string,
  ) {}

  /** Everything is ready to serve, and everything published from now on is recorded. */
  static async open({ apis = 1, recorder }: FaultStageOptions = {}): Promise<FaultStage> {
    const fleet = new OrderFleet();
    const reader = new DimensionReader();
    const [recording] = await Promise.all([EventRecorder.open(recorder?.(reader) ?? {}), forgetDeadlines()]);
    const [worker, ...started] = await Promise.all([
      fleet.start('worker'),
      ...Array.from({ length: apis }, () => fleet.start('api')),
    ]);
    const accountant = new Accountant(reader, recording);
    return new FaultStage(fleet, started, worker, reader, recording, accountant, await aServiceToken());
  }

  get api(): OrderProcess {
    const [first] = this.apis;
    if (first === undefined) throw new Error('the stage has no api');
    return first;
  }

  /** Beside the first api, or instead of one that has ended: then on its ports, so that who knew it finds this one. */
  async startApi(successorOf?: OrderProcess): Promise<OrderProcess> {
    const api = await this.fleet.start('api', successorOf);
    this.apis.splice(0, successorOf === undefined ? 0 : 1, api);
    return api;
  }

  /** The worker of the stage from now on; what becomes of the one before it is the caller's. */
  async startWorker(): Promise<OrderProcess> {
    this.worker = await this.fleet.start('worker');
    return this.worker;
  }

  /** For the next case: one living api and one living worker at least, whatever the last one has killed. */
  async again(): Promise<void> {
    await this.quiet();
    const living = this.apis.filter(({ hasEnded }) => !hasEnded);
    this.apis.splice(0, this.apis.length, ...living);
    await Promise.all([
      living.length === 0 ? this.startApi() : undefined,
      this.worker.hasEnded ? this.startWorker() : undefined,
    ]);
  }

  /** A load on every api of the stage; whole bodies of the default kind unless the options say otherwise. */
  load(options: LoadOptions): OrderLoad {
    const load = OrderLoad.start({
      ...{ urls: this.apis.map(({ url }) => url), token: this.token, body: () => aPlaceOrder() },
      ...options,
    });
    this.loads.push(load);
    return load;
  }

  /** A body whose user's authority and whose merchant's projection lie on these nodes. */
  bodyOn(userNode: number, merchantNode: number): PlaceOrderBody {
    const { placement } = this.reader;
    return aPlaceOrder({
      userId: anIdWhere((shard) => placement.userNode(shard) === userNode),
      merchantId: anIdWhere((shard) => placement.merchantNode(shard) === merchantNode),
    });
  }

  /** A case that failed left its clients running: they would be a load on the next one. */
  async quiet(): Promise<void> {
    await Promise.all(this.loads.splice(0).map((load) => load.abandon()));
  }

  async close(): Promise<void> {
    await this.quiet();
    await this.fleet.end();
    await this.recorder.close();
    await this.reader.close();
  }
}
