/** The rules of a migration, checked before any server is asked. */
import { describe, expect, it } from '@jest/globals';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { type MigrationClass, type MigrationSet, recordMigrations } from './recorded-migration.js';

type Up = (runner: QueryRunner) => Promise<unknown>;

function migration(name: string, up: Up): MigrationClass {
  return class implements MigrationInterface {
    readonly name = name;
    up = up;
    down = (): Promise<unknown> => Promise.resolve();
  };
}

const issuing = (name: string, sql: string): MigrationClass => migration(name, (runner) => runner.query(sql));
const userOnly = (...user: MigrationClass[]): MigrationSet => ({ user, merchant: [], node: [], control: [] });
const record = (...classes: MigrationClass[]) => recordMigrations(userOnly(...classes));

describe('a recorded migration', () => {
  it('holds the statement that up issues, without the indentation of its source', async () => {
    const recorded = await record(issuing('0001-a', '\n      CREATE TABLE a (\n        id INT\n      )\n    '));
    expect(recorded.get('user')?.[0]?.sql).toBe('CREATE TABLE a (\n  id INT\n)');
  });

  it('has a digest that indentation does not change and a column does', async () => {
    const digestOf = async (sql: string): Promise<string | undefined> =>
      (await record(issuing('0001-a', sql))).get('user')?.[0]?.digest;
    const digest = await digestOf('CREATE TABLE a (\n  id INT\n)');
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(await digestOf('   CREATE TABLE a (\n      id INT\n   )')).toBe(digest);
    expect(await digestOf('CREATE TABLE a (\n  id BIGINT\n)')).not.toBe(digest);
  });

  it.each<[string, Up, RegExp]>([
    ['two statements', async (runner) => [await runner.query('A'), await runner.query('B')], /issues 2 statements/],
    ['no statement', () => Promise.resolve(), /issues 0 statements/],
    ['parameters', (runner) => runner.query('A', [1]), /passes parameters/],
    ['another method of the runner', (runner) => runner.hasTable('a'), /uses hasTable/],
  ])('is refused with %s', async (_, up, message) => {
    await expect(record(migration('0001-a', up))).rejects.toThrow(message);
  });

  it('is refused without a name', async () => {
    await expect(record(issuing('', 'A'))).rejects.toThrow(/needs a name/);
  });

  it('is refused out of the order of names, and twice under one name', async () => {
    await expect(record(issuing('0002-b', 'B'), issuing('0001-a', 'A'))).rejects.toThrow(/0002-b stands before 0001-a/);
    await expect(record(issuing('0001-a', 'A'), issuing('0001-a', 'A'))).rejects.toThrow(/not in the order/);
  });
});
