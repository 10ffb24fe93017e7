/** What the promise service tells: Prometheus on one side, the recorder ports of its rooms on the other. */
import type { Logger, Metrics } from '@ordo/platform';
import { Counter, Gauge } from 'prom-client';
import type { LoadRecorder } from '../promise-loading/lane-loader.js';
import type { KeeperRecorder } from '../promise-loading/promise-keeper.js';
import type { Room } from '../promise-rooms/promise-room.js';
import type { ReadRecorder } from '../promise-rooms/room-reader.js';

export class PromiseMetrics implements ReadRecorder, LoadRecorder, KeeperRecorder {
  private readonly reads: Counter<'room' | 'outcome'>;
  private readonly loads: Counter<'room' | 'mode' | 'outcome'>;
  private readonly trust: Gauge<'room'>;
  private readonly debts: Gauge<'room'>;
  private readonly debtAge: Gauge<'room'>;
  private readonly fullOwed: Gauge<'room'>;

  constructor(
    { registry }: Metrics,
    private readonly logger: Logger,
  ) {
    const registers = [registry];
    this.reads = new Counter({
      ...{ name: 'ordo_promise_reads_total', help: 'Reads of lanes by room and outcome (own, retry, other, none).' },
      ...{ labelNames: ['room', 'outcome'] as const, registers },
    });
    this.loads = new Counter({
      ...{ name: 'ordo_promise_lanes_loaded_total', help: 'Lanes written into a room, by mode and outcome.' },
      ...{ labelNames: ['room', 'mode', 'outcome'] as const, registers },
    });
    const gauge = (name: string, help: string): Gauge<'room'> =>
      new Gauge({ name, help, labelNames: ['room'] as const, registers });
    this.trust = gauge('ordo_promise_room_used', '1 while this process reads the room.');
    this.debts = gauge('ordo_promise_room_debts', 'Lanes that a room does not hold yet.');
    this.debtAge = gauge('ordo_promise_room_oldest_debt_seconds', 'Age of the oldest of them.');
    this.fullOwed = gauge('ordo_promise_room_owes_full', '1 while only a full load makes the room complete.');
  }

  trustChanged(room: Room, trusted: boolean, reason: string): void {
    this.trust.labels(room).set(trusted ? 1 : 0);
    if (trusted) this.logger.info('a promise room is used', { room });
    else this.logger.warn('a promise room is left alone', { room, reason });
  }

  lanesRead(room: Room | null, outcome: string): void {
    this.reads.labels(room ?? 'none', outcome).inc();
  }

  lanesLoaded(room: Room, mode: string, outcome: string, lanes: number): void {
    this.loads.labels(room, mode, outcome).inc(lanes);
    if (mode === 'full') this.logger.info('a full load of a promise room ended', { room, outcome, lanes });
  }

  roomOwes(room: Room, debts: number, oldestAgeMs: number, full: boolean): void {
    this.debts.labels(room).set(debts);
    this.debtAge.labels(room).set(oldestAgeMs / 1_000);
    this.fullOwed.labels(room).set(full ? 1 : 0);
  }

  roomFailed(room: Room, error: unknown): void {
    this.logger.error('a promise room could not be brought up to date; it is tried again', { room, error });
  }

  purged(rows: number): void {
    this.logger.info('hours of lanes that were deleted long ago are purged', { rows });
  }

  failed(error: unknown): void {
    this.logger.warn('the promise keeper could not look', { error });
  }
}
