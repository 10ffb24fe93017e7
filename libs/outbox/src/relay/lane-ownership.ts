/**
 * One owner per lane at a time, by named locks of the node whose outbox the lanes drain: the lock dies with its connection, so a
 * killed owner's lanes are free at once, and the loss of one node stops no other. The coordination library replaces this (leases
 * with epochs), because a named lock cannot fence an owner that was frozen and wakes up.
 */
import { LANE_COUNT, type NodeConnection, type NodePool } from '@ordo/sharding';

/** How often a standby tries again, and an owner proves that its connection still lives. */
const BEAT_MS = 500;

const ALL_LANES: readonly number[] = Array.from({ length: LANE_COUNT }, (_, lane) => lane);

export class LaneOwnership {
  private held: readonly number[] = [];
  private generation = 0;
  private stopped = false;
  private wake: (() => void) | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly pool: NodePool,
    private readonly onChange: () => void,
  ) {}

  /** The lanes owned now; empty while another worker owns them or the node is away. */
  get lanes(): readonly number[] {
    return this.held;
  }

  /** Rises with every acquisition, so that a relay can see that it must forget what it knew of its lanes. */
  get tenure(): number {
    return this.generation;
  }

  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.wake?.();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      await this.pool.use((connection) => this.hold(connection)).catch(() => undefined);
      this.held = [];
      if (!this.stopped) await this.pause();
    }
  }

  private async hold(connection: NodeConnection): Promise<void> {
    while (!this.stopped) {
      await this.acquireMissing(connection);
      await this.pause();
    }
    await connection.query(ALL_LANES.map((lane) => `DO RELEASE_LOCK('ordo.lane.${lane}')`).join(';'));
    this.held = [];
  }

  /** Also the proof of life: it throws when the connection, and with it every lock, is gone. */
  private async acquireMissing(connection: NodeConnection): Promise<void> {
    const missing = ALL_LANES.filter((lane) => !this.held.includes(lane));
    const asked = missing.map((lane) => `GET_LOCK('ordo.lane.${lane}',0) AS lane${lane}`);
    const [row] = await connection.query<Record<string, number | string | null>[]>(
      `SELECT ${['1 AS alive', ...asked].join(', ')}`,
    );
    const acquired = missing.filter((lane) => Number(row?.[`lane${lane}`]) === 1);
    if (acquired.length === 0) return;
    this.held = [...this.held, ...acquired].sort((a, b) => a - b);
    this.generation += 1;
    this.onChange();
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, BEAT_MS);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
