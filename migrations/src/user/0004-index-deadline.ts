import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The pending deadlines of a shard in the order in which they fall due; the primary key is the index's last part. */
export class IndexDeadline implements MigrationInterface {
  readonly name = '0004-index-deadline';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('CREATE INDEX by_deadline ON order_base (deadline_at)');
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP INDEX by_deadline ON order_base');
  }
}
