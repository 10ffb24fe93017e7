import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * At once and not a release later: two tables of worker ids would give the same id twice. A process of the version before goes on under
 * the id that it holds until its four hours are over, and refuses (retryably) rather than share one.
 */
export class DropWorkerLease implements MigrationInterface {
  readonly name = '0004-drop-worker-lease';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS worker_lease');
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(
      'CREATE TABLE IF NOT EXISTS worker_lease (worker_id SMALLINT PRIMARY KEY, owner VARCHAR(128) NOT NULL, epoch BIGINT NOT NULL, expires_at DATETIME(3) NOT NULL, last_second BIGINT NOT NULL)',
    );
  }
}
