import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateWorkerLease implements MigrationInterface {
  readonly name = '0001-create-worker-lease';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS worker_lease (
        worker_id SMALLINT NOT NULL COMMENT '0..255, part of every order number',
        owner VARCHAR(128) NOT NULL,
        epoch BIGINT NOT NULL COMMENT 'rises with every change of owner',
        expires_at DATETIME(3) NOT NULL COMMENT 'by the clock of this database',
        last_second BIGINT NOT NULL COMMENT 'the latest second that this worker may have numbered: a successor starts after it',
        PRIMARY KEY (worker_id)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS worker_lease');
  }
}
