/**
 * One transaction for a batch: the gate, then the effects of those that pass. It is one packet, so a process that stops in the middle of it,
 * for a moment or for ever, leaves no rows locked: the server has all of it or nothing. A batch that breaks is halved until what breaks it
 * stands alone, so that one poisonous effect costs some nine more transactions and not its neighbours.
 */
import { InvariantViolation, type OrdoError } from '@ordo/kernel';
import { isDeadlock, type NodeConnection, type NodePool, nodeUnavailable, toOrdoError } from '@ordo/sharding';
import { groupedBy } from '../slot/grouped-by.js';
import type { Handled } from './handler-run.js';
import type { TimerRepository } from './timer.repository.js';

export type Settled =
  | { readonly kind: 'fired' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'broken'; readonly error: unknown };

/** Two batches that touch each other's rows through their effects: the server ended one, and nothing of it is left. */
const DEADLOCK_RETRIES = 3;
/** Cancelled, moved or fired between reading and firing: each round leaves out what the one before it met. */
const ROUNDS = 5;
/** The largest number there is: one more is an error (1690), which ends a packet where it stands. */
const endUnless = (holds: string): string => `SELECT 18446744073709551615 + IF(${holds}, 0, 1)`;

type Verdict = { readonly kind: 'committed' } | { readonly kind: 'closed' };

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
    const settled = new Map<string, Settled>(batch.map(({ row }) => [row.id, { kind: 'refused' }]));
    let trying = batch;
    for (let round = 1; trying.length > 0; round += 1) {
      if (round > ROUNDS) throw this.contended();
      const { kind } = await this.transact(trying);
      if (kind === 'committed') {
        for (const { row } of trying) settled.set(row.id, { kind: 'fired' });
        break;
      }
      const passing = await this.repository.passing(trying.map(({ row }) => row));
      trying = trying.filter(({ row }) => passing.has(row.id));
    }
    return settled;
  }

  private async transact(batch: readonly Handled[]): Promise<Verdict> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.pool.use((connection) => this.send(connection, batch));
      } catch (error) {
        if (!isDeadlock(error) || attempt > DEADLOCK_RETRIES) throw error;
      }
    }
  }

  /** `closed`: the gate did not take all of them, and nothing happened. */
  private async send(connection: NodeConnection, batch: readonly Handled[]): Promise<Verdict> {
    try {
      await connection.query(this.packet(batch));
      return { kind: 'committed' };
    } catch (error) {
      if (isDeadlock(error) || toOrdoError(error, this.pool.name).family === 'transient') throw error;
      const [, [row]] = await connection.query<[unknown, { gate: string; wrong: string }[]]>(
        'ROLLBACK; SELECT @gate AS gate, @wrong AS wrong',
      );
      if (Number(row?.gate) !== batch.length) return { kind: 'closed' };
      if (Number(row?.wrong) === 0) throw error;
      throw new InvariantViolation(
        'an update of an effect changed none or several rows instead of one',
        {},
        { cause: error },
      );
    }
  }

  private packet(batch: readonly Handled[]): string {
    const inserts = groupedBy(
      batch.flatMap(({ effects }) => effects.inserts ?? []),
      ({ into }) => into,
    );
    const updates = batch.flatMap(({ effects }) => effects.updates ?? []);
    return [
      'SET @gate=0, @wrong=0',
      'BEGIN',
      ...this.repository
        .firing(batch.map(({ row }) => row))
        .flatMap((update) => [update, 'SET @gate=@gate+ROW_COUNT()']),
      endUnless(`@gate=${batch.length}`),
      ...updates.flatMap((update) => [update, 'SET @wrong=@wrong+(ROW_COUNT()<>1)']),
      ...(updates.length > 0 ? [endUnless('@wrong=0')] : []),
      ...[...inserts].map(([into, group]) => `${into} VALUES ${group.map(({ row }) => row).join(',')}`),
      'COMMIT',
    ].join('; ');
  }

  private contended(): OrdoError {
    return nodeUnavailable(this.pool.name, 'contended');
  }
}
