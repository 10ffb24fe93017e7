import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateRefundLine implements MigrationInterface {
  readonly name = '0011-create-refund-line';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS refund_line (
        order_id BIGINT NOT NULL,
        line_key VARCHAR(80) NOT NULL,
        payment_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        paid BIGINT NOT NULL,
        held BIGINT NOT NULL,
        confirmed BIGINT NOT NULL COMMENT 'held + confirmed <= paid',
        PRIMARY KEY (order_id, line_key)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='what was paid for each line, and what of it went back'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS refund_line');
  }
}
