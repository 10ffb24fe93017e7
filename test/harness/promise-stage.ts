/**
 * The promise service as it is deployed: two apis, one in each room, and a worker that keeps the rooms; with lanes that both rooms hold, and
 * callers who ask without a break and remember every answer.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { aServiceToken, eventually, testStack } from '@ordo/testing';
import { Redis } from 'ioredis';
import { forgetEvents } from './backlog.js';
import { OrderProcess } from './order-process.js';
import { RestClient } from './rest-client.js';

export type RoomName = 'A' | 'B';

export interface PromiseStatusBody {
  readonly switch: { readonly version: number; readonly readFrom: string; readonly writeTo: string };
  readonly isObeyed: boolean;
  readonly rooms: readonly {
    readonly room: RoomName;
    readonly isComplete: boolean;
    readonly loadedLanes: number;
    readonly owesFullBecause: string | null;
    readonly debts: number;
  }[];
  readonly instances: readonly { readonly instance: string; readonly switchVersion: number }[];
}

/** One answer that a caller got. */
export interface Asked {
  readonly atMs: number;
  readonly tookMs: number;
  readonly status: number;
  readonly degraded: boolean;
  readonly room: RoomName | null;
  readonly durationMinutes: number | null;
}

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const READY_MS = 20_000;

export const aLane = (name: string, durationMinutes = 35) => ({
  ...{ originArea: `spec-${name}`, destinationArea: 'spec-home', serviceProduct: 'standard' },
  bands: HOURS.map((hour) => ({ hour, durationMinutes })),
});

export const wanted = (name: string, more: Readonly<Record<string, unknown>> = {}) => ({
  ...{ originArea: `spec-${name}`, destinationArea: 'spec-home', serviceProduct: 'standard' },
  ...more,
});

export class PromiseStage {
  private constructor(
    readonly apis: Readonly<Record<RoomName, OrderProcess>>,
    readonly worker: OrderProcess,
    readonly client: RestClient,
    readonly rooms: Readonly<Record<RoomName, Redis>>,
    private readonly token: string,
  ) {}

  static async open(): Promise<PromiseStage> {
    const [urlA = '', urlB = ''] = testStack().redisPromiseUrls;
    const started: OrderProcess[] = [];
    await forgetEvents('ordo.order.delivery.hand-off');
    const token = await aServiceToken();
    const start = async (roles: string, room: RoomName): Promise<OrderProcess> => {
      const environment = { ORDO_PROMISE_ROOM: room, ORDO_SERVICE_TOKEN: token };
      const process = await OrderProcess.start({ app: 'delivery', roles, environment, untilReady: false });
      started.push(process);
      return process;
    };
    try {
      const worker = await start('worker', 'A');
      const apis = { A: await start('api', 'A'), B: await start('api', 'B') };
      await Promise.all(started.map((process) => process.ready()));
      const open = (url: string): Redis => new Redis(url, { maxRetriesPerRequest: 0 }).on('error', () => undefined);
      const client = new RestClient(apis.A.url, token);
      const stage = new PromiseStage(apis, worker, client, { A: open(urlA), B: open(urlB) }, token);
      await stage.settled();
      return stage;
    } catch (error) {
      await Promise.all(started.map((process) => process.kill()));
      throw error;
    }
  }

  clientOf(room: RoomName): RestClient {
    return new RestClient(this.apis[room].url, this.token);
  }

  async status(): Promise<PromiseStatusBody> {
    const { status, body } = await this.client.get<PromiseStatusBody>('/v1/promise-rooms');
    if (status !== 200) throw new Error(`the status answers ${status}: ${JSON.stringify(body)}`);
    return body;
  }

  /** Both rooms hold everything, and owe nothing. */
  settled(withinMs = READY_MS): Promise<PromiseStatusBody> {
    const look = async (): Promise<PromiseStatusBody | undefined> => {
      const status = await this.status();
      return status.rooms.every(({ isComplete, debts }) => isComplete && debts === 0) ? status : undefined;
    };
    return eventually(look, 'both rooms are complete and owed nothing', withinMs);
  }

  /** Lanes of these names in both rooms. */
  async lanes(names: readonly string[], durationMinutes = 35): Promise<void> {
    const { status, body } = await this.client.send('PUT', '/v1/promise-lanes', {
      lanes: names.map((name) => aLane(name, durationMinutes)),
    });
    if (status !== 200) throw new Error(`lanes answer ${status}: ${JSON.stringify(body)}`);
    await this.settled();
  }

  async throwSwitch(
    readFrom: string,
    writeTo: string,
  ): Promise<{ readonly status: number; readonly obeyedAfterMs: number }> {
    const begun = performance.now();
    const { status } = await this.client.send('PUT', '/v1/promise-rooms/switch', { readFrom, writeTo });
    if (status === 200) await eventually(async () => (await this.status()).isObeyed, 'every instance obeys', 5_000);
    return { status, obeyedAfterMs: performance.now() - begun };
  }

  /** `clients` callers of each api, one question after the other, until `during` has ended. */
  async askWhile(during: () => Promise<void>, name: string, clients = 4): Promise<readonly Asked[]> {
    const asked: Asked[] = [];
    let goesOn = true;
    const callers = (['A', 'B'] as const).flatMap((home) =>
      Array.from({ length: clients }, async () => {
        while (goesOn) {
          asked.push(await this.ask(home, name));
          await pause(2);
        }
      }),
    );
    try {
      await during();
    } finally {
      goesOn = false;
      await Promise.all(callers);
    }
    return asked;
  }

  async ask(home: RoomName, name: string): Promise<Asked> {
    const atMs = performance.now();
    const answer = await this.clientOf(home)
      .post<Record<string, unknown>>('/v1/promises', { requests: [wanted(name)] })
      .catch((): { status: number; body: Record<string, unknown> } => ({ status: 0, body: {} }));
    const [promise] = (answer.body['promises'] ?? []) as { durationMinutes: number }[];
    return {
      ...{ atMs, tookMs: performance.now() - atMs, status: answer.status },
      degraded: answer.body['degraded'] === true,
      room: (answer.body['room'] ?? null) as RoomName | null,
      durationMinutes: promise?.durationMinutes ?? null,
    };
  }

  async close(): Promise<void> {
    await this.throwSwitch('AUTO', 'BOTH').catch(() => undefined);
    await Promise.all([this.worker, this.apis.A, this.apis.B].map((process) => process.kill()));
    for (const room of Object.values(this.rooms)) room.disconnect();
  }
}
