import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateRefundAccount implements MigrationInterface {
  readonly name = '0010-create-refund-account';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS refund_account (
        order_id BIGINT NOT NULL,
        currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        paid BIGINT NOT NULL COMMENT 'all payments of the order, minor units',
        held BIGINT NOT NULL COMMENT 'spoken for by refunds that have not ended',
        confirmed BIGINT NOT NULL COMMENT 'gone back; held + confirmed <= paid',
        refund_count INT NOT NULL COMMENT 'refund numbers given so far',
        version INT NOT NULL,
        change_mark BIGINT NOT NULL COMMENT 'of the last change: a lost COMMIT is read back by it',
        changed_at DATETIME(3) NOT NULL,
        PRIMARY KEY (order_id)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='one row per order, locked first by everything about its refunds'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS refund_account');
  }
}
