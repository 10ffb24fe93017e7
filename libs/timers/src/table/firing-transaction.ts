/**
 * One transaction for a batch: the gate, then the effects of those that passed. A batch that breaks is halved until what breaks it stands
 * alone, so that one poisonous effect costs some nine more transactions and not its neighbours.
 */
import { invariant } from '@ordo/kernel';
import { affectedRowsOf, isDeadlock, type NodeConnection, type NodePool, toOrdoError } from '@ordo/sharding';
import { groupedBy } from '../slot/grouped-by.js';
import type { Handled } from './handler-run.js';
import type { TimerRepository } from './timer.repository.js';

export type Settled =
  | { readonly kind: 'fired' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'broken'; readonly error: unknown };

/** Two batches that touch each other's rows through their effects: the server ended one, and nothing of it is left. */
const DEADLOCK_RETRIES = 3;

export class FiringTransaction {
  constructor(
    private readonly pool: NodePool,
    private readonly repository: TimerRepository,
  ) {}

  /** One outcome per id. Throws a Transient when the node is away: then nothing is known. */
  async settle(batch: readonly Handled[]): Promise<Map<string, Settled>> {
    if (batch.length === 0) return new Map();
    try {
      return await this.commit(batch);
    } catch (error) {
      const explained = toOrdoError(error, this.pool.name);
      if (explained.family === 'transient') throw explained;
      const [only] = batch;
      if (batch.length === 1 && only !== undefined) return new Map([[only.row.id, { kind: 'broken', error }]]);
      const middle = batch.length >> 1;
      const first = await this.settle(batch.slice(0, middle));
      const second = await this.settle(batch.slice(middle));
      return new Map([...first, ...second]);
    }
  }

  private async commit(batch: readonly Handled[]): Promise<Map<string, Settled>> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.pool.use((connection) => this.transact(connection, batch));
      } catch (error) {
        if (!isDeadlock(error) || attempt > DEADLOCK_RETRIES) throw error;
      }
    }
  }

  private async transact(connection: NodeConnection, batch: readonly Handled[]): Promise<Map<string, Settled>> {
    const rows = batch.map(({ row }) => row);
    if ((await this.repository.fire(connection, rows, 'BEGIN')) === rows.length) {
      await this.end(connection, batch);
      return new Map(rows.map(({ id }) => [id, { kind: 'fired' }]));
    }
    // Some of them were cancelled, moved or fired since they were read. Which, is only certain under lock.
    await connection.query('ROLLBACK');
    const passing = await this.repository.lockPassing(connection, rows);
    const passed = batch.filter(({ row }) => passing.has(row.id));
    if (passed.length > 0) {
      const changed = await this.repository.fire(
        connection,
        passed.map(({ row }) => row),
        'DO 0',
      );
      invariant(changed === passed.length, `${changed} of ${passed.length} locked timers were fired`);
    }
    await this.end(connection, passed);
    return new Map(rows.map(({ id }) => [id, { kind: passing.has(id) ? 'fired' : 'refused' }]));
  }

  /** The effects, and COMMIT where nothing remains to be checked after them. */
  private async end(connection: NodeConnection, passed: readonly Handled[]): Promise<void> {
    const inserts = groupedBy(
      passed.flatMap(({ effects }) => effects.inserts ?? []),
      ({ into }) => into,
    );
    const inserting = [...inserts].map(([into, group]) => `${into} VALUES ${group.map(({ row }) => row).join(',')}`);
    const updates = passed.flatMap(({ effects }) => effects.updates ?? []);
    if (updates.length === 0) {
      await connection.query([...inserting, 'COMMIT'].join('; '));
      return;
    }
    const [, ...results] = await connection.query<unknown[]>(['DO 0', ...updates].join('; '));
    for (const result of results) {
      invariant(affectedRowsOf(result) === 1, `an effect changed ${affectedRowsOf(result)} rows instead of one`);
    }
    await connection.query([...inserting, 'COMMIT'].join('; '));
  }
}
