/**
 * The statements that drain an outbox, among some thousands of rows in every state: explained before they run and counted while they run.
 * Each touches the rows that it is about and no other, however much waits. On a real server, in a schema of its own.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { migrations } from '@ordo/migrations';
import { type NodePool, NodePools } from '@ordo/sharding';
import { numbersBelow, StatementWitness } from '@ordo/testing';
import type { QueryRunner } from 'typeorm';
import { OutboxRepository, type OutboxRow, OutboxState, OutboxTable } from './outbox.repository.js';

const SCHEMA = `ordo_spec_drain_${process.pid}`;
const ROWS = 9_000;
const LANES = [0, 1, 2];
const WINDOW = 50;
/** Ends of ranges, and headers. */
const SPARE = 12;
const COLUMNS = 'lane, state, order_id, version, user_shard, merchant_shard, type, occurred_at, trace_parent, payload';
/** The lanes have the owner that they had: nothing to end the transaction for. */
const GUARD = 'DO 0';

describe.each(Object.values(OutboxTable))('the statements that drain %s', (table) => {
  let pools: NodePools;
  let pool: NodePool;
  let witness: StatementWitness;
  let outbox: OutboxRepository;
  const schema = `${SCHEMA}_${table}`;

  beforeAll(async () => {
    pools = new NodePools([(process.env['ORDO_MYSQL_NODES'] ?? '').split(',')[0] ?? ''], { queryDeadlineMs: 20_000 });
    pool = pools.at(0);
    await pool.query(`CREATE DATABASE ${schema}`);
    for (const Migration of migrations.node) {
      const runner = { query: (sql: string) => pool.query(`USE ${schema}; ${sql}; USE ordo_node`) };
      if (/outbox/.test(new Migration().name)) await new Migration().up(runner as unknown as QueryRunner);
    }
    await pool.query(rowsOf(ROWS), { deadlineMs: 20_000 });
    witness = new StatementWitness(pools);
    outbox = new OutboxRepository(witness.pools.at(0), schema, table);
  }, 60_000);

  afterAll(async () => {
    await pool.query(`DROP DATABASE IF EXISTS ${schema}`);
    await pools.close();
  });

  const rowsOf = (count: number): string => {
    const rows = `n%3, n DIV 3 % 3, n, 1, 0, n%120, 'order.created', NOW(3), NULL, '{}'`;
    return `INSERT INTO ${schema}.${table} (${COLUMNS}) SELECT ${rows} FROM ${numbersBelow(count)}`;
  };

  const window = (state: OutboxState): Promise<OutboxRow[]> => outbox.oldest(LANES, state, WINDOW);

  it.each(Object.entries(OutboxState))('read the oldest rows of each lane in state %s', async (_, state) => {
    const rows = await witness.watching(() => window(state));
    // More is waiting than goes into one window: whichever lane has it, each of them has its share.
    expect(rows.map(({ lane }) => lane)).toEqual(LANES.flatMap((lane) => Array.from({ length: WINDOW }, () => lane)));
    expect(witness.keys).toEqual(['PRIMARY', ...LANES.map(() => 'PRIMARY')]);
    expect(witness.complaints({ rows: 2 * LANES.length * (WINDOW + SPARE) })).toEqual([]);
  });

  it('read what is waiting of all lanes as one range', async () => {
    const wide = ROWS / LANES.length;
    const rows = await witness.watching(() => outbox.oldest(LANES, OutboxState.PARKED, wide));
    expect(rows).toHaveLength(ROWS / 3);
    expect(rows.map(({ lane, id }) => [lane, Number(id)])).toEqual(
      rows.map(({ lane, id }) => [lane, Number(id)]).sort(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d),
    );
    expect(witness.keys).toEqual(['PRIMARY']);
    expect(witness.complaints({ rows: ROWS / 3 + LANES.length * SPARE })).toEqual([]);
  });

  it.each([
    ['forget what was published', (rows: readonly OutboxRow[]) => outbox.remove(rows, OutboxState.READY, GUARD)],
    ['set rows aside', (rows) => outbox.move(rows, OutboxState.READY, OutboxState.PARKED, GUARD)],
    ['hand rows over to the second cluster', (rows) => outbox.handOver(rows, GUARD)],
  ] satisfies [string, (rows: readonly OutboxRow[]) => Promise<void>][])('%s by their full key', async (_, drain) => {
    const rows = await window(OutboxState.READY);
    await witness.watching(() => drain(rows));
    expect(witness.keys).toEqual(LANES.map(() => 'by_id'));
    // A row that moves within its primary key is looked for, found, and placed.
    expect(witness.complaints({ rows: 3 * rows.length + LANES.length * SPARE, sorts: true })).toEqual([]);
  });

  it('make parked rows ready again from the begin of each lane', async () => {
    await witness.watching(() => outbox.unpark([1]));
    expect(new Set(witness.keys)).toEqual(new Set(['PRIMARY']));
    expect(witness.complaints({ rows: 3 * (ROWS / 9 + WINDOW) + SPARE, sorts: true })).toEqual([]);
  });

  it.each([30, 90, 300, 900])('wait for no append that does not end, among %i rows', async (count) => {
    await pool.query(`DELETE FROM ${schema}.${table}; ${rowsOf(count)}`);
    await pool.use(async (frozen) => {
      await frozen.query(`START TRANSACTION; ${rowsOf(60)}`);
      const ready = await window(OutboxState.READY);
      await outbox.handOver(ready, GUARD);
      await outbox.move(ready.slice(0, 5), OutboxState.READY, OutboxState.PARKED, GUARD);
      await outbox.remove(ready.slice(5), OutboxState.READY, GUARD);
      await outbox.unpark(LANES);
      expect(await window(OutboxState.PARKED)).toEqual([]);
      await frozen.query('ROLLBACK');
    });
  });
});
