/** Old deliveries are forgotten, all of them and no younger one. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { silentLogger } from '@ordo/platform';
import { dateTimeText, NodePools, quote } from '@ordo/sharding';
import { createScratchSchema } from '../refund-ledger/rehearsal/scratch-schema.js';
import { NoncePurge } from './nonce-purge.js';

const SCHEMA = `ordo_spec_nonces_${process.pid}`;
const DAY_MS = 86_400_000;
const NOW_MS = Date.parse('2026-11-20T12:00:00Z');

let pools: NodePools;

beforeAll(async () => {
  pools = new NodePools([(process.env['ORDO_MYSQL_NODES'] ?? '').split(',')[0] ?? '']);
  await createScratchSchema(pools.at(0), SCHEMA);
});

afterAll(async () => {
  await pools.at(0).query(`DROP DATABASE IF EXISTS ${SCHEMA}`);
  await pools.close();
});

describe('the purge of deliveries', () => {
  it('takes more than one batch of what is older than four days, and leaves the rest', async () => {
    const row = (at: number, seenMs: number): string => `('generic','nonce-${at}',${quote(dateTimeText(seenMs))})`;
    const old = Array.from({ length: 1_203 }, (_, at) => row(at, NOW_MS - 4 * DAY_MS - 1 - at));
    const young = [row(9_001, NOW_MS - 4 * DAY_MS), row(9_002, NOW_MS)];
    await pools.at(0).query(`INSERT INTO ${SCHEMA}.callback_nonce VALUES ${[...old, ...young].join(',')}`);
    const purge = new NoncePurge(pools, [{ node: 0, schema: SCHEMA }], silentLogger);
    expect([await purge.purge(NOW_MS), await purge.purge(NOW_MS)]).toEqual([1_203, 0]);
    const left = await pools.at(0).query<{ replay_key: string }[]>(`SELECT replay_key FROM ${SCHEMA}.callback_nonce`);
    expect(left.map(({ replay_key: key }) => key).sort()).toEqual(['nonce-9001', 'nonce-9002']);
  });
});
