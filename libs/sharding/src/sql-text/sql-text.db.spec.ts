/** Literals through a real server and a real table: the model of the pure spec may be wrong, the server is not. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NodePools } from '../node-pool/node-pools.js';
import { dateTimeText, msOfDateTime } from './date-time.js';
import { quote } from './literal.js';

const URLS = process.env['ORDO_MYSQL_NODES'];
const SCHEMA = `ordo_spec_text_${process.pid}`;

const NASTY = [
  '',
  "'",
  "''",
  '\\',
  "\\'",
  "\\\\'",
  '\0',
  'a\0b',
  '\n\r\t\b\u001a',
  '"; DROP TABLE t; --',
  "'; DROP TABLE t; --",
  '/* */ # --',
  '%_`$?:name',
  '💥 emoji, 中文, é and e\u0301',
  '{"note":"it\'s \\"fine\\" \\\\ ok\\n"}',
  ' leading and trailing ',
  '\\0 \\n \\Z \\%',
];

describe('literals on a real server', () => {
  let pools: NodePools;

  beforeAll(async () => {
    if (URLS === undefined)
      throw new Error('ORDO_MYSQL_NODES is not set: start the stack with `npm run stack -- up --profile test`');
    pools = new NodePools([URLS.split(',')[0] ?? '']);
    await pools.at(0).query(`CREATE DATABASE ${SCHEMA}`);
    await pools
      .at(0)
      .query(
        `CREATE TABLE ${SCHEMA}.t (id INT PRIMARY KEY, body MEDIUMTEXT, raw VARBINARY(300), at DATETIME(3), big BIGINT, flag TINYINT) DEFAULT CHARSET utf8mb4`,
      );
  });

  afterAll(async () => {
    await pools.at(0).query(`DROP DATABASE IF EXISTS ${SCHEMA}`);
    await pools.close();
  });

  async function stored(text: string): Promise<unknown> {
    const [, rows] = await pools
      .at(0)
      .query<[unknown, { body: string; hex: string }[]]>(
        `REPLACE INTO ${SCHEMA}.t (id, body) VALUES (1, ${quote(text)}); SELECT body, HEX(body) AS hex FROM ${SCHEMA}.t WHERE id = 1`,
      );
    return rows[0];
  }

  it.each(NASTY)('stores %j to the byte', async (text) => {
    expect(await stored(text)).toEqual({ body: text, hex: Buffer.from(text, 'utf8').toString('hex').toUpperCase() });
  });

  it('stores any text of Unicode to the byte', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom("'", '\\', '\0', 'n', '"') }),
    );
    await fc.assert(
      fc.asyncProperty(text, async (body) => {
        expect(await stored(body)).toMatchObject({ body });
      }),
      { numRuns: 300 },
    );
  });

  it('stores 400 KB of JSON with quotes in it', async () => {
    const json = JSON.stringify(Array.from({ length: 8_000 }, (_, id) => ({ id, name: `O'Brien \\ "noodles" ${id}` })));
    expect(await stored(json)).toMatchObject({ body: json });
  });

  it('stores bytes, times, the largest id, booleans and null', async () => {
    const raw = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const ms = Date.UTC(2026, 1, 28, 23, 59, 59, 999);
    const row = [2, 'x', raw, dateTimeText(ms), 9_223_372_036_854_775_807n, true].map(quote).join(', ');
    await pools
      .at(0)
      .query(`INSERT INTO ${SCHEMA}.t VALUES (${row}), (3, NULL, NULL, ${quote(dateTimeText(null))}, -1, 0)`);
    const rows = await pools.at(0).query(`SELECT * FROM ${SCHEMA}.t WHERE id > 1 ORDER BY id`);
    expect(rows[0]).toMatchObject({ raw, big: '9223372036854775807', flag: 1 });
    expect(msOfDateTime(String(rows[0]?.['at']))).toBe(ms);
    expect(rows[1]).toMatchObject({ body: null, raw: null, at: null, big: '-1', flag: 0 });
  });

  it('refuses text that does not fit instead of cutting it off', async () => {
    await expect(
      pools.at(0).query(`UPDATE ${SCHEMA}.t SET raw = ${quote('y'.repeat(301))} WHERE id = 1`),
    ).rejects.toMatchObject({ errno: 1406 });
  });
});
