/** A schema of one spec's own with the tables of this app, made by the very migrations that make the real ones. */
import { aftersaleMigrations } from '@ordo/migrations';
import type { NodePool } from '@ordo/sharding';
import type { QueryRunner } from 'typeorm';

/** `USE` would stay with one connection of the pool, so each statement brings it along. */
export async function createScratchSchema(pool: NodePool, schema: string): Promise<void> {
  await pool.query(`CREATE DATABASE ${schema}`);
  for (const Migration of aftersaleMigrations) {
    const statements: string[] = [];
    const runner = { query: async (sql: string) => void statements.push(sql) } as unknown as QueryRunner;
    await new Migration().up(runner);
    await pool.query(`USE ${schema}; ${statements.join('; ')}; USE ordo_node`);
  }
}
