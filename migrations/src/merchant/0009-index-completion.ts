import type { MigrationInterface, QueryRunner } from 'typeorm';

export class IndexCompletion implements MigrationInterface {
  readonly name = '0009-index-completion';

  /** The order in which settlement reads a shard. */
  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('ALTER TABLE order_base ADD KEY by_completion (completed_at, order_id)');
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('ALTER TABLE order_base DROP KEY by_completion');
  }
}
