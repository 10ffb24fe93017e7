/**
 * The relay of one node's outbox: read the oldest rows of its lanes, project them, publish them, forget them. One loop per node, so
 * that the order of an order's events (P3) needs no further agreement.
 *
 * - A merchant node that is away parks the orders that live there, in order, and no others.
 * - A broker that is away does not stop the projection: rows wait as PROJECTED and go out first when it is back.
 * - A refused or returned message parks its order; it is tried again, and never counted as sent.
 * - A row that cannot be projected is found by halving and parked alone; so is one of which no message can be made.
 * - A lane that another worker took in the middle of a pass ends the pass: nothing of it is published once trust is gone, and no row
 *   is moved or deleted without asking the lease in the same transaction. What was published by then is published again: a repeat.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Held, isFenced } from '@ordo/coordination';
import { type Clock, Transient } from '@ordo/kernel';
import type { NodePool, NodePools } from '@ordo/sharding';
import { LaneOwnership } from './lane-ownership.js';
import { OutboxRepository, type OutboxRow, OutboxState } from './outbox.repository.js';
import { announced, batchOf, groupByNode } from './relay-batch.js';
import type { NodeRelayOptions, ProjectionPlacement } from './relay-options.js';
import type { EventPublisher, ParkReason, RelayedApp, RelayRecorder } from './relay-ports.js';
import { WakeUp } from './wake-up.js';

/** Ends a pass whose lanes are not all ours any more. No failure: the next owner goes on with them, and we with the others. */
class LanesLost extends Error {}

export class NodeRelay {
  private readonly repository: OutboxRepository;
  private readonly ownership: LaneOwnership;
  private readonly wakeUp = new WakeUp();
  private readonly name: string;
  /** Order → merchant node, for every order that has a parked row. */
  private readonly parked = new Map<string, number>();
  private readonly awayNodes = new Map<number, number>();
  /** Ids of rows that the second cluster has and this one has not: they come by again, and are not handed over again. */
  private readonly handedOver = new Set<string>();
  private tenure = 0;
  /** The lanes of the pass under way, with the epochs under which it began. */
  private held: ReadonlyMap<number, Held> = new Map();
  private passing: Promise<number> = Promise.resolve(0);
  private mayHaveProjected = true;
  private refusedUntilMs: number | undefined;
  private stopping = false;
  private running: Promise<void> | undefined;

  constructor(
    private readonly pool: NodePool,
    private readonly pools: NodePools,
    private readonly placement: ProjectionPlacement,
    private readonly app: RelayedApp,
    private readonly publisher: EventPublisher,
    private readonly recorder: RelayRecorder,
    private readonly setting: NodeRelayOptions & { readonly clock: Clock },
  ) {
    this.name = pool.name;
    this.repository = new OutboxRepository(pool, setting.schema, setting.table);
    this.ownership = new LaneOwnership({
      ...{ pool, schema: setting.schema, table: setting.table, clock: setting.clock },
      onChange: () => this.wakeUp.signal(),
      settled: () => this.settled(),
      onFailed: (error) => recorder.failed(pool.name, error),
    });
  }

  start(): void {
    this.ownership.start();
    this.running ??= this.run();
  }

  /** Tells the relay that a writer has committed. Cheap; may be called for every commit. */
  nudge(): void {
    this.wakeUp.signal();
  }

  /** Ends after the pass under way; what is left in the outbox is the next owner's. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wakeUp.signal();
    await this.running;
    await this.ownership.stop();
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      const startedMs = this.setting.clock.monotonicMs();
      let moved = 0;
      try {
        this.passing = this.pass();
        moved = await this.passing;
      } catch (error) {
        this.passFailed(error);
      }
      if (this.stopping) return;
      if (moved === 0) await this.wakeUp.wait(this.setting.pollMs);
      else if (moved < this.fullPass) await this.space(startedMs);
    }
  }

  private passFailed(error: unknown): void {
    if (isFenced(error)) this.ownership.doubt();
    else if (!(error instanceof LanesLost)) return this.recorder.failed(this.name, error);
    // What was parked in memory and not in the table would wait for ever behind nothing.
    this.tenure = 0;
  }

  private settled(): Promise<void> {
    return this.passing.then(
      () => undefined,
      () => undefined,
    );
  }

  private get fullPass(): number {
    return (this.setting.rowsPerLane * this.held.size) / 2;
  }

  private async space(startedMs: number): Promise<void> {
    const leftMs = startedMs + this.setting.spacingMs - this.setting.clock.monotonicMs();
    if (leftMs > 0) await sleep(leftMs);
  }

  /** One turn; answers how many rows left their state, so that a busy outbox is drained without a pause. */
  private async pass(): Promise<number> {
    const held = this.ownership.owned();
    if (held.length === 0 || this.setting.isReady?.(this.pool.index) === false) return 0;
    this.held = new Map(held.map((lane) => [lane.partition, lane]));
    const lanes = [...this.held.keys()];
    if (this.tenure !== this.ownership.tenure) await this.takeOver(lanes);
    await this.reviveParked(lanes);
    if (this.mayHaveProjected && !(await this.publishProjected(lanes))) return this.projectOnly(lanes);
    const rows = await this.repository.oldest(lanes, OutboxState.READY, this.setting.rowsPerLane);
    const projected = await this.project(rows);
    await this.handOver(projected);
    await this.publish(projected, OutboxState.READY);
    return rows.length;
  }

  private async takeOver(lanes: readonly number[]): Promise<void> {
    const tenure = this.ownership.tenure;
    await this.repository.unpark(lanes);
    this.parked.clear();
    this.handedOver.clear();
    this.mayHaveProjected = true;
    this.tenure = tenure;
  }

  private async project(rows: readonly OutboxRow[]): Promise<OutboxRow[]> {
    const { ready, behindParked } = batchOf(rows, this.parked);
    await this.park(behindParked, 'behind');
    const groups = groupByNode(ready, (row) => this.placement.merchantNode(row.merchantShard));
    const projected = await Promise.all([...groups].map(([node, group]) => this.projectGroup(node, group)));
    return projected.flat();
  }

  private async projectGroup(node: number, rows: readonly OutboxRow[]): Promise<readonly OutboxRow[]> {
    if (this.awayNodes.has(node)) {
      await this.park(rows, 'merchant-node');
      return [];
    }
    try {
      await this.app.project(node, rows);
      const oldestMs = Math.min(...rows.map((row) => row.occurredAt));
      this.recorder.projected(this.name, rows.length, this.setting.clock.nowMs() - oldestMs);
      return rows;
    } catch (error) {
      return this.projectAfter(error, node, rows);
    }
  }

  private async projectAfter(error: unknown, node: number, rows: readonly OutboxRow[]): Promise<readonly OutboxRow[]> {
    if (error instanceof Transient) {
      this.awayNodes.set(node, this.setting.clock.monotonicMs() + this.setting.probeMs);
      await this.park(rows, 'merchant-node');
      return [];
    }
    this.recorder.failed(this.name, error);
    if (rows.length === 1) {
      await this.parkForAWhile(rows, 'poison');
      return [];
    }
    const middle = rows.length >> 1;
    const first = await this.projectGroup(node, rows.slice(0, middle));
    return [...first, ...(await this.projectGroup(node, rows.slice(middle)))];
  }

  /** What can be read in both dimensions is the second cluster's to tell, before the first one is asked: neither waits for the other. */
  private async handOver(rows: readonly OutboxRow[]): Promise<void> {
    const { handsOver, onHandedOver } = this.setting;
    const { index } = this.pool;
    const chosen = rows.filter((row) => handsOver?.(row, index) && !this.handedOver.has(row.id));
    if (chosen.length === 0) return;
    await this.repository.handOver(chosen, this.guardOf(chosen));
    for (const { id } of chosen) this.handedOver.add(id);
    onHandedOver?.(index);
  }

  private forgetHandedOver(rows: readonly OutboxRow[]): void {
    if (this.handedOver.size > 0) for (const { id } of rows) this.handedOver.delete(id);
  }

  /** Publishes rows that are in `state`; answers whether the broker took part. */
  private async publish(given: readonly OutboxRow[], state: OutboxState): Promise<boolean> {
    const { rows, events, without } = announced(given, this.app, this.setting.clock.nowMs());
    for (const { error } of without) this.recorder.failed(this.name, error);
    await this.parkForAWhile(
      without.map(({ row }) => row),
      'no-event',
      state,
    );
    if (rows.length === 0) return true;
    this.insistOn(rows);
    const outcomes = await this.publisher.publishWindow(events);
    const confirmed = rows.filter((_, index) => outcomes[index] === 'confirmed');
    const unconfirmed = rows.filter((_, index) => outcomes[index] === 'unconfirmed');
    const declined = rows.filter((_, index) => outcomes[index] === 'returned' || outcomes[index] === 'refused');
    this.count(outcomes);
    await this.repository.remove(confirmed, state, this.guardOf(confirmed));
    await this.parkForAWhile(declined, 'refused', state);
    if (unconfirmed.length > 0) this.mayHaveProjected = true;
    this.forgetHandedOver([...confirmed, ...unconfirmed]);
    if (state === OutboxState.READY) {
      await this.repository.move(unconfirmed, state, OutboxState.PROJECTED, this.guardOf(unconfirmed));
    }
    return unconfirmed.length === 0;
  }

  /** Throws LanesLost unless the lanes of all `rows` are surely ours under the epochs of this pass. */
  private insistOn(rows: readonly OutboxRow[]): void {
    for (const lane of this.lanesOf(rows)) {
      if (!this.ownership.holds(lane)) throw new LanesLost(`lane ${lane.partition} of ${this.name} has another owner`);
    }
  }

  private guardOf(rows: readonly OutboxRow[]): string {
    return rows.length === 0 ? '' : this.ownership.guard(this.lanesOf(rows));
  }

  private lanesOf(rows: readonly OutboxRow[]): readonly Held[] {
    return [...new Set(rows.map(({ lane }) => lane))].flatMap((lane) => this.held.get(lane) ?? []);
  }

  private count(outcomes: readonly string[]): void {
    for (const outcome of ['confirmed', 'returned', 'refused', 'unconfirmed'] as const) {
      const count = outcomes.filter((each) => each === outcome).length;
      if (count > 0) this.recorder.published(this.name, outcome, count);
    }
  }

  /** What waited for the broker goes out before anything newer; answers whether none is left. */
  private async publishProjected(lanes: readonly number[]): Promise<boolean> {
    while (this.publisher.isConnected && !this.stopping) {
      const rows = await this.repository.oldest(lanes, OutboxState.PROJECTED, this.setting.rowsPerLane);
      if (rows.length === 0) {
        this.mayHaveProjected = false;
        return true;
      }
      const { ready, behindParked } = batchOf(rows, this.parked);
      await this.park(behindParked, 'behind', OutboxState.PROJECTED);
      if (!(await this.publish(ready, OutboxState.PROJECTED))) return false;
    }
    return false;
  }

  /** The broker is away: merchants still see their orders, and the events wait in order. */
  private async projectOnly(lanes: readonly number[]): Promise<number> {
    const rows = await this.repository.oldest(lanes, OutboxState.READY, this.setting.rowsPerLane);
    const projected = await this.project(rows);
    await this.handOver(projected);
    this.forgetHandedOver(projected);
    await this.repository.move(projected, OutboxState.READY, OutboxState.PROJECTED, this.guardOf(projected));
    return rows.length;
  }

  /** They are tried again after a pause, for ever: what ails them may be mended without us. */
  private async parkForAWhile(rows: readonly OutboxRow[], reason: ParkReason, from?: OutboxState): Promise<void> {
    if (rows.length === 0) return;
    this.refusedUntilMs ??= this.setting.clock.monotonicMs() + this.setting.refusedRetryMs;
    await this.park(rows, reason, from);
  }

  private async park(
    rows: readonly OutboxRow[],
    reason: ParkReason,
    from: OutboxState = OutboxState.READY,
  ): Promise<void> {
    if (rows.length === 0) return;
    for (const row of rows) this.parked.set(row.orderId, this.placement.merchantNode(row.merchantShard));
    await this.repository.move(rows, from, OutboxState.PARKED, this.guardOf(rows));
    this.recorder.parked(this.name, reason, rows.length);
  }

  /** Lets parked orders go on when their merchant node answers again, or when a refused message is due for another try. */
  private async reviveParked(lanes: readonly number[]): Promise<void> {
    const nowMs = this.setting.clock.monotonicMs();
    for (const [node, probeAtMs] of this.awayNodes) {
      if (nowMs < probeAtMs) continue;
      if (await this.answers(node)) await this.revive(lanes, node);
      else this.awayNodes.set(node, this.setting.clock.monotonicMs() + this.setting.probeMs);
    }
    if (this.refusedUntilMs === undefined || nowMs < this.refusedUntilMs) return;
    this.refusedUntilMs = undefined;
    for (const { index } of this.pools.all) if (!this.awayNodes.has(index)) await this.revive(lanes, index);
  }

  private async revive(lanes: readonly number[], node: number): Promise<void> {
    await this.repository.unpark(lanes, this.placement.merchantShardsOf(node));
    this.awayNodes.delete(node);
    for (const [orderId, parkedFor] of this.parked) if (parkedFor === node) this.parked.delete(orderId);
  }

  private answers(node: number): Promise<boolean> {
    const ping = this.pools.at(node).ping();
    return ping.then(
      () => true,
      () => false,
    );
  }
}
