/** The promise service of one process: reader and desks for the role `api`, the keeper for the role `worker`, the switch for both. */
import { CONTROL_NODE, type Links } from '@ordo/assembly';
import { Lease, processIdentity } from '@ordo/coordination';
import { systemClock } from '@ordo/kernel';
import type { HealthRegistry, Logger, Metrics } from '@ordo/platform';
import { PromiseDesk } from '../promise-answers/promise-desk.js';
import { PromiseTokens } from '../promise-answers/promise-token.js';
import { MinuteOfDay } from '../promise-lanes/minute-of-day.js';
import { LaneRepository } from '../promise-loading/lane.repository.js';
import { LaneDebtRepository } from '../promise-loading/lane-debt.repository.js';
import { LaneDesk } from '../promise-loading/lane-desk.js';
import { LaneLoader } from '../promise-loading/lane-loader.js';
import { PromiseKeeper } from '../promise-loading/promise-keeper.js';
import { PromiseRoomRepository } from '../promise-loading/promise-room.repository.js';
import { RoomWriter } from '../promise-loading/room-writer.js';
import { PromiseRoom, type Room, rooms } from '../promise-rooms/promise-room.js';
import { RoomReader } from '../promise-rooms/room-reader.js';
import { PromiseSwitchRepository } from '../promise-switch/promise-switch.repository.js';
import { SwitchWatch } from '../promise-switch/switch-watch.js';
import { DELIVERY_CONTROL_SCHEMA } from '../schemas/delivery-schemas.js';
import type { DeliveryConfig } from './delivery-variables.js';
import { PromiseMetrics } from './promise-metrics.js';

type ByRoom<T> = Readonly<Record<Room, T>>;

const byRoom = <T>(urls: readonly string[], make: (room: Room, url: string) => T): ByRoom<T> => ({
  A: make('A', urls[0] ?? ''),
  B: make('B', urls[1] ?? ''),
});

export class PromiseParts {
  readonly watch: SwitchWatch;
  private readonly metrics: PromiseMetrics;
  private readonly read: ByRoom<PromiseRoom>;
  private readonly switches: PromiseSwitchRepository;
  private readonly lanes: LaneRepository;
  private readonly debts: LaneDebtRepository;
  private readonly states: PromiseRoomRepository;
  private writers: ByRoom<RoomWriter> | undefined;

  constructor(
    private readonly config: DeliveryConfig,
    private readonly links: Links,
    metrics: Metrics,
    logger: Logger,
  ) {
    const control = links.pools.at(CONTROL_NODE);
    this.metrics = new PromiseMetrics(metrics, logger);
    this.read = byRoom(config.redisPromiseUrls, (room, url) => {
      const onChange = (name: Room, trusted: boolean, reason: string): void =>
        this.metrics.trustChanged(name, trusted, reason);
      return new PromiseRoom(room, url, { onChange });
    });
    this.switches = new PromiseSwitchRepository(control);
    this.lanes = new LaneRepository(control, systemClock);
    this.debts = new LaneDebtRepository(control);
    this.states = new PromiseRoomRepository(control);
    this.watch = new SwitchWatch(this.switches, {
      self: { instance: processIdentity(), roles: [...config.roles].join(','), homeRoom: config.promiseRoom },
      rooms: () => rooms.map((room) => `${room}:${this.read[room].isTrusted ? 'used' : 'left'}`).join(','),
      onChange: (obeyed) => logger.info('the promise switch is obeyed', { ...obeyed }),
      onFailed: (error) => logger.warn('the promise switch could not be read; the last known one holds', { error }),
    });
  }

  /** For the role `api`. */
  promiseDesk(): PromiseDesk {
    const { businessTimeZone, deliverySecrets, promiseRoom } = this.config;
    const reader = new RoomReader(this.read, {
      ...{ home: promiseRoom, readFrom: () => this.watch.current.readFrom, recorder: this.metrics },
    });
    return new PromiseDesk(reader, new PromiseTokens(deliverySecrets), new MinuteOfDay(businessTimeZone), systemClock);
  }

  laneDesk(): LaneDesk {
    return new LaneDesk(this.lanes, this.debts, this.states, this.switches, systemClock);
  }

  /** For the role `worker`. */
  keeper(): PromiseKeeper {
    const { lanes, debts, states, metrics } = this;
    const writers = byRoom(this.config.redisPromiseUrls, (room, url) => new RoomWriter(room, url));
    this.writers = writers;
    const loader = new LaneLoader(lanes, debts, states, writers, systemClock, metrics);
    const lease = new Lease({
      ...{ pool: this.links.pools.at(CONTROL_NODE), name: 'promise-keeper', holderId: processIdentity() },
      schema: DELIVERY_CONTROL_SCHEMA,
    });
    const parts = { lanes, debts, states, loader, writers };
    return new PromiseKeeper(parts, lease, () => this.watch.current, systemClock, metrics);
  }

  /** No room is required: without both, promises are degraded, and say so. */
  registerHealth(health: HealthRegistry): void {
    for (const room of rooms) {
      health.register({
        ...{ name: `redis-promise-${room.toLowerCase()}`, kind: 'promise-room', importance: 'optional' },
        probe: () => (this.read[room].isTrusted ? Promise.resolve() : Promise.reject(new Error('left alone'))),
      });
    }
  }

  close(): void {
    for (const room of rooms) {
      this.read[room].close();
      this.writers?.[room].close();
    }
  }
}
